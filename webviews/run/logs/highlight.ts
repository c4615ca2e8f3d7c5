/** Where a text that is looked for stands in a line, and how it cuts pieces that are already styled. */

/** Case-insensitive, without overlaps; as [start, end). */
export function findAll(text: string, wanted: string): readonly (readonly [number, number])[] {
  if (wanted === "") return [];
  const escaped = wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const found: [number, number][] = [];
  // A lower-cased copy may have other lengths ("İ"): the expression keeps the positions of the text itself.
  for (const match of text.matchAll(new RegExp(escaped, "giu")))
    found.push([match.index, match.index + match[0].length]);
  return found;
}

export interface Cut {
  readonly text: string;
  readonly marked: boolean;
}

/** The parts of `text`, which begins at `offset` of the whole, that lie inside and outside the ranges. */
export function cutByRanges(
  text: string,
  offset: number,
  ranges: readonly (readonly [number, number])[],
): readonly Cut[] {
  const cuts: Cut[] = [];
  let at = 0;
  for (const [start, end] of ranges) {
    const from = Math.max(at, start - offset);
    const to = Math.min(text.length, end - offset);
    if (to <= from) continue;
    if (from > at) cuts.push({ text: text.slice(at, from), marked: false });
    cuts.push({ text: text.slice(from, to), marked: true });
    at = to;
  }
  if (at < text.length) cuts.push({ text: text.slice(at), marked: false });
  return cuts;
}
