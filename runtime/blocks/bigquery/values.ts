/** What stands in a row of a result, from what the client gives (the table of types is in bigquery-warehouse.ts). */
import type { WarehouseRow, WarehouseValue } from "../warehouse.ts";

/** Given to the client, which would otherwise throw at the first INT64 that a number cannot hold. */
export const integers = {
  integerTypeCastFunction: (text: string): number | bigint => {
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text);
  },
};

/** A row of the client: values are plain, instances of its classes for dates and times, or Big for decimals. */
export function rowOf(row: unknown): WarehouseRow {
  const fields: Record<string, WarehouseValue> = {};
  if (typeof row === "object" && row !== null) {
    for (const [name, value] of Object.entries(row)) fields[name] = plainValue(value);
  }
  return fields;
}

function plainValue(value: unknown): WarehouseValue {
  switch (typeof value) {
    case "boolean":
    case "number":
    case "bigint":
    case "string":
      return value;
  }
  if (typeof value !== "object" || value === null) return null;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(plainValue);
  // Decimals are exact, and so are their texts.
  if ("toFixed" in value && typeof value.toFixed === "function") return String(value.toFixed());
  if (Object.getPrototypeOf(value) === Object.prototype) return rowOf(value);
  if ("apiValue" in value) return String(value.apiValue);
  if ("value" in value) return timeText(String(value.value));
  return rowOf(value);
}

/** Times as the other warehouses have them: "2021-01-31 23:59:00", the fraction only where there is one. */
export function timeText(text: string): string {
  return text.replace(
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?Z?$/,
    (_, day: string, time: string, fraction: string | undefined) => {
      const digits = (fraction ?? "").replace(/0+$/, "");
      if (digits === "") return `${day} ${time}`;
      // Milliseconds as the embedded warehouse writes them, microseconds where there are some.
      return `${day} ${time}.${digits.length <= 3 ? digits.padEnd(3, "0") : digits.padEnd(6, "0")}`;
    },
  );
}
