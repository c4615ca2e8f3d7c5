/** What is wrong with the values of a form, and under which field it is told. Pure. */
import type { FieldProblem } from "../../runtime/protocol/errors.ts";
import type { Field } from "./fields.ts";
import { rowField } from "./rows.ts";
import { isObject } from "./schema.ts";
import { isSecret, isVariable } from "./secrets.ts";
import { type ChosenVariants, fieldsWithin, variantOf } from "./unions.ts";
import { getAt, type Path, pathText, type Values, valueAt } from "./values.ts";

/** A field of the form as it stands there now: a row of a list has its number in the path. */
export interface PlacedField {
  readonly path: Path;
  readonly key: string;
  readonly field: Field;
}

/** All fields, groups before what is in them, in the order in which a person meets them. */
export function placedFields(
  fields: readonly Field[],
  values: Values,
  chosen: ChosenVariants = new Map(),
): readonly PlacedField[] {
  const all = (inner: readonly Field[], at: Path): readonly PlacedField[] =>
    inner.flatMap((field) => {
      const path = [...at, field.name];
      const here: PlacedField = { path, key: pathText(path), field };
      if (field.kind === "group") return [here, ...all(field.fields, path)];
      if (field.kind === "union") {
        const value = valueAt(fields, values, path, field);
        return [here, ...all(fieldsWithin(field, value, chosen.get(here.key)), path)];
      }
      if (field.kind !== "rows") return [here];
      const rows = valueAt(fields, values, path, field);
      const count = Array.isArray(rows) ? rows.length : 0;
      const within = (index: number) => {
        const row = rowField(field, index);
        return row === null ? all(field.fields, [...path, index]) : all([row], path);
      };
      return [here, ...Array.from({ length: count }, (_, index) => within(index)).flat()];
    });
  return all(fields, []);
}

export interface FieldMessage {
  readonly message: string;
  /** What follows the field's own path: "[1]" for the second chip. */
  readonly within: string;
}

export interface PlacedProblems {
  readonly byField: ReadonlyMap<string, readonly FieldMessage[]>;
  /** What belongs to no field: told above the form. */
  readonly others: readonly FieldProblem[];
}

/** Each problem under the field whose path is the longest beginning of its own. */
export function placeProblems(keys: readonly string[], problems: readonly FieldProblem[]): PlacedProblems {
  const known = new Set(keys);
  const byField = new Map<string, FieldMessage[]>();
  const others: FieldProblem[] = [];
  for (const problem of problems) {
    const key = beginnings(problem.path).find((beginning) => known.has(beginning));
    if (key === undefined) others.push(problem);
    else
      byField.set(key, [
        ...(byField.get(key) ?? []),
        { message: problem.message, within: problem.path.slice(key.length) },
      ]);
  }
  return { byField, others };
}

/** "a.b[0]" → "a.b[0]", "a.b", "a". */
function beginnings(path: string): readonly string[] {
  const found = path === "" ? [] : [path];
  for (let at = path.length - 1; at > 0; at--) {
    if (path[at] === "." || path[at] === "[") found.push(path.slice(0, at));
  }
  return found;
}

/** What can be told without asking the flow: said at once, and in plainer words than a schema library finds. */
export function ownProblems(
  fields: readonly Field[],
  values: Values,
  chosen: ChosenVariants = new Map(),
): readonly FieldProblem[] {
  return placedFields(fields, values, chosen).flatMap(({ path, key, field }): FieldProblem[] => {
    // What is in an object that was not given is not missing.
    const parent = path.length === 1 ? {} : getAt(values, path.slice(0, -1));
    const inside = path.length === 1 || isObject(parent);
    const given = valueAt(fields, values, path, field);
    // A saved secret that is taken away.
    const value = given === null && isSecret(field) ? undefined : given;
    const isChosen = field.kind === "union" && chosen.has(key);
    if (isChosen && (value === undefined || value === null)) return [{ path: key, message: "A value is needed." }];
    if (value === undefined) return field.required && inside ? [{ path: key, message: "A value is needed." }] : [];
    const message = inside ? wrong(field, value, chosen.get(key)) : null;
    return message === null ? [] : [{ path: key, message }];
  });
}

function wrong(field: Field, value: unknown, chosen?: number): string | null {
  if (field.kind === "union") {
    const inner = variantOf(field, value, chosen)?.field;
    return inner === undefined ? null : wrong(inner, value);
  }
  if (isVariable(value)) return value.$env === "" ? "Name the environment variable." : null;
  if (field.kind === "number") {
    if (value === null) return field.nullable ? null : "A number is needed.";
    if (typeof value !== "number" || !Number.isFinite(value)) return "This is no number.";
    if (field.integer && !Number.isInteger(value)) return "A whole number is needed.";
    if (field.least !== null && value < field.least) return `Must be ${field.least} or more.`;
    if (field.most !== null && value > field.most) return `Must be ${field.most} or less.`;
  }
  return null;
}

/** Own words first; of a field that has them, what the schema says is left out. */
export function mergeProblems(own: readonly FieldProblem[], told: readonly FieldProblem[]): readonly FieldProblem[] {
  const said = new Set(own.map(({ path }) => path));
  return [...own, ...told.filter(({ path }) => !said.has(path))];
}

/** "2nd: must be …" for what is wrong within a list. */
export function messageText({ message, within }: FieldMessage): string {
  const index = /^\[(\d+)\]$/.exec(within)?.[1];
  if (index !== undefined) return `${ordinal(Number(index) + 1)}: ${message}`;
  return within === "" ? message : `${within.replace(/^\./, "")}: ${message}`;
}

function ordinal(count: number): string {
  const ten = count % 100 >= 11 && count % 100 <= 13;
  return `${count}${ten ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[count % 10] ?? "th")}`;
}
