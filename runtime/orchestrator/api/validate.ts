/** Small checks for request bodies. Each names the field that is wrong; fields that nobody asked for are ignored. */
import { type FieldProblem, MillraceError } from "../../protocol/errors.ts";

/** The problems of `value`, which stands at `path` in the body; none means that it is a T. */
export interface Check<T> {
  (value: unknown, path: string): readonly FieldProblem[];
  /** Only for the type checker. */
  checks?(value: T): void;
}

function expected(what: string, path: string, value: unknown): readonly FieldProblem[] {
  const given = value === undefined ? "it is missing" : `not ${describe(value)}`;
  return [{ path, message: `must be ${what}, ${given}` }];
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

export const text: Check<string> = (value, path) =>
  typeof value === "string" && value !== "" ? [] : expected("a text", path, value);

export const flag: Check<boolean> = (value, path) =>
  typeof value === "boolean" ? [] : expected("true or false", path, value);

/** Anything JSON can hold, but it must be there. */
export const json: Check<unknown> = (value, path) => (value === undefined ? expected("a JSON value", path, value) : []);

export function integer(minimum: number, maximum: number): Check<number> {
  return (value, path) =>
    typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum
      ? []
      : expected(`a whole number from ${minimum} to ${maximum}`, path, value);
}

export const positive: Check<number> = (value, path) =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? [] : expected("a number above 0", path, value);

export function oneOf<const T extends string>(choices: readonly T[]): Check<T> {
  const known = new Set<unknown>(choices);
  return (value, path) => (known.has(value) ? [] : expected(`one of ${choices.join(", ")}`, path, value));
}

export const isoTime: Check<string> = (value, path) =>
  typeof value === "string" && !Number.isNaN(Date.parse(value)) ? [] : expected("an ISO 8601 time", path, value);

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, path) => (value === undefined || value === null ? [] : check(value, path));
}

/** Null says that there is none, which is not the same as saying nothing. */
export function nullable<T>(check: Check<T>): Check<T | null | undefined> {
  return (value, path) => (value === undefined || value === null ? [] : check(value, path));
}

export function list<T>(check: Check<T>): Check<readonly T[]> {
  return (value, path) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => check(item, `${path}[${index}]`))
      : expected("a list", path, value);
}

export function record<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, path) =>
    isObject(value)
      ? Object.entries(value).flatMap(([key, item]) => check(item, path === "" ? key : `${path}.${key}`))
      : expected("an object", path, value);
}

export function object<T>(shape: { readonly [Key in keyof T]-?: Check<T[Key]> }): Check<T> {
  const checks: readonly [string, Check<unknown>][] = Object.entries(shape);
  return (value, path) => {
    if (!isObject(value)) return expected("an object", path, value);
    const fields = new Map(Object.entries(value));
    return checks.flatMap(([key, check]) => check(fields.get(key), path === "" ? key : `${path}.${key}`));
  };
}

/** @throws MillraceError "bad-usage" that names every wrong field. */
export function accept<T>(check: Check<T>, value: unknown): T {
  const problems = check(value, "");
  if (holds(check, value, problems)) return value;
  const fields = problems.map(({ path, message }) => `${path === "" ? "the body" : path} ${message}`);
  throw new MillraceError("bad-usage", `Bad request: ${fields.join("; ")}.`, { fields: problems });
}

function holds<T>(_check: Check<T>, _value: unknown, problems: readonly FieldProblem[]): _value is T {
  return problems.length === 0;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
