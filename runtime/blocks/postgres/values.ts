/** From Postgres's values to those of a row and back: the table is at PostgresDatabase. */
import type { CustomTypesConfig } from "pg";
import type { WarehouseValue } from "../warehouse.ts";

type Parser = (text: string) => WarehouseValue;

/** What is not named here comes as the driver has it: numbers for int2, int4 and floats, booleans, parsed JSON, texts. */
export function typeParsers(driver: CustomTypesConfig): CustomTypesConfig {
  const list = (item: Parser): Parser => {
    const type: number = oids.textArray;
    const texts = driver.getTypeParser(type, "text");
    const each = (value: unknown): WarehouseValue =>
      Array.isArray(value) ? value.map(each) : value === null ? null : item(String(value));
    return (text) => each(texts(text));
  };
  const parsers = new Map<number, Parser>([
    [oids.int8, wholeNumber],
    [oids.timestamp, plainTime],
    [oids.date, asItIs],
    [oids.interval, asItIs],
    [oids.bytea, (text) => new Uint8Array(Buffer.from(text.slice(2), "hex"))],
    [oids.int8Array, list(wholeNumber)],
    [oids.numericArray, list(asItIs)],
    [oids.timestampArray, list(plainTime)],
    [oids.dateArray, list(asItIs)],
  ]);
  return {
    getTypeParser: (oid: number, format?: "text" | "binary") =>
      (format === "binary" ? undefined : parsers.get(oid)) ?? driver.getTypeParser(oid, format ?? "text"),
  };
}

export const oids = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  float4: 700,
  float8: 701,
  textArray: 1009,
  int8Array: 1016,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  timestamp: 1114,
  timestampArray: 1115,
  dateArray: 1182,
  timestamptz: 1184,
  interval: 1186,
  numericArray: 1231,
} as const;

const asItIs: Parser = (text) => text;

function wholeNumber(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** Milliseconds have three digits, as every warehouse writes them; Postgres leaves zeros at the end out. */
function plainTime(text: string): string {
  return text.replace(/\.(\d{1,2})$/, (_, digits: string) => `.${digits.padEnd(3, "0")}`);
}

/** A parameter as the driver takes it. A Date is its instant, whatever time zone this machine has. */
export function parameter(value: WarehouseValue): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Date) return `${value.toISOString().replace("T", " ").replace("Z", "")}+00`;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (isList(value)) return value.map(parameter);
  if (typeof value === "object" && value !== null) {
    return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner));
  }
  return value;
}

/** `Array.isArray` does not narrow a readonly array away from an object. */
function isList(value: WarehouseValue): value is readonly WarehouseValue[] {
  return Array.isArray(value);
}
