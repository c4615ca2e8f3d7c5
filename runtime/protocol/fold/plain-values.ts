import type { ValueRecord } from "../records.ts";

/**
 * Shows a kept value as plain JSON: for pages, lists and searches, where `journal/values.ts` restores the real one.
 * Reads the value codec's flat array (devalue's format: entry 0 is the value, numbers inside objects and arrays point
 * at entries, an array that begins with a text is a special type) without reviving anything, so it works for types
 * that this process does not know. Dates become ISO texts, big integers their digits, maps lists of pairs.
 */
export function plainValue(record: ValueRecord | undefined): unknown {
  if (record?.kind !== "inline") return undefined;
  const { data } = record;
  if (Array.isArray(data)) return expand(data, 0, new Set());
  // What is plain JSON already stands as it is, in a box that tells it from the flat form.
  if (isObject(data) && "json" in data) return data["json"];
  return typeof data === "number" ? (special[data] ?? null) : data;
}

/** The parameters of a run as an object; empty when they are no object or are not at hand. */
export function plainParameters(record: ValueRecord | undefined): Readonly<Record<string, unknown>> {
  const value = plainValue(record);
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** devalue's constants for what JSON has no word for. */
const special: Readonly<Record<number, unknown>> = {
  [-1]: null,
  [-2]: null,
  [-3]: "NaN",
  [-4]: "Infinity",
  [-5]: "-Infinity",
  [-6]: 0,
};

function expand(entries: readonly unknown[], index: unknown, open: Set<number>): unknown {
  if (typeof index !== "number") return index;
  if (index < 0) return special[index] ?? null;
  if (open.has(index)) return "[circular]";
  const entry = entries[index];
  if (typeof entry !== "object" || entry === null) return entry ?? null;
  open.add(index);
  const value = Array.isArray(entry) ? expandArray(entries, entry, open) : expandObject(entries, entry, open);
  open.delete(index);
  return value;
}

function expandObject(entries: readonly unknown[], entry: object, open: Set<number>): unknown {
  // Not Object.fromEntries over a literal: "__proto__" is a key like any other here.
  return Object.fromEntries(Object.entries(entry).map(([key, at]) => [key, expand(entries, at, open)]));
}

function expandArray(entries: readonly unknown[], entry: readonly unknown[], open: Set<number>): unknown {
  const [type, ...rest] = entry;
  if (typeof type !== "string") return entry.map((at) => expand(entries, at, open));
  switch (type) {
    case "Date":
    case "BigInt":
    case "URL":
    case "URLSearchParams":
      return rest[0] ?? null;
    case "RegExp":
      return `/${String(rest[0])}/${String(rest[1] ?? "")}`;
    case "Set":
      return rest.map((at) => expand(entries, at, open));
    case "Map":
      return pairs(rest).map(([key, at]) => [expand(entries, key, open), expand(entries, at, open)]);
    case "null":
      return Object.fromEntries(pairs(rest).map(([key, at]) => [String(key), expand(entries, at, open)]));
    default:
      return expand(entries, rest[0], open);
  }
}

function pairs(flat: readonly unknown[]): [unknown, unknown][] {
  const result: [unknown, unknown][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) result.push([flat[index], flat[index + 1]]);
  return result;
}
