/** BigQuery's types and values, and DuckDB's. */
import {
  DuckDBBlobValue,
  DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from "@duckdb/node-api";
import { ApiError, invalid, object, records, text } from "./api.ts";

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode: string;
  readonly fields?: readonly Field[];
  readonly [more: string]: unknown;
}

export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
export const literal = (value: string) => `'${value.replaceAll("'", "''")}'`;

const duckTypes: Readonly<Record<string, string>> = {
  STRING: "VARCHAR",
  BYTES: "BLOB",
  INTEGER: "BIGINT",
  INT64: "BIGINT",
  FLOAT: "DOUBLE",
  FLOAT64: "DOUBLE",
  BOOLEAN: "BOOLEAN",
  BOOL: "BOOLEAN",
  TIMESTAMP: "TIMESTAMPTZ",
  DATETIME: "TIMESTAMP",
  DATE: "DATE",
  TIME: "TIME",
  NUMERIC: "DECIMAL(38,9)",
  BIGNUMERIC: "DECIMAL(38,18)",
  JSON: "JSON",
  GEOGRAPHY: "VARCHAR",
};

/** The names that tables have for their types; statements and parameters use the others. */
const tableNames: Readonly<Record<string, string>> = {
  INT64: "INTEGER",
  FLOAT64: "FLOAT",
  BOOL: "BOOLEAN",
  STRUCT: "RECORD",
};

export function fieldsOf(schema: unknown): Field[] {
  return records(object(schema)["fields"]).map((given) => {
    const type = text(given["type"]);
    const fields = "fields" in given ? { fields: fieldsOf(given) } : {};
    return {
      ...given,
      name: text(given["name"]),
      type: tableNames[type] ?? type,
      mode: text(given["mode"]) || "NULLABLE",
      ...fields,
    };
  });
}

export function duckType({ type, mode, fields = [] }: Field): string {
  const one =
    type === "RECORD"
      ? `STRUCT(${fields.map((each) => `${quoted(each.name)} ${duckType(each)}`).join(", ")})`
      : scalarType(type);
  return mode === "REPEATED" ? `${one}[]` : one;
}

export function scalarType(type: string): string {
  const known = duckTypes[type.toUpperCase()];
  if (known === undefined) throw invalid(`Invalid value for type: ${type} is not a valid value`);
  return known;
}

export function columnList(fields: readonly Field[]): string {
  return fields
    .map((field) => `${quoted(field.name)} ${duckType(field)}${field.mode === "REQUIRED" ? " NOT NULL" : ""}`)
    .join(", ");
}

const integerTypes: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
]);

export function fieldOf(name: string, type: DuckDBType): Field {
  if (type instanceof DuckDBListType) return { ...fieldOf(name, type.valueType), mode: "REPEATED" };
  if (type instanceof DuckDBStructType) {
    const fields = type.entryTypes.map((each, index) => fieldOf(type.entryNames[index] ?? "", each));
    return { name, type: "RECORD", mode: "NULLABLE", fields };
  }
  return { name, type: scalarName(type), mode: "NULLABLE" };
}

function scalarName(type: DuckDBType): string {
  if (integerTypes.has(type.typeId)) return "INTEGER";
  if (type instanceof DuckDBDecimalType) return type.scale > 9 ? "BIGNUMERIC" : "NUMERIC";
  switch (type.typeId) {
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return "FLOAT";
    case DuckDBTypeId.BOOLEAN:
      return "BOOLEAN";
    case DuckDBTypeId.TIMESTAMP_TZ:
      return "TIMESTAMP";
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_NS:
      return "DATETIME";
    case DuckDBTypeId.DATE:
      return "DATE";
    case DuckDBTypeId.TIME:
      return "TIME";
    case DuckDBTypeId.BLOB:
      return "BYTES";
    case DuckDBTypeId.INTERVAL:
      return "INTERVAL";
    case DuckDBTypeId.VARCHAR:
      return type.alias === "JSON" ? "JSON" : "STRING";
    // A column of nothing but NULL has no type of its own; BigQuery takes it for INT64.
    case DuckDBTypeId.SQLNULL:
      return "INTEGER";
    default:
      throw new ApiError(501, "notImplemented", `a result of type ${type}`);
  }
}

/** A cell of a row as BigQuery sends it: `{ v: … }`, everything scalar as a text. */
export function cell(value: DuckDBValue, field: Field): { v: unknown } {
  if (field.mode === "REPEATED") {
    const items = value instanceof DuckDBListValue ? value.items : [];
    return { v: items.map((each) => cell(each, { ...field, mode: "NULLABLE" })) };
  }
  if (value === null) return { v: null };
  if (value instanceof DuckDBStructValue) {
    return { v: { f: (field.fields ?? []).map((each) => cell(value.entries[each.name] ?? null, each)) } };
  }
  return { v: scalarText(value, field.type) };
}

function scalarText(value: DuckDBValue, type: string): string {
  if (value instanceof DuckDBTimestampTZValue) return String(value.micros);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("base64");
  if (value instanceof DuckDBDecimalValue)
    return String(value)
      .replace(/(\.\d*?)0+$/, "$1")
      .replace(/\.$/, "");
  if (type === "DATETIME") return String(value).replace(" ", "T");
  if (typeof value === "number" && !Number.isFinite(value)) return String(value).replace("Infinity", "Inf");
  return String(value);
}

/** Logical bytes of a value, as BigQuery bills them. */
export function sizeExpression(field: Field): string {
  const name = quoted(field.name);
  if (field.mode === "REPEATED") return `coalesce(8 * len(${name}), 0)`;
  const size: Readonly<Record<string, string>> = {
    STRING: `coalesce(strlen(${name}) + 2, 0)`,
    BOOLEAN: `if(${name} IS NULL, 0, 1)`,
    NUMERIC: `if(${name} IS NULL, 0, 16)`,
  };
  return size[field.type] ?? `if(${name} IS NULL, 0, 8)`;
}
