/** GoogleSQL for DuckDB: parameters as literals of their types, names without the project, the rest transpiled. */
import * as polyglot from "@polyglot-sql/sdk";
import { ApiError, object, records, text } from "./api.ts";
import { scalarType } from "./types.ts";

const invalidQuery = (message: string) => new ApiError(400, "invalidQuery", message);

export interface QueryConfiguration {
  readonly query: string;
  readonly parameterMode?: unknown;
  readonly queryParameters?: unknown;
}

/** The statements of a query, each for DuckDB. */
export async function duckStatements(configuration: QueryConfiguration, project: string): Promise<string[]> {
  await polyglot.init?.();
  const statement = withoutProject(bound(configuration), project);
  const result = polyglot.transpile(statement, polyglot.Dialect.BigQuery, polyglot.Dialect.DuckDB);
  if (!result.success || result.sql === undefined) throw invalidQuery(`Syntax error: ${result.error ?? "?"} at [1:1]`);
  return result.sql.filter((each) => each.trim() !== "").map(withPrecision);
}

/** DuckDB's DECIMAL without precision is a small one; NUMERIC has 29 digits before the point and 9 after it. */
function withPrecision(statement: string): string {
  return statement.replaceAll(/'(?:''|[^'])*'|\b(?:BIG)?(?:DECIMAL|NUMERIC)\b(?!\s*\()/gi, (piece) =>
    piece.startsWith("'") ? piece : scalarType(/^big/i.test(piece) ? "BIGNUMERIC" : "NUMERIC"),
  );
}

/** Texts, comments and quoted names are passed over. */
const pieces = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|@[A-Za-z_]\w*|\?/g;

function bound({ query, parameterMode, queryParameters }: QueryConfiguration): string {
  const parameters = records(queryParameters);
  const positional = text(parameterMode).toUpperCase() === "POSITIONAL";
  let position = 0;
  const filled = query.replaceAll(pieces, (piece) => {
    if (piece === "?") {
      const parameter = positional ? parameters[position++] : undefined;
      if (parameter === undefined) throw invalidQuery("Positional parameters are not given");
      return value(object(parameter["parameterType"]), object(parameter["parameterValue"]));
    }
    if (!piece.startsWith("@")) return piece;
    const parameter = parameters.find((each) => each["name"] === piece.slice(1));
    if (parameter === undefined || positional) throw invalidQuery(`Query parameter '${piece.slice(1)}' not found`);
    return value(object(parameter["parameterType"]), object(parameter["parameterValue"]));
  });
  if (positional && position < parameters.length) {
    throw invalidQuery(`${position} positional parameters are used, ${parameters.length} are given`);
  }
  return filled;
}

/** A parameter as a GoogleSQL expression. */
function value(type: Record<string, unknown>, given: Record<string, unknown>): string {
  if (type["type"] === "ARRAY") {
    const items = records(given["arrayValues"]).map((each) => value(object(type["arrayType"]), each));
    return `[${items.join(", ")}]`;
  }
  if (type["type"] === "STRUCT") {
    const values = object(given["structValues"]);
    const fields = records(type["structTypes"]).map((each) => {
      const name = text(each["name"]);
      return `${value(object(each["type"]), object(values[name]))} AS ${name}`;
    });
    return `STRUCT(${fields.join(", ")})`;
  }
  const name = text(type["type"]);
  scalarType(name);
  const plain = given["value"];
  if (plain === null || plain === undefined) return `CAST(NULL AS ${name})`;
  if (typeof plain !== "string") throw new ApiError(400, "invalid", "Invalid value for parameter: expected a text");
  checkText(name, plain);
  if (name === "BYTES") return `FROM_BASE64(${googleText(plain)})`;
  return `CAST(${googleText(plain)} AS ${name})`;
}

const forms: Readonly<Record<string, RegExp>> = {
  INT64: /^-?\d{1,19}$/,
  FLOAT64: /^(-?\d+(\.\d+)?(e[+-]?\d+)?|NaN|-?Infinity)$/i,
  BOOL: /^(true|false)$/,
  NUMERIC: /^-?\d+(\.\d{1,9})?$/,
  BIGNUMERIC: /^-?\d+(\.\d{1,38})?$/,
  DATE: /^\d{4}-\d\d-\d\d$/,
  DATETIME: /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d{1,6})?)?$/,
  TIMESTAMP: /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?)?$/,
  TIME: /^\d\d:\d\d:\d\d(\.\d{1,6})?$/,
};

function checkText(type: string, given: string): void {
  const form = forms[type];
  if (form !== undefined && !form.test(given)) throw invalidQuery(`Invalid value for type ${type}: ${given}`);
}

function googleText(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n")}'`;
}

/** `project.dataset.table` and project.dataset.table: there is one project here. */
function withoutProject(sql: string, project: string): string {
  return sql
    .replaceAll(/`([^`]+)`/g, (_, name: string) =>
      name
        .split(".")
        .map((part) => `\`${part}\``)
        .join("."),
    )
    .replaceAll(`\`${project}\`.`, "");
}

export function isSelect(statement: string): boolean {
  return /^\s*(select|with|from|values|\()/i.test(statement);
}

export function statementType(query: string): string {
  const plain = query.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, "").trim();
  const [first = "", second = ""] = plain.toUpperCase().split(/\s+/);
  if (/;\s*\S/.test(plain)) return "SCRIPT";
  if (first === "WITH" || first.startsWith("(")) return "SELECT";
  if (first === "CREATE") return /\bAS\s+(SELECT|WITH)\b/i.test(plain) ? "CREATE_TABLE_AS_SELECT" : `CREATE_${second}`;
  return first === "DROP" || first === "TRUNCATE" ? `${first}_${second}` : first;
}
