/** From a JSON value to a value in a column. One setter per column, chosen once per file. */
import type { ColumnBuilder } from "./builders.ts";
import type { ColumnType } from "./columns.ts";
import { parseTime } from "./times.ts";

/** Adds the value to its column; false when it is no value of the column's type. */
export type CellSetter = (value: unknown) => boolean;

export function jsonCell(builder: ColumnBuilder, type: ColumnType): CellSetter {
  const set = setter(builder, type);
  return (value) => {
    if (value !== null && value !== undefined) return set(value);
    builder.addNull();
    return true;
  };
}

function setter(builder: ColumnBuilder, type: ColumnType): (value: unknown) => boolean {
  switch (builder.kind) {
    case "int32":
      return (value) => {
        if (typeof value !== "number" || (value | 0) !== value) return false;
        builder.add(value);
        return true;
      };
    case "double":
      return (value) => {
        const number = typeof value === "string" ? notFinite[value] : value;
        if (typeof number !== "number") return false;
        builder.add(number);
        return true;
      };
    case "int64":
      return (value) => {
        const whole = wholeNumber(value);
        if (whole === undefined) return false;
        builder.add(whole);
        return true;
      };
    case "boolean":
      return (value) => {
        if (typeof value !== "boolean") return false;
        builder.add(value);
        return true;
      };
    case "time":
      return (value) => {
        if (typeof value !== "string") return false;
        const bytes = Buffer.from(value);
        const time = parseTime(bytes, 0, bytes.length, undefined);
        if (Number.isNaN(time) || (type === "date" && time % 86_400_000 !== 0)) return false;
        builder.add(time);
        return true;
      };
    case "text":
      return (value) => {
        builder.add(typeof value === "string" ? value : JSON.stringify(value));
        return true;
      };
  }
}

/** JSON has no such numbers; these are the texts that stand for them. */
const notFinite: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

export function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== "string" || !/^-?\d{1,19}$/.test(value)) return undefined;
  const whole = BigInt(value);
  return BigInt.asIntN(64, whole) === whole ? whole : undefined;
}
