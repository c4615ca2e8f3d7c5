/**
 * Checks a JSON value against a JSON Schema (draft 2020-12) as schema libraries write it, and names each field that is
 * wrong. What it does not know it lets pass: whoever has the schema's own code checks again.
 */
import type { FieldProblem } from "./errors.ts";
import { didYouMean } from "./near-names.ts";

type Json = Readonly<Record<string, unknown>>;

export interface CheckOptions {
  /**
   * Decides about a value before the schema does: problems (none means that it is right), or undefined where the schema
   * decides. For values that stand for others, as references do.
   */
  readonly instead?: (value: unknown, schema: Json, path: string) => readonly FieldProblem[] | undefined;
  /** Fields that the schema does not have are problems, also where it does not forbid them. */
  readonly refuseUnknown?: boolean;
}

export function checkJson(schema: Json, value: unknown, options: CheckOptions = {}): readonly FieldProblem[] {
  return check(schema, value, "", { ...options, root: schema, depth: 0 });
}

interface Pass extends CheckOptions {
  readonly root: Json;
  readonly depth: number;
}

function check(given: Json, value: unknown, path: string, pass: Pass): readonly FieldProblem[] {
  const schema = resolveReference(given, pass.root);
  const decided = pass.instead?.(value, schema, path);
  if (decided !== undefined) return decided;
  if (pass.depth > 64) return [];
  const deeper = { ...pass, depth: pass.depth + 1 };
  const all = listOf(schema["allOf"]).flatMap((each) => check(each, value, path, deeper));
  return [...all, ...checkChoice(schema, value, path, deeper), ...checkOwn(schema, value, path, deeper)];
}

function checkChoice(schema: Json, value: unknown, path: string, pass: Pass): readonly FieldProblem[] {
  const choices = [...listOf(schema["anyOf"]), ...listOf(schema["oneOf"])];
  if (choices.length === 0) return [];
  const answers = choices.map((choice) => check(choice, value, path, pass));
  if (answers.some((problems) => problems.length === 0)) return [];
  // The one that was meant is the one whose own shape fits: its problems are inside the value.
  const meant = answers.filter((problems) => problems.every((problem) => problem.path !== path));
  return meant[0] ?? [{ path, message: [...new Set(answers.flat().map(({ message }) => message))].join(", or ") }];
}

function checkOwn(schema: Json, value: unknown, path: string, pass: Pass): readonly FieldProblem[] {
  const problem = (message: string): readonly FieldProblem[] => [{ path, message }];
  if ("const" in schema && !isSame(schema["const"], value)) return problem(`must be ${show(schema["const"])}`);
  const choices = schema["enum"];
  if (Array.isArray(choices) && !choices.some((choice) => isSame(choice, value))) {
    const hint = typeof value === "string" ? didYouMean(value, choices.map(String)) : "";
    return problem(`must be one of ${choices.map(show).join(", ")}, not ${show(value)}${hint && `.${hint}`}`);
  }
  const types = typesOf(schema);
  if (types.length > 0 && !types.some((type) => isOf(type, value))) {
    return problem(`expected ${types.map((type) => typeNames[type] ?? type).join(" or ")}, got ${show(value)}`);
  }
  if (typeof value === "string") return checkText(schema, value).flatMap(problem);
  if (typeof value === "number") return checkNumber(schema, value).flatMap(problem);
  if (Array.isArray(value))
    return [...checkLength(schema, value.length).flatMap(problem), ...items(schema, value, path, pass)];
  return isRecord(value) ? fields(schema, value, path, pass) : [];
}

const typeNames: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  null: "null",
};

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case "string":
    case "number":
    case "boolean":
      return typeof value === type;
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isRecord(value);
    case "null":
      return value === null;
    default:
      return true;
  }
}

function checkText(schema: Json, value: string): string[] {
  const { minLength, maxLength, pattern, format } = schema;
  const wrong: string[] = [];
  if (typeof minLength === "number" && value.length < minLength) {
    wrong.push(value === "" ? "must not be empty" : `must have at least ${minLength} characters`);
  }
  if (typeof maxLength === "number" && value.length > maxLength)
    wrong.push(`must have at most ${maxLength} characters`);
  if (format === "uri" && !URL.canParse(value)) wrong.push(`must be a URL, not ${show(value)}`);
  else if (typeof pattern === "string" && format === undefined && !matches(pattern, value)) {
    wrong.push(`must match ${pattern}, not ${show(value)}`);
  }
  return wrong;
}

/** Patterns are written for another regular expression dialect now and then: one that cannot be read says nothing. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}

function checkNumber(schema: Json, value: number): string[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const wrong: string[] = [];
  if (typeof minimum === "number" && value < minimum) wrong.push(`must be ${minimum} or more, not ${value}`);
  if (typeof maximum === "number" && value > maximum) wrong.push(`must be ${maximum} or less, not ${value}`);
  if (typeof exclusiveMinimum === "number" && value <= exclusiveMinimum) {
    wrong.push(`must be more than ${exclusiveMinimum}, not ${value}`);
  }
  if (typeof exclusiveMaximum === "number" && value >= exclusiveMaximum) {
    wrong.push(`must be less than ${exclusiveMaximum}, not ${value}`);
  }
  return wrong;
}

function checkLength(schema: Json, length: number): string[] {
  const { minItems, maxItems } = schema;
  if (typeof minItems === "number" && length < minItems) return [`must have at least ${minItems} items`];
  return typeof maxItems === "number" && length > maxItems ? [`must have at most ${maxItems} items`] : [];
}

function items(schema: Json, value: readonly unknown[], path: string, pass: Pass): readonly FieldProblem[] {
  const first = listOf(schema["prefixItems"]);
  const rest = schema["items"];
  return value.flatMap((item, index) => {
    const own = first[index] ?? (isRecord(rest) ? rest : undefined);
    return own === undefined ? [] : check(own, item, `${path}[${index}]`, pass);
  });
}

function fields(schema: Json, value: Json, path: string, pass: Pass): readonly FieldProblem[] {
  const properties = isRecord(schema["properties"]) ? schema["properties"] : undefined;
  const others = schema["additionalProperties"];
  const at = (name: string) => (path === "" ? name : `${path}.${name}`);
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const missing = required
    .filter((name): name is string => typeof name === "string" && value[name] === undefined)
    .map((name) => ({ path: at(name), message: "is missing" }));
  const wrong = Object.entries(value).flatMap(([name, item]) => {
    if (item === undefined) return [];
    const own = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (isRecord(own)) return check(own, item, at(name), pass);
    if (isRecord(others)) return check(others, item, at(name), pass);
    const unknown =
      others === false || (pass.refuseUnknown === true && others === undefined && properties !== undefined);
    if (!unknown) return [];
    return [
      {
        path: at(name),
        message: `there is no such field.${didYouMean(name, Object.keys(properties ?? {}))}`.trimEnd(),
      },
    ];
  });
  return [...missing, ...wrong];
}

/** The schema that a `$ref` names; one that names nothing lets everything pass. */
export function resolveReference(schema: Json, root: Json): Json {
  let resolved = schema;
  for (let depth = 0; depth < 16; depth++) {
    const reference = resolved["$ref"];
    if (typeof reference !== "string" || !reference.startsWith("#")) return resolved;
    let target: unknown = root;
    for (const part of reference.slice(1).split("/").filter(Boolean)) {
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
      target = isRecord(target) && Object.hasOwn(target, key) ? target[key] : undefined;
    }
    if (!isRecord(target)) return {};
    const { $ref: _, ...beside } = resolved;
    resolved = { ...target, ...beside };
  }
  return {};
}

function typesOf({ type }: Json): readonly string[] {
  if (typeof type === "string") return [type];
  return Array.isArray(type) ? type.filter((each) => typeof each === "string") : [];
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isSame(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
