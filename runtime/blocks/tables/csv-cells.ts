/** From the bytes of a CSV field to a value in a column. One reader per column, chosen once per file. */

import type { CsvScanner } from "../../formats/csv-scan.ts";
import type { ColumnBuilder } from "./builders.ts";
import type { ColumnType } from "./columns.ts";
import { parseTime, type SlashDates } from "./times.ts";

/** Adds the field's value to its column; false when the text is no value of the column's type. */
export type CellReader = (scanner: CsvScanner, field: number) => boolean;

export function cellReader(builder: ColumnBuilder, type: ColumnType, slashDates: SlashDates | undefined): CellReader {
  switch (builder.kind) {
    case "int32":
      return (scanner, field) => {
        const start = scanner.starts[field] ?? 0;
        const end = scanner.ends[field] ?? 0;
        if (start === end) builder.addNull();
        else {
          const value = decimal(scanner.bytes, start, end);
          if ((value | 0) !== value) return false;
          builder.add(value);
        }
        return true;
      };
    case "double":
      return (scanner, field) => {
        const start = scanner.starts[field] ?? 0;
        const end = scanner.ends[field] ?? 0;
        if (start === end) builder.addNull();
        else {
          let value = decimal(scanner.bytes, start, end);
          if (Number.isNaN(value)) {
            const text = scanner.text(field).trim();
            value = Number(text);
            if (text === "" || (Number.isNaN(value) && !/^nan$/i.test(text))) return false;
          }
          builder.add(value);
        }
        return true;
      };
    case "int64":
      return (scanner, field) => {
        const text = scanner.text(field);
        if (text === "") builder.addNull();
        else {
          if (!/^[+-]?\d{1,19}$/.test(text)) return false;
          const value = BigInt(text.replace("+", ""));
          if (BigInt.asIntN(64, value) !== value) return false;
          builder.add(value);
        }
        return true;
      };
    case "time":
      return (scanner, field) => {
        const start = scanner.starts[field] ?? 0;
        const end = scanner.ends[field] ?? 0;
        if (start === end) builder.addNull();
        else {
          const value = parseTime(scanner.bytes, start, end, slashDates);
          if (Number.isNaN(value) || (type === "date" && value % 86_400_000 !== 0)) return false;
          builder.add(value);
        }
        return true;
      };
    case "boolean":
      return (scanner, field) => {
        const text = scanner.text(field).toLowerCase();
        if (text === "") builder.addNull();
        else if (text === "true" || text === "t" || text === "1" || text === "y" || text === "yes") builder.add(true);
        else if (text === "false" || text === "f" || text === "0" || text === "n" || text === "no") builder.add(false);
        else return false;
        return true;
      };
    case "text":
      return (scanner, field) => {
        const start = scanner.starts[field] ?? 0;
        const length = (scanner.ends[field] ?? 0) - start;
        const code = scanner.bytes[start] ?? 0;
        // An empty field is null, an empty quoted one is an empty text.
        if (length === 0 && scanner.quotes[field] === 0) builder.addNull();
        else if (length === 1 && code < 128) builder.add(characters[code] ?? "");
        else builder.add(scanner.text(field));
        return true;
      };
  }
}

const characters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
const powers = Array.from({ length: 23 }, (_, power) => 10 ** power);

/**
 * A plain decimal number, exactly rounded: with up to 15 digits and a power of ten up to 22 one division is exact
 * (Clinger's fast path). NaN for anything else, also for what only `Number()` can read (exponents, more digits).
 */
function decimal(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let negative = false;
  const sign = bytes[at];
  if (sign === 45 || sign === 43) {
    negative = sign === 45;
    at++;
  }
  if (at === end || end - at > 16) return Number.NaN;
  let value = 0;
  let decimals = -1;
  let digits = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digits++;
      if (decimals >= 0) decimals++;
    } else if (digit === -2 && decimals < 0) decimals = 0;
    else return Number.NaN;
  }
  if (digits === 0 || digits > 15) return Number.NaN;
  if (decimals > 0) value /= powers[decimals] ?? 1;
  return negative ? -value : value;
}
