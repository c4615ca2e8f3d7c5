/** JSON as lines that can be folded. Pure. */

export interface TreeLine {
  /** Keys from the root: names the place, also in the set of those that are folded. */
  readonly path: string;
  readonly depth: number;
  /** Name within an object, place within a list; null for the root. */
  readonly name: string | null;
  readonly text: string;
  readonly kind: "object" | "array" | "string" | "number" | "boolean" | "null" | "more";
  /** Entries within; null for what cannot be opened. */
  readonly size: number | null;
  readonly open: boolean;
}

/** Entries of one object or list that are shown before "more" is asked for. */
export const shownEntries = 100;
const openDepth = 2;
const stringLength = 2_000;

export interface TreeChoices {
  /** Paths whose state is the other one than the usual: open near the root, closed below. */
  readonly toggled: ReadonlySet<string>;
  /** Paths all of whose entries are shown. */
  readonly whole: ReadonlySet<string>;
}

/** How a kind of value is taken apart. */
export interface Shape<Item> {
  /** What is within, by name; undefined for what cannot be opened. */
  entries(item: Item): readonly (readonly [string, Item])[] | undefined;
  look(item: Item, size: number): { readonly text: string; readonly kind: TreeLine["kind"] };
}

export function treeLines(value: unknown, choices: TreeChoices): readonly TreeLine[] {
  return linesOf(value, jsonShape, choices);
}

export function linesOf<Item>(root: Item, shape: Shape<Item>, choices: TreeChoices): readonly TreeLine[] {
  const lines: TreeLine[] = [];
  visit(root, "", null, 0);
  return lines;

  function visit(item: Item, path: string, name: string | null, depth: number): void {
    const entries = shape.entries(item);
    const size = entries?.length ?? 0;
    const usually = depth < openDepth && size <= shownEntries;
    const open = size > 0 && usually !== choices.toggled.has(path);
    lines.push({ path, depth, name, ...shape.look(item, size), size: entries === undefined ? null : size, open });
    if (entries === undefined || !open) return;
    const shown = choices.whole.has(path) ? entries : entries.slice(0, shownEntries);
    for (const [key, child] of shown) visit(child, `${path}/${escapeKey(key)}`, key, depth + 1);
    const left = size - shown.length;
    if (left > 0) {
      const text = `${left.toLocaleString("en-US")} more`;
      lines.push({ path, depth: depth + 1, name: null, text, kind: "more", size: null, open: false });
    }
  }
}

const jsonShape: Shape<unknown> = {
  entries(item) {
    if (Array.isArray(item)) return item.map((child: unknown, index) => [String(index), child] as const);
    return typeof item === "object" && item !== null ? Object.entries(item) : undefined;
  },
  look(item, size) {
    if (Array.isArray(item)) return { text: size === 0 ? "[]" : `[${size.toLocaleString("en-US")}]`, kind: "array" };
    if (typeof item === "object" && item !== null) {
      return { text: size === 0 ? "{}" : `{${size.toLocaleString("en-US")}}`, kind: "object" };
    }
    return scalar(item);
  },
};

/** As a JSON pointer (RFC 6901), so that a key with a slash is not two. */
function escapeKey(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function scalar(item: unknown): { readonly text: string; readonly kind: TreeLine["kind"] } {
  if (item === null || item === undefined) return { text: "null", kind: "null" };
  if (typeof item === "string") {
    const text = item.length > stringLength ? `${item.slice(0, stringLength)}…` : item;
    return { text: JSON.stringify(text), kind: "string" };
  }
  return { text: String(item), kind: typeof item === "boolean" ? "boolean" : "number" };
}

/** The value of a JSON text; undefined when it is none (it was cut, or never was JSON). */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
