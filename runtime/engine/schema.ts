/**
 * Parameters by any Standard Schema, through the schema's own methods only: a workspace may have its own copy of zod
 * beside the one that comes with millrace, so no `instanceof` and no import of a schema library.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type FieldProblem, MillraceError } from "../protocol/errors.ts";

/** @throws MillraceError "bad-parameters" that names each field. */
export async function validate(schema: StandardSchemaV1, value: unknown, what: string): Promise<unknown> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  const fields = result.issues.map((issue): FieldProblem => ({ path: pathText(issue.path), message: issue.message }));
  const lines = fields.map((field) => `  ${field.path === "" ? "(the value)" : field.path}: ${field.message}`);
  throw new MillraceError("bad-parameters", `${what}:\n${lines.join("\n")}`, { fields });
}

/** "months[0]", "address.street". */
export function pathText(path: StandardSchemaV1.Issue["path"]): string {
  let text = "";
  for (const segment of path ?? []) {
    const key = typeof segment === "object" ? segment.key : segment;
    if (typeof key === "number" || /^\d+$/.test(String(key))) text += `[${String(key)}]`;
    else text += text === "" ? String(key) : `.${String(key)}`;
  }
  return text;
}

/** JSON Schema (draft 2020-12) of what may be given, or null when the schema cannot say. */
export function jsonSchema(schema: StandardSchemaV1 | undefined): Record<string, unknown> | null {
  if (schema === undefined) return null;
  const standard: unknown = Reflect.get(schema["~standard"], "jsonSchema");
  const own = method(schema, "toJSONSchema");
  // zod: a date or a transform has no JSON Schema; the field then takes anything, instead of the form being lost.
  const options = { target: "draft-2020-12", io: "input", unrepresentable: "any" };
  return (
    attempt(() => own?.(options)) ??
    attempt(() => method(standard, "input")?.({ target: "draft-2020-12" })) ??
    attempt(() => method(schema, "toJsonSchema")?.())
  );
}

function method(holder: unknown, name: string): ((options?: unknown) => unknown) | undefined {
  if ((typeof holder !== "object" && typeof holder !== "function") || holder === null) return undefined;
  const found: unknown = Reflect.get(holder, name);
  return typeof found === "function" ? (options) => Reflect.apply(found, holder, [options]) : undefined;
}

function attempt(make: () => unknown): Record<string, unknown> | null {
  try {
    const made = make();
    return typeof made === "object" && made !== null ? { ...made } : null;
  } catch {
    return null;
  }
}

/** Names of the parameters that must be given. */
export function requiredOf(schema: Readonly<Record<string, unknown>> | null): readonly string[] {
  const required = schema?.["required"];
  return Array.isArray(required) ? required.filter((name) => typeof name === "string") : [];
}
