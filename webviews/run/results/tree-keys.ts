/** Keys in a tree, as the WAI-ARIA practices and the editor's own trees have them. Pure. */
import type { TreeLine } from "./json-tree.ts";

export interface TreeMove {
  readonly to: number;
  /** Opens or folds that line. */
  readonly toggle: boolean;
}

export function moveInTree(key: string, at: number, lines: readonly TreeLine[]): TreeMove | undefined {
  const line = lines[at];
  if (line === undefined) return undefined;
  const last = lines.length - 1;
  const folds = line.size !== null && line.size > 0;
  const go = (to: number): TreeMove => ({ to, toggle: false });
  switch (key) {
    case "ArrowDown":
      return go(Math.min(last, at + 1));
    case "ArrowUp":
      return go(Math.max(0, at - 1));
    case "Home":
      return go(0);
    case "End":
      return go(last);
    case "Enter":
    case " ":
      return { to: at, toggle: true };
    case "ArrowRight":
      if (!folds) return go(at);
      return line.open ? go(Math.min(last, at + 1)) : { to: at, toggle: true };
    case "ArrowLeft": {
      if (folds && line.open) return { to: at, toggle: true };
      const parent = lines.slice(0, at).findLastIndex((candidate) => candidate.depth < line.depth);
      return go(Math.max(0, parent));
    }
    default:
      return undefined;
  }
}
