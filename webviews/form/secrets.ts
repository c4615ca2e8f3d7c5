/** Values without what stands in secret fields: those of an earlier run hold only asterisks there. Pure. */
import type { Field } from "./fields.ts";
import { isObject } from "./schema.ts";
import type { Values } from "./values.ts";

/** `isLeft`: which of the other values go too. */
export function withoutSecrets(
  fields: readonly Field[],
  values: Values,
  isLeft: (field: Field | undefined) => boolean = () => false,
): Values {
  const known = new Map(fields.map((field) => [field.name, field]));
  const inner = (inside: readonly Field[], value: unknown) =>
    isObject(value) ? withoutSecrets(inside, value, isLeft) : value;
  const kept = Object.entries(values).flatMap(([name, value]): [string, unknown][] => {
    const field = known.get(name);
    if (isLeft(field) || (field?.kind === "text" && field.secret)) return [];
    if (field?.kind === "group") return [[name, inner(field.fields, value)]];
    if (field?.kind === "rows" && Array.isArray(value)) return [[name, value.map((row) => inner(field.fields, row))]];
    return [[name, value]];
  });
  return Object.fromEntries(kept);
}
