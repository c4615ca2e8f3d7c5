/** JSON Schema → the fields of a form. What no field can show becomes a box of JSON; nothing is lost. */
import {
  boundOf,
  isObject,
  type JsonSchema,
  listOf,
  mergeAll,
  propertiesOf,
  requiredOf,
  resolve,
  schemaOf,
  textOf,
  unwrapNull,
} from "./schema.ts";
import { type Draw, unionField } from "./union-fields.ts";

export interface FieldBase {
  /** Its key in the object that holds it. */
  readonly name: string;
  readonly label: string;
  readonly description: string | null;
  readonly required: boolean;
  /** The schema's default; undefined when it has none. */
  readonly fallback: unknown;
  /** Empty means null. */
  readonly nullable: boolean;
}

export interface Choice {
  readonly value: unknown;
  readonly label: string;
}

export interface NumberLimits {
  readonly integer: boolean;
  readonly least: number | null;
  readonly most: number | null;
  readonly step: number | null;
}

/** One kind of value that a union allows. */
export interface Variant {
  readonly label: string;
  readonly description: string | null;
  /** Stands where the union stands, and is called like it. */
  readonly field: Field;
  /** What all values of this kind have in common: written, and not asked for. */
  readonly fixed: Readonly<Record<string, unknown>>;
}

interface UnionOf {
  readonly kind: "union";
  readonly variants: readonly Variant[];
}

export type Field = FieldBase &
  (
    | { readonly kind: "text"; readonly secret: boolean; readonly multiline: boolean }
    | ({ readonly kind: "number" } & NumberLimits)
    | { readonly kind: "boolean" }
    | { readonly kind: "choice"; readonly choices: readonly Choice[] }
    | { readonly kind: "date" | "date-time" }
    /** Scalars in a row; with choices one tick each. */
    | ({
        readonly kind: "list";
        readonly item: "text" | "number";
        readonly choices: readonly Choice[] | null;
      } & NumberLimits)
    | { readonly kind: "group"; readonly fields: readonly Field[] }
    /** Objects in a row; of several kinds where each of them is one of a union. */
    | { readonly kind: "rows"; readonly fields: readonly Field[]; readonly of: UnionOf | null }
    /** A value of one of several kinds. */
    | UnionOf
    | { readonly kind: "json" }
    /** Another block, of the type with this slug. */
    | { readonly kind: "reference"; readonly slug: string }
  );

export type FieldKind = Field["kind"];

/** Groups within groups, up to here; deeper ones are JSON. */
const deepest = 2;

/** Null: the parameters are no object with named properties, so the whole of them is one box of JSON. */
export function fieldsOf(schema: JsonSchema): readonly Field[] | null {
  const { schema: root } = unwrapNull(resolve(schema, schema), schema);
  if (root["type"] !== undefined && root["type"] !== "object") return null;
  if (schemaOf(root, "properties") === null) return root["anyOf"] || root["oneOf"] || root["allOf"] ? null : [];
  return objectFields(root, schema, 0);
}

function objectFields(schema: JsonSchema, root: JsonSchema, depth: number): readonly Field[] {
  const required = requiredOf(schema);
  return propertiesOf(schema).map(([name, property]) => field(name, property, required.has(name), root, depth));
}

function field(name: string, given: JsonSchema, required: boolean, root: JsonSchema, depth: number): Field {
  const { schema: alone, nullable } = unwrapNull(resolve(given, root), root);
  const schema = mergeAll(alone, root);
  const base: FieldBase = {
    name,
    label: textOf(schema, "title") ?? name,
    description: textOf(schema, "description"),
    required: required && schema["default"] === undefined,
    fallback: schema["default"],
    nullable,
  };
  const slug = textOf(schema, "block_type_slug");
  if (slug !== null) return { ...base, kind: "reference", slug };
  const choices = choicesOf(schema, root);
  if (choices !== null) return { ...base, kind: "choice", choices };
  const union = unionOf(base, schema, root, depth);
  if (union !== null) return union;
  switch (schema["type"]) {
    case "string":
      return textual(base, schema);
    case "integer":
    case "number":
      return { ...base, kind: "number", ...limitsOf(schema) };
    case "boolean":
      // A box has two states; "not given" and "no value" would be a third.
      if (!nullable && (base.required || base.fallback !== undefined)) return { ...base, kind: "boolean" };
      return {
        ...base,
        kind: "choice",
        choices: yesOrNo,
      };
    case "array":
      return arrayField(base, schema, root, depth);
    case "object":
      if (depth >= deepest || schemaOf(schema, "properties") === null || hasMore(schema))
        return { ...base, kind: "json" };
      return { ...base, kind: "group", fields: objectFields(schema, root, depth + 1) };
    default:
      return { ...base, kind: "json" };
  }
}

function unionOf(base: FieldBase, schema: JsonSchema, root: JsonSchema, depth: number): Field | null {
  if (depth > deepest) return null;
  // A yes or no of a union stands beside other kinds: as a box it would have no label of its own.
  const draw: Draw = (name, member) => {
    // Unions that contain each other have no end.
    const isUnion = "anyOf" in member || "oneOf" in member || listOf(member, "type") !== null;
    const drawn = field(name, member, true, root, isUnion ? depth + 1 : depth);
    if (drawn.kind === "union") return { ...drawn, kind: "json" };
    return drawn.kind === "boolean" ? { ...drawn, kind: "choice", choices: yesOrNo } : drawn;
  };
  return unionField(base, schema, root, draw);
}

const yesOrNo: readonly Choice[] = [true, false].map((value) => ({ value, label: value ? "yes" : "no" }));

/** Keys beyond the named ones, of a type of their own. */
function hasMore(schema: JsonSchema): boolean {
  const more = schema["additionalProperties"];
  return isObject(more) && Object.keys(more).length > 0;
}

function textual(base: FieldBase, schema: JsonSchema): Field {
  const format = schema["format"];
  if (format === "date" || format === "date-time") return { ...base, kind: format };
  const secret = format === "password" || schema["writeOnly"] === true;
  const multiline =
    !secret &&
    (format === "textarea" ||
      format === "multiline" ||
      (typeof base.fallback === "string" && base.fallback.includes("\n")));
  return { ...base, kind: "text", secret, multiline };
}

function limitsOf(schema: JsonSchema): NumberLimits {
  const integer = schema["type"] === "integer";
  const above = boundOf(schema, "exclusiveMinimum");
  const below = boundOf(schema, "exclusiveMaximum");
  return {
    integer,
    least: boundOf(schema, "minimum") ?? (integer && above !== null ? Math.floor(above) + 1 : null),
    most: boundOf(schema, "maximum") ?? (integer && below !== null ? Math.ceil(below) - 1 : null),
    step: boundOf(schema, "multipleOf"),
  };
}

function arrayField(base: FieldBase, schema: JsonSchema, root: JsonSchema, depth: number): Field {
  const given = schemaOf(schema, "items");
  if (given === null || schema["prefixItems"] !== undefined) return { ...base, kind: "json" };
  const { schema: item, nullable } = unwrapNull(resolve(given, root), root);
  if (nullable) return { ...base, kind: "json" };
  const choices = choicesOf(item, root);
  if (choices !== null) return { ...base, kind: "list", item: "text", choices, ...limitsOf(item) };
  switch (item["type"]) {
    case "string":
      return { ...base, kind: "list", item: "text", choices: null, ...limitsOf(item) };
    case "integer":
    case "number":
      return { ...base, kind: "list", item: "number", choices: null, ...limitsOf(item) };
    case "object":
      if (depth >= deepest || schemaOf(item, "properties") === null || hasMore(item)) return { ...base, kind: "json" };
      return { ...base, kind: "rows", fields: objectFields(item, root, depth + 1), of: null };
    default: {
      const union = unionOf({ ...base, required: true, nullable: false, fallback: undefined }, item, root, depth + 1);
      const isOfObjects = union?.kind === "union" && union.variants.every(({ field: one }) => one.kind === "group");
      return isOfObjects && !union.nullable
        ? { ...base, kind: "rows", fields: [], of: { kind: "union", variants: union.variants } }
        : { ...base, kind: "json" };
    }
  }
}

function choicesOf(schema: JsonSchema, root: JsonSchema): readonly Choice[] | null {
  if ("const" in schema) return [choice(schema["const"])];
  const values = listOf(schema, "enum");
  if (values !== null) return values.filter((value) => value !== null).map((value) => choice(value));
  const union = listOf(schema, "anyOf") ?? listOf(schema, "oneOf");
  if (union === null || union.length === 0) return null;
  const members = union.map((member) => (isObject(member) ? resolve(member, root) : {}));
  if (!members.every((member) => "const" in member || listOf(member, "enum") !== null)) return null;
  return members.flatMap((member) => {
    const title = textOf(member, "title");
    return "const" in member
      ? [{ value: member["const"], label: title ?? choice(member["const"]).label }]
      : (listOf(member, "enum") ?? []).map((value) => choice(value));
  });
}

function choice(value: unknown): Choice {
  return { value, label: typeof value === "string" ? value : JSON.stringify(value) };
}

/** How many fields a person sees: groups count what is in them. */
export function countFields(fields: readonly Field[]): number {
  return fields.reduce((sum, one) => sum + (one.kind === "group" ? countFields(one.fields) : 1), 0);
}
