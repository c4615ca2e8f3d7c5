/** Cells of a table as they are shown and as they are copied. Pure. */

export interface CellLook {
  readonly text: string;
  readonly kind: "null" | "number" | "text" | "boolean" | "json";
}

/** Cells are one line; what is longer stands in the tooltip and in what is copied. */
const cellLength = 300;

export function cellLook(value: unknown): CellLook {
  if (value === null || value === undefined) return { text: "null", kind: "null" };
  if (typeof value === "number" || typeof value === "bigint") return { text: String(value), kind: "number" };
  if (typeof value === "boolean") return { text: String(value), kind: "boolean" };
  if (typeof value === "string") return { text: cut(value.replaceAll(/\r?\n/g, "⏎")), kind: "text" };
  return { text: cut(JSON.stringify(value) ?? ""), kind: "json" };
}

function cut(text: string): string {
  return text.length > cellLength ? `${text.slice(0, cellLength)}…` : text;
}

/** RFC 4180, with "\n" line ends. Null is an empty field, an empty text is quoted: the two can be told apart. */
export function toCsv(columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const lines = [columns.map(csvField), ...rows.map((row) => columns.map((_, index) => csvValue(row[index])))];
  return lines.map((fields) => `${fields.join(",")}\n`).join("");
}

function csvValue(value: unknown): string {
  if (value === null || value === undefined) return "";
  return csvField(typeof value === "object" ? JSON.stringify(value) : String(value));
}

function csvField(text: string): string {
  return text === "" || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** "0%", "<1%", "12%", "100%": never 100% while there is a value, never 0% while there is a null. */
export function shareText(share: number): string {
  if (share <= 0) return "0%";
  if (share >= 1) return "100%";
  if (share < 0.01) return "<1%";
  return share > 0.99 ? ">99%" : `${Math.round(share * 100)}%`;
}

/** Rows of a table artifact: objects, in the order their keys first appear, or lists with the headings first. */
export interface PlainTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

export function tableOf(value: unknown): PlainTable | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: readonly unknown[] = value;
  const lists = items.filter((item): item is readonly unknown[] => Array.isArray(item));
  const objects = items.filter(
    (item): item is object => typeof item === "object" && item !== null && !Array.isArray(item),
  );
  if (items.length > 0 && lists.length === items.length) {
    const [headings = [], ...rows] = lists;
    return { columns: headings.map(String), rows };
  }
  if (objects.length < items.length) return undefined;
  const columns = [...new Set(objects.flatMap((item) => Object.keys(item)))];
  return { columns, rows: objects.map((item) => columns.map((name): unknown => Reflect.get(item, name))) };
}
