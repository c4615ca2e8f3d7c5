/** Values that are tables: lists of objects, objects of lists, lists of lists with headings. Pure. */
import { mostColumns, type RowSource, sampledRows } from "./table.ts";

type Fields = Readonly<Record<string, unknown>>;

/** @param headings the first of a list of lists is the headings (a table artifact) */
export function rowsInMemory(value: unknown, headings: boolean): RowSource | undefined {
  if (Array.isArray(value))
    return value.length === 0 ? undefined : (ofObjects(value) ?? (headings ? ofLists(value) : undefined));
  return isPlain(value) ? ofColumns(value) : undefined;
}

function ofObjects(list: readonly unknown[]): RowSource | undefined {
  if (!list.slice(0, sampledRows).every(isPlain)) return undefined;
  const names = new Set<string>();
  for (const row of list.slice(0, sampledRows)) for (const name of Object.keys(row ?? {})) names.add(name);
  const columns = [...names].slice(0, mostColumns);
  if (columns.length === 0) return undefined;
  const cells = (row: unknown): unknown[] => (isPlain(row) ? columns.map((name) => row[name]) : []);
  return { columns, total: list.length, rows: (offset, limit) => list.slice(offset, offset + limit).map(cells) };
}

function ofLists(list: readonly unknown[]): RowSource | undefined {
  if (!list.slice(0, sampledRows).every((row) => Array.isArray(row))) return undefined;
  const [names, ...rows] = list.filter((row) => Array.isArray(row));
  if (names === undefined || names.length === 0) return undefined;
  return {
    columns: names.slice(0, mostColumns).map(String),
    total: rows.length,
    rows: (offset, limit) => rows.slice(offset, offset + limit),
  };
}

/** Two columns of one length at least: an object with one list in it is no table. */
function ofColumns(fields: Fields): RowSource | undefined {
  const columns = Object.keys(fields);
  const lists = Object.values(fields).map((value) => (isList(value) ? value : undefined));
  const length = lists[0]?.length;
  if (columns.length < 2 || length === undefined || length === 0) return undefined;
  if (!lists.every((list) => list?.length === length)) return undefined;
  const shown = columns.slice(0, mostColumns);
  const row = (at: number): unknown[] => shown.map((_, place) => lists[place]?.[at]);
  return {
    columns: shown,
    total: length,
    rows: (offset, limit) =>
      Array.from({ length: Math.max(0, Math.min(limit, length - offset)) }, (_, place) => row(offset + place)),
  };
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return (
    Array.isArray(value) ||
    (ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof Uint8Array))
  );
}

function isPlain(value: unknown): value is Fields {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
