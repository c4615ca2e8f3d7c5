/** Reading a JSON Schema (draft 2020-12) that somebody else has written: nothing in it is taken for granted. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function textOf(schema: JsonSchema, key: string): string | null {
  const value = schema[key];
  return typeof value === "string" && value !== "" ? value : null;
}

/** A bound that says something: zod gives every integer the largest that JavaScript can hold. */
export function boundOf(schema: JsonSchema, key: string): number | null {
  const value = schema[key];
  return typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : null;
}

export function listOf(schema: JsonSchema, key: string): readonly unknown[] | null {
  const value = schema[key];
  return Array.isArray(value) ? value : null;
}

export function schemaOf(schema: JsonSchema, key: string): JsonSchema | null {
  const value = schema[key];
  return isObject(value) ? value : null;
}

/** Names and schemas of an object's properties, in the order in which they were written. */
export function propertiesOf(schema: JsonSchema): readonly (readonly [string, JsonSchema])[] {
  const properties = schemaOf(schema, "properties");
  if (properties === null) return [];
  return Object.entries(properties).map(([name, property]) => [name, isObject(property) ? property : {}]);
}

export function requiredOf(schema: JsonSchema): ReadonlySet<string> {
  return new Set((listOf(schema, "required") ?? []).filter((name) => typeof name === "string"));
}

/** The schema that `$ref` names within `root`; what stands beside it (a default, a description) wins. */
export function resolve(schema: JsonSchema, root: JsonSchema, depth = 0): JsonSchema {
  const reference = textOf(schema, "$ref");
  if (reference === null || !reference.startsWith("#") || depth > 16) return schema;
  let target: unknown = root;
  for (const part of reference.slice(1).split("/").filter(Boolean)) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    target = isObject(target) && Object.hasOwn(target, key) ? target[key] : undefined;
  }
  if (!isObject(target)) return schema;
  const { $ref: _, ...beside } = schema;
  return { ...resolve(target, root, depth + 1), ...beside };
}

export interface Unwrapped {
  readonly schema: JsonSchema;
  /** Null is allowed too. */
  readonly nullable: boolean;
}

/** `T | null` is T that may be left empty: `type: [T, "null"]`, or `anyOf` of the two. */
export function unwrapNull(schema: JsonSchema, root: JsonSchema): Unwrapped {
  const types = listOf(schema, "type");
  if (types !== null) {
    const others = types.filter((type) => type !== "null");
    if (others.length === 1) return { schema: { ...schema, type: others[0] }, nullable: others.length < types.length };
  }
  const union = listOf(schema, "anyOf") ?? listOf(schema, "oneOf");
  if (union === null) return { schema, nullable: false };
  const members = union.filter(isObject).map((member) => resolve(member, root));
  const others = members.filter((member) => member["type"] !== "null");
  const [only] = others;
  if (only === undefined || others.length !== 1 || members.length !== union.length) return { schema, nullable: false };
  const { anyOf: _, oneOf: __, ...beside } = schema;
  return { schema: { ...only, ...beside }, nullable: others.length < members.length };
}

/** Objects that must all be fulfilled (`allOf`) are one object with the properties of each. */
export function mergeAll(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const members = listOf(schema, "allOf");
  if (members === null || !members.every(isObject)) return schema;
  const parts = members.map((member) => resolve(member, root));
  if (!parts.every((part) => schemaOf(part, "properties") !== null)) return schema;
  const { allOf: _, ...beside } = schema;
  const all = [...parts, beside];
  return {
    ...beside,
    type: "object",
    properties: Object.fromEntries(all.flatMap((part) => propertiesOf(part))),
    required: all.flatMap((part) => [...requiredOf(part)]),
  };
}
