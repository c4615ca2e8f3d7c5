/** Values of a flow as parameters of a GoogleSQL statement. */
import { MillraceError } from "../../protocol/errors.ts";
import { formatDate, formatTimestamp } from "../tables/times.ts";
import type { WarehouseParameters, WarehouseValue } from "../warehouse.ts";
import { replaceMarks } from "./statements.ts";

/** "INT64", ["INT64"] for an array, { a: "INT64" } for a struct: as the client of BigQuery takes them. */
export type ParameterType = string | readonly ParameterType[] | { readonly [field: string]: ParameterType };

export type ParameterTypes = readonly (ParameterType | undefined)[] | Readonly<Record<string, ParameterType>>;

/** As the wire has them: everything scalar is a text. */
export interface WireType {
  type: string;
  arrayType?: WireType;
  structTypes?: { name: string; type: WireType }[];
}
export interface WireValue {
  /** Absent for null. */
  value?: string;
  arrayValues?: WireValue[];
  structValues?: { [field: string]: WireValue };
}
export interface WireParameter {
  name?: string;
  parameterType: WireType;
  parameterValue: WireValue;
}

/** The client could make the parameters too; it would send its `types` along, which BigQuery's protocol does not know. */
export interface Statement {
  readonly query: string;
  readonly parameterMode: "POSITIONAL" | "NAMED";
  readonly queryParameters: readonly WireParameter[];
}

/**
 * The statement as BigQuery takes it. Without a type in `types`, null, an empty list and a Date stand in the text: as
 * literals they have the type that their place wants, a Date that of a TIMESTAMP, DATETIME or (at midnight) DATE.
 * @throws MillraceError "bad-parameters" naming the parameter that is missing, unused or of no type of BigQuery.
 */
export function prepareStatement(
  sql: string,
  parameters: WarehouseParameters,
  types: ParameterTypes | undefined,
): Statement {
  return isList(parameters) ? positional(sql, parameters, types) : named(sql, parameters, types);
}

function positional(sql: string, values: readonly WarehouseValue[], types: ParameterTypes | undefined): Statement {
  const queryParameters: WireParameter[] = [];
  let marks = 0;
  const query = replaceMarks(sql, ({ parameter, text }) => {
    if (typeof parameter === "string") return text;
    marks++;
    const value = values[parameter];
    // A "?" that nobody gave a value for is BigQuery's to complain about, with line and column.
    if (value === undefined) return text;
    const type = Array.isArray(types) ? types[parameter] : undefined;
    const bound = bind(value, type, `parameter ${parameter + 1}`);
    if (typeof bound === "string") return bound;
    queryParameters.push(bound);
    return text;
  });
  if (marks !== values.length) {
    throw new MillraceError("bad-parameters", `the statement has ${marks} "?", and ${values.length} values were given`);
  }
  return { query, parameterMode: "POSITIONAL", queryParameters };
}

function named(
  sql: string,
  values: Readonly<Record<string, WarehouseValue>>,
  types: ParameterTypes | undefined,
): Statement {
  const used = new Map<string, WireParameter | undefined>();
  const given = new Map(Object.entries(values).map(([name, value]) => [name.replace(/^[:@]/, ""), value]));
  const query = replaceMarks(sql, ({ parameter, text }) => {
    if (typeof parameter === "number") return text;
    const value = given.get(parameter);
    if (value === undefined) {
      if (given.size === 0) return text;
      throw new MillraceError("bad-parameters", `the statement has ${text}, and no value was given for it`);
    }
    const type = types !== undefined && !isList<ParameterType | undefined>(types) ? types[parameter] : undefined;
    const bound = bind(value, type, `parameter "${parameter}"`);
    used.set(parameter, typeof bound === "string" ? undefined : { name: parameter, ...bound });
    if (typeof bound === "string") return bound;
    return `@${parameter}`;
  });
  const unused = [...given.keys()].find((name) => !used.has(name));
  if (unused !== undefined) {
    throw new MillraceError(
      "bad-parameters",
      `parameter "${unused}": the statement has no :${unused} and no @${unused}`,
    );
  }
  return { query, parameterMode: "NAMED", queryParameters: [...used.values()].filter((each) => each !== undefined) };
}

/** A text to stand in the statement, or a value with its type. */
function bind(value: WarehouseValue, given: ParameterType | undefined, what: string): string | WireParameter {
  if (given === undefined) {
    if (value === null) return "NULL";
    if (Array.isArray(value) && value.length === 0) return "[]";
    if (value instanceof Date) return `'${dateText(value, what)}'`;
  }
  const type = given ?? typeOf(value, what);
  return { parameterType: wireType(type), parameterValue: encode(value, type, what) };
}

function typeOf(value: WarehouseValue, what: string): ParameterType {
  if (value === null) throw new MillraceError("bad-parameters", `${what}: a null in a list or struct needs its type`);
  switch (typeof value) {
    case "boolean":
      return "BOOL";
    case "string":
      return "STRING";
    case "number":
      return Number.isSafeInteger(value) ? "INT64" : "FLOAT64";
    case "bigint":
      return BigInt.asIntN(64, value) === value ? "INT64" : "BIGNUMERIC";
  }
  if (value instanceof Date) return "TIMESTAMP";
  if (value instanceof Uint8Array) return "BYTES";
  if (isList<WarehouseValue>(value)) {
    const types = value.map((each, index) => typeOf(each, `${what}[${index}]`));
    const [first] = types;
    if (first === undefined)
      throw new MillraceError("bad-parameters", `${what}: an empty list in a list needs its type`);
    // 1 and 1.5 are an INT64 and a FLOAT64 alone, and FLOAT64s together.
    return [types.includes("FLOAT64") ? "FLOAT64" : first];
  }
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, typeOf(each, `${what}.${name}`)]));
}

function wireType(type: ParameterType): WireType {
  if (typeof type === "string") return { type: type.toUpperCase() };
  if (isList<ParameterType>(type)) return { type: "ARRAY", arrayType: wireType(type[0] ?? "STRING") };
  const structTypes = Object.entries(type).map(([name, each]) => ({ name, type: wireType(each) }));
  return { type: "STRUCT", structTypes };
}

function encode(value: WarehouseValue, type: ParameterType, what: string): WireValue {
  if (value === null) return {};
  if (typeof type === "string") return { value: textOf(value, type, what) };
  if (isList<ParameterType>(type)) {
    const [element] = type;
    if (Array.isArray(value) && element !== undefined) {
      return { arrayValues: value.map((each: WarehouseValue, index) => encode(each, element, `${what}[${index}]`)) };
    }
  } else if (isStruct(value)) {
    const fields = Object.entries(type).map(([name, each]) => [
      name,
      encode(value[name] ?? null, each, `${what}.${name}`),
    ]);
    return { structValues: Object.fromEntries(fields) };
  }
  throw new MillraceError("bad-parameters", `${what}: ${JSON.stringify(value)} is not of the type that was given`);
}

function textOf(value: WarehouseValue, type: string, what: string): string {
  if (value instanceof Date)
    return /^DATE$/i.test(type) ? formatDate(time(value, what)) : formatTimestamp(time(value, what));
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value !== null && typeof value === "object") return JSON.stringify(value);
  return String(value);
}

/** At midnight only the day, which is a literal of all three types. */
function dateText(date: Date, what: string): string {
  return formatTimestamp(time(date, what)).replace(/ 00:00:00$/, "");
}

function time(date: Date, what: string): number {
  const milliseconds = date.getTime();
  if (Number.isNaN(milliseconds)) throw new MillraceError("bad-parameters", `${what}: it is an invalid Date`);
  return milliseconds;
}

/** `Array.isArray` does not narrow a readonly array away from an object. */
function isList<T>(value: readonly T[] | object): value is readonly T[] {
  return Array.isArray(value);
}

function isStruct(value: WarehouseValue): value is { readonly [field: string]: WarehouseValue } {
  return (
    typeof value === "object" &&
    value !== null &&
    !isList(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  );
}
