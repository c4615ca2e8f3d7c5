/** Sizes of a split view: pure. Pixels; the second part has a size, the first gets what is left. */
export interface SplitLimits {
  readonly least: number;
  /** What the first part keeps at least. */
  readonly leastOther: number;
}

export function clampSize(size: number, whole: number, { least, leastOther }: SplitLimits): number {
  const most = Math.max(least, whole - leastOther);
  return Math.round(Math.min(Math.max(size, least), most));
}

/** The size after a key on the splitter; undefined for keys that mean nothing to it. */
export function sizeAfterKey(
  key: string,
  big: boolean,
  size: number,
  whole: number,
  limits: SplitLimits & { readonly below: boolean },
): number | undefined {
  const step = big ? 80 : 16;
  const [more, less] = limits.below ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
  const wanted =
    key === more
      ? size + step
      : key === less
        ? size - step
        : key === "Home"
          ? Number.POSITIVE_INFINITY
          : key === "End"
            ? 0
            : undefined;
  return wanted === undefined ? undefined : clampSize(wanted, whole, limits);
}
