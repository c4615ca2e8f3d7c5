/** `anyOf`, `oneOf` and lists of types → the variants of a union. */
import type { Field, FieldBase, Variant } from "./fields.ts";
import { isObject, type JsonSchema, listOf, propertiesOf, requiredOf, resolve, schemaOf, textOf } from "./schema.ts";

/** Makes the field of one variant. */
export type Draw = (name: string, schema: JsonSchema) => Field;

/** More kinds of value than this are no choice any more. */
const mostVariants = 30;

/** Null for what is no union, or for one of which no part can be drawn. */
export function unionField(base: FieldBase, schema: JsonSchema, root: JsonSchema, draw: Draw): Field | null {
  const all = membersOf(schema, root);
  if (all === null || all.length < 2 || all.length > mostVariants) return null;
  const members = all.filter((member) => member["type"] !== "null");
  const discriminator = discriminatorOf(schema, members);
  const variants = members.map((member): Variant => {
    const fixed = fixedOf(member, discriminator);
    const drawn = draw(base.name, withoutFixed(member, fixed));
    // Whether something is given at all is chosen with the variant.
    const field = { ...drawn, required: true, nullable: false, fallback: undefined, description: null };
    return { label: labelOf(member, fixed, discriminator), description: drawn.description, field, fixed };
  });
  if (variants.every(({ field }) => field.kind === "json")) return null;
  return {
    ...base,
    nullable: base.nullable || members.length < all.length,
    kind: "union",
    variants: distinct(variants),
  };
}

function membersOf(schema: JsonSchema, root: JsonSchema): readonly JsonSchema[] | null {
  const types = listOf(schema, "type");
  if (types !== null) return types.map((type) => ({ ...schema, type, title: undefined, default: undefined }));
  const union = listOf(schema, "anyOf") ?? listOf(schema, "oneOf");
  if (union === null) return null;
  // A union within the union is one choice more.
  return union.filter(isObject).flatMap((given) => {
    const member = resolve(given, root);
    const isSelf = member === schema || listOf(member, "anyOf") === union || listOf(member, "oneOf") === union;
    return isSelf ? [{}] : (nested(member, root) ?? [member]);
  });
}

function nested(member: JsonSchema, root: JsonSchema): readonly JsonSchema[] | null {
  if (textOf(member, "title") !== null) return null;
  const union = listOf(member, "anyOf") ?? listOf(member, "oneOf");
  if (union === null || union.length > mostVariants) return null;
  return union.filter(isObject).map((one) => resolve(one, root));
}

/** The property that tells objects apart: named by the schema, or a constant in each of them and another in each. */
function discriminatorOf(schema: JsonSchema, members: readonly JsonSchema[]): string | null {
  const objects = members.filter((member) => schemaOf(member, "properties") !== null);
  const [first] = objects;
  if (first === undefined || objects.length < 2) return null;
  const named = textOf(schemaOf(schema, "discriminator") ?? {}, "propertyName");
  const names = named === null ? propertiesOf(first).map(([name]) => name) : [named];
  return (
    names.find((name) => {
      const constants = objects.map((member) => constantOf(member, name));
      if (constants.some((constant) => constant === undefined)) return false;
      return new Set(constants.map((constant) => JSON.stringify(constant))).size === objects.length;
    }) ?? null
  );
}

function constantOf(member: JsonSchema, name: string): unknown {
  const property = schemaOf(schemaOf(member, "properties") ?? {}, name);
  if (property === null) return undefined;
  if ("const" in property) return property["const"];
  const values = listOf(property, "enum");
  return values?.length === 1 ? values[0] : undefined;
}

/** What is always the same in a variant needs no field. */
function fixedOf(member: JsonSchema, discriminator: string | null): Variant["fixed"] {
  const required = requiredOf(member);
  const constants = propertiesOf(member).flatMap(([name]): [string, unknown][] => {
    const constant = constantOf(member, name);
    return constant !== undefined && (required.has(name) || name === discriminator) ? [[name, constant]] : [];
  });
  return Object.fromEntries(constants);
}

function withoutFixed(member: JsonSchema, fixed: Variant["fixed"]): JsonSchema {
  if (Object.keys(fixed).length === 0) return member;
  const properties = propertiesOf(member).filter(([name]) => !Object.hasOwn(fixed, name));
  return { ...member, properties: Object.fromEntries(properties) };
}

function labelOf(member: JsonSchema, fixed: Variant["fixed"], discriminator: string | null): string {
  const title = textOf(member, "title");
  if (title !== null) return title;
  const said = discriminator === null ? undefined : fixed[discriminator];
  if (said !== undefined) {
    const property = schemaOf(schemaOf(member, "properties") ?? {}, discriminator ?? "");
    return textOf(property ?? {}, "title") ?? (typeof said === "string" ? said : JSON.stringify(said));
  }
  if ("const" in member) return typeof member["const"] === "string" ? member["const"] : JSON.stringify(member["const"]);
  switch (member["type"]) {
    case "string":
      return textOf(member, "format") ?? "text";
    case "integer":
      return "whole number";
    case "number":
      return "number";
    case "boolean":
      return "yes or no";
    case "array":
      return "list";
    case "object": {
      const names = propertiesOf(member).map(([name]) => name);
      return names.length === 0 ? "object" : names.slice(0, 3).join(", ") + (names.length > 3 ? ", …" : "");
    }
    default:
      return "JSON";
  }
}

/** Two of one name are told apart by a number. */
function distinct(variants: readonly Variant[]): readonly Variant[] {
  const seen = new Map<string, number>();
  return variants.map((variant) => {
    const count = (seen.get(variant.label) ?? 0) + 1;
    seen.set(variant.label, count);
    return count === 1 ? variant : { ...variant, label: `${variant.label} (${count})` };
  });
}
