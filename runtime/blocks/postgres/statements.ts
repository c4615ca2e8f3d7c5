/** Parameter marks and names in Postgres's SQL. A flow may write `?` and `:name` on every warehouse; Postgres has `$1`. */
import { MillraceError } from "../../protocol/errors.ts";
import type { WarehouseParameters, WarehouseValue } from "../warehouse.ts";
import { parameter } from "./values.ts";

/** What is no place for a mark: comments, names, texts (also E'…' and $tag$…$tag$), casts, slices. */
const elsewhere = [
  String.raw`--[^\n]*`,
  String.raw`/\*[\s\S]*?\*/`,
  String.raw`\b[eE]'(?:\\[\s\S]|''|[^'\\])*'`,
  "'(?:''|[^'])*'",
  '"(?:""|[^"])*"',
  String.raw`\$(?<tag>[A-Za-z_]\w*|)\$[\s\S]*?\$\k<tag>\$`,
  "::",
  String.raw`\w:(?!:)`,
].join("|");
const marks = new RegExp(`${elsewhere}|(?<mark>\\?|:[A-Za-z_]\\w*)`, "g");

export interface BoundStatement {
  readonly text: string;
  readonly values: unknown[];
}

/**
 * A list is for `?`, or for `$1` and so on where the statement has those: Postgres's own operators `?`, `?|` and `?&` are
 * then left alone. An object is for `:name`.
 */
export function bind(sql: string, parameters: WarehouseParameters): BoundStatement {
  if (isList(parameters)) {
    const values = parameters.map(parameter);
    if (values.length === 0 || hasNumbers(sql)) return { text: sql, values };
    let count = 0;
    const text = replaceMarks(sql, (mark) => (mark === "?" ? `$${++count}` : mark));
    if (count !== values.length) {
      throw new MillraceError(
        "bad-parameters",
        `the statement has ${count} parameter marks "?" and ${values.length} values were given`,
      );
    }
    return { text, values };
  }
  const names: string[] = [];
  const text = replaceMarks(sql, (mark) => {
    if (mark === "?") return mark;
    const name = mark.slice(1);
    if (!Object.hasOwn(parameters, name)) {
      throw new MillraceError("bad-parameters", `the statement asks for :${name}, which was not given`);
    }
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return { text, values: names.map((name) => parameter(parameters[name] ?? null)) };
}

function hasNumbers(sql: string): boolean {
  return /\$\d/.test(replaceMarks(sql, (mark) => mark, ""));
}

function replaceMarks(sql: string, replace: (mark: string) => string, other?: string): string {
  return sql.replaceAll(marks, (text, ...rest) => {
    const groups: unknown = rest.at(-1);
    const isMark = typeof groups === "object" && groups !== null && "mark" in groups && groups.mark !== undefined;
    return isMark ? replace(text) : (other ?? text);
  });
}

function isList(parameters: WarehouseParameters): parameters is readonly WarehouseValue[] {
  return Array.isArray(parameters);
}

/** "trips" or "schema.trips"; capitals stay as they are. */
export interface TableName {
  readonly schema: string | undefined;
  readonly table: string;
}

export function tableName(text: string): TableName {
  const parts = text.split(".").map((part) => part.replace(/^"(.*)"$/, "$1"));
  const [table, schema, ...rest] = parts.reverse();
  if (table === undefined || rest.length > 0 || parts.some((part) => part === "" || part.includes("\0"))) {
    throw new MillraceError(
      "bad-usage",
      `${JSON.stringify(text)} is no name for a table; write "trips" or "schema.trips"`,
    );
  }
  return { schema, table };
}

export function quotedTable({ schema, table }: TableName): string {
  return schema === undefined ? quoted(table) : `${quoted(schema)}.${quoted(table)}`;
}

export function quoted(name: string): string {
  if (name === "" || name.includes("\0")) {
    throw new MillraceError("bad-usage", `${JSON.stringify(name)} is no name for a table or column`);
  }
  return `"${name.replaceAll('"', '""')}"`;
}
