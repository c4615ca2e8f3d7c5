/** Values that a flow gives, as SQLite keeps them: booleans as 0 and 1, times as texts. */
import { MillraceError } from "../../protocol/errors.ts";
import { formatTimestamp } from "../tables/times.ts";
import type { WarehouseParameters, WarehouseValue } from "../warehouse.ts";
import type { SqlParameters, SqlValue } from "./database.ts";

export function sqliteParameters(parameters: WarehouseParameters): SqlParameters {
  if (isList(parameters)) return parameters.map((value, index) => sqliteValue(value, `parameter ${index + 1}`));
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, sqliteValue(value, `parameter "${name}"`)]),
  );
}

export function sqliteValue(value: WarehouseValue, what: string): SqlValue {
  if (value === null || typeof value === "number" || typeof value === "bigint" || typeof value === "string") {
    return value;
  }
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof Uint8Array) return value;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return formatTimestamp(value.getTime());
  throw new MillraceError("bad-parameters", `${what}: SQLite has no column type for ${JSON.stringify(value)}`);
}

/** `Array.isArray` does not narrow a readonly array away from an object. */
function isList(parameters: WarehouseParameters): parameters is readonly WarehouseValue[] {
  return Array.isArray(parameters);
}
