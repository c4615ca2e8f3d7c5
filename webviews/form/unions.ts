/** Values that may be of one of several kinds: which kind a value is of, and what another kind begins with. Pure. */
import type { Field, Variant } from "./fields.ts";
import { isObject } from "./schema.ts";
import { initialOf, sameJson } from "./values.ts";

export type UnionField = Extract<Field, { readonly kind: "union" }>;

/** Which variant somebody has chosen, by the key of the field: an empty value does not tell. */
export type ChosenVariants = ReadonlyMap<string, number>;

/** The one that is shown, or undefined while there is nothing that tells. */
export function variantOf(field: UnionField, value: unknown, chosen: number | undefined): Variant | undefined {
  const wanted = chosen === undefined ? undefined : field.variants[chosen];
  if (wanted !== undefined && (value === undefined || value === null || fitness(wanted, value) > 0)) return wanted;
  if (value === undefined || value === null) return undefined;
  let best: Variant | undefined;
  let most = 0;
  for (const variant of field.variants) {
    const found = fitness(variant, value);
    if (found > most) [best, most] = [variant, found];
  }
  return best;
}

/** 0: the value is none of these. Otherwise the more the better. */
export function fitness({ field, fixed }: Variant, value: unknown): number {
  switch (field.kind) {
    case "text":
      // A secret whose text the host has, or an environment variable.
      if (field.secret && isObject(value)) return "$entered" in value || "$env" in value ? 2 : 0;
      return typeof value === "string" ? 2 : 0;
    case "date":
    case "date-time":
      return typeof value === "string" ? 2 : 0;
    case "number":
      return typeof value === "number" ? (field.integer && Number.isInteger(value) ? 3 : 2) : 0;
    case "boolean":
      return typeof value === "boolean" ? 2 : 0;
    case "choice":
      return field.choices.some((choice) => sameJson(choice.value, value)) ? 4 : 0;
    case "list":
      return Array.isArray(value) && value.every((item) => fitsItem(field, item)) ? 2 : 0;
    case "rows":
      return Array.isArray(value) && value.every(isObject) ? 2 : 0;
    case "group":
      return isObject(value) ? fitnessOfGroup(field.fields, fixed, value) : 0;
    default:
      return 1;
  }
}

function fitsItem(field: Extract<Field, { readonly kind: "list" }>, item: unknown): boolean {
  if (field.choices !== null) return field.choices.some((choice) => sameJson(choice.value, item));
  return typeof item === (field.item === "number" ? "number" : "string");
}

function fitnessOfGroup(
  fields: readonly Field[],
  fixed: Variant["fixed"],
  value: Readonly<Record<string, unknown>>,
): number {
  for (const [name, constant] of Object.entries(fixed)) {
    if (Object.hasOwn(value, name) && !sameJson(value[name], constant)) return 0;
  }
  const known = fields.filter(({ name }) => Object.hasOwn(value, name)).length;
  const said = Object.keys(fixed).filter((name) => Object.hasOwn(value, name)).length;
  const missing = fields.filter((field) => field.required && !Object.hasOwn(value, field.name)).length;
  return Math.max(1, 10 + 100 * said + 2 * known - missing);
}

/** What a value becomes when this variant is chosen: fields of the same name and kind keep what they hold. */
export function valueAs(variant: Variant, value: unknown, before: Variant | undefined): unknown {
  const { field, fixed } = variant;
  if (value !== undefined && fitness(variant, value) > 0 && field.kind !== "group") return value;
  switch (field.kind) {
    case "group":
      return { ...initialOf(field.fields), ...keptOf(field.fields, value, before), ...fixed };
    case "list":
    case "rows":
      return [];
    case "choice":
      return field.choices.length === 1 ? field.choices[0]?.value : null;
    default:
      return emptyOf(field);
  }
}

/** What an empty input of a variant is: given, because nothing given would be the default, of another kind perhaps. */
export function emptyOf(field: Field): unknown {
  return field.kind === "text" ? "" : null;
}

function keptOf(
  fields: readonly Field[],
  value: unknown,
  before: Variant | undefined,
): Readonly<Record<string, unknown>> {
  if (!isObject(value)) return {};
  const old = before?.field.kind === "group" ? before.field.fields : [];
  const kept = fields.filter(
    ({ name, kind }) => Object.hasOwn(value, name) && old.some((one) => one.name === name && one.kind === kind),
  );
  return Object.fromEntries(kept.map(({ name }) => [name, value[name]]));
}

/** The named fields that stand in this one with this value; none where it holds no object. */
export function fieldsWithin(field: Field, value: unknown, chosen?: number): readonly Field[] {
  if (field.kind === "group") return field.fields;
  if (field.kind !== "union") return [];
  const inner = variantOf(field, value, chosen)?.field;
  return inner?.kind === "group" ? inner.fields : [];
}
