/** Where a key leads in a list whose row `at` is active, -1 when none is; undefined for keys that do not move. Pure. */
export function moveInList(
  key: string,
  at: number,
  list: { readonly first: number; readonly count: number; readonly page: number },
): number | undefined {
  const last = list.count - 1;
  if (last < 0) return undefined;
  const from = at < 0 ? list.first : at;
  if (key === "ArrowDown") return at < 0 ? from : Math.min(last, from + 1);
  if (key === "ArrowUp") return at < 0 ? from : Math.max(0, from - 1);
  if (key === "PageDown") return Math.min(last, from + list.page);
  if (key === "PageUp") return Math.max(0, from - list.page);
  if (key === "Home") return 0;
  return key === "End" ? last : undefined;
}
