/**
 * Parameter marks in GoogleSQL. A flow may write `:name` and `?` on every warehouse; BigQuery knows `@name` and `?`,
 * and a null or an empty list has to stand in the text: as a parameter it would need a type that nobody said.
 */
import { MillraceError } from "../../protocol/errors.ts";

export interface Mark {
  /** A position from 0 for `?`, a name for `:name` and `@name`. */
  readonly parameter: number | string;
  /** As it stands in the text: "?", ":name" or "@name". */
  readonly text: string;
}

/**
 * What is no place for a mark: comments, names in backticks, texts (also tripled, and raw with r'…'), casts of other
 * dialects (`::`), and system variables (`@@project_id`).
 */
const elsewhere = [
  String.raw`--[^\n]*`,
  String.raw`#[^\n]*`,
  String.raw`/\*[\s\S]*?\*/`,
  "`[^`]*`",
  String.raw`\b[rR][bB]?'''[\s\S]*?'''`,
  String.raw`\b[rR][bB]?"""[\s\S]*?"""`,
  String.raw`'''(?:\\[\s\S]|(?!''')[\s\S])*'''`,
  String.raw`"""(?:\\[\s\S]|(?!""")[\s\S])*"""`,
  String.raw`'(?:\\[\s\S]|[^'\\])*'`,
  String.raw`"(?:\\[\s\S]|[^"\\])*"`,
  "::",
  "@@[A-Za-z_][\\w.]*",
].join("|");
const pattern = new RegExp(`(?<elsewhere>${elsewhere})|(?<mark>\\?|[@:][A-Za-z_]\\w*)`, "g");

/** The statement with each mark replaced by what `replace` gives for it. */
export function replaceMarks(sql: string, replace: (mark: Mark) => string): string {
  let position = 0;
  return sql.replaceAll(pattern, (text, ...rest) => {
    const groups: unknown = rest.at(-1);
    const mark = typeof groups === "object" && groups !== null && "mark" in groups ? groups.mark : undefined;
    if (mark === undefined) return text;
    return replace({ parameter: text === "?" ? position++ : text.slice(1), text });
  });
}

/** "trips", "zoomcamp.trips" or "project.zoomcamp.trips". */
export interface TableName {
  readonly project: string | undefined;
  readonly dataset: string;
  readonly table: string;
}

/** @throws MillraceError "bad-usage" when it is no name, or names no dataset and there is no default. */
export function tableName(text: string, defaultDataset: string | undefined): TableName {
  const parts = text.replaceAll("`", "").split(".");
  const table = parts.at(-1) ?? "";
  const dataset = parts.at(-2) ?? defaultDataset;
  if (parts.length > 3 || parts.some((part) => part.trim() === "") || /[\\\s;'"]/.test(text)) {
    throw new MillraceError("bad-usage", `${JSON.stringify(text)} is no name for a table; write "dataset.table"`);
  }
  if (dataset === undefined) {
    throw new MillraceError(
      "bad-usage",
      `table "${text}": no dataset is named; write "dataset.${text}", or give the BigQueryWarehouse block a dataset`,
    );
  }
  return { project: parts.at(-3), dataset, table };
}

/** As it stands in a statement. A partition ("trips$20210101") is a place to load into, not one to read from. */
export function quotedTable({ project, dataset, table }: TableName): string {
  return [project, dataset, table]
    .filter((part) => part !== undefined)
    .map((part) => `\`${part}\``)
    .join(".");
}
