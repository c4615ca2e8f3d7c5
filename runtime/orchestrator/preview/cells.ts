/** Values in cells of a table: as plain JSON, and what a column's type is called. Pure. */

/** Characters of one cell: a page shows cells, it does not carry documents. */
const longestCell = 2000;

/** One word for the kind of value; "null" says nothing about a column. */
export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return "text";
  if (typeof value === "bigint") return "integer";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  if (typeof value !== "object") return typeof value;
  if (value instanceof Date) return "timestamp";
  if (Array.isArray(value) || value instanceof Set) return "list";
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? "bytes" : "object";
}

/** The type of a column in which these types occur. */
export function commonType(types: ReadonlySet<string>): string {
  const known = [...types].filter((type) => type !== "null");
  const [first, ...others] = known;
  if (first === undefined) return "null";
  if (others.length === 0) return first;
  return known.every((type) => type === "integer" || type === "number") ? "number" : "mixed";
}

/** As plain JSON; what is more than a number, a text, a flag or null becomes a text. */
export function cellOf(value: unknown, print: (value: unknown, longest: number) => string): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  return shorten(typeof value === "string" ? value : print(value, longestCell), longestCell);
}

export function shorten(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}
