/** Boxes without edges among them (the items of a map): rows, a little wider than high. */
import { spacing } from "./types.ts";

/** How much wider than high the whole should be. */
const shape = 1.6;

export function grid(
  sizes: readonly { readonly width: number; readonly height: number }[],
): { readonly x: number; readonly y: number }[] {
  let area = 0;
  let widest = 0;
  for (const { width, height } of sizes) {
    area += (width + spacing.betweenNodes) * (height + spacing.betweenLines);
    widest = Math.max(widest, width);
  }
  // Up to three stand beside each other.
  const room = sizes.length <= 3 ? Number.POSITIVE_INFINITY : Math.max(widest, Math.sqrt(area * shape));
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  return sizes.map(({ width, height }) => {
    if (x > 0 && x + width > room) {
      x = 0;
      y += rowHeight + spacing.betweenLines;
      rowHeight = 0;
    }
    const at = { x, y };
    x += width + spacing.betweenNodes;
    rowHeight = Math.max(rowHeight, height);
    return at;
  });
}
