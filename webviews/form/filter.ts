/** Finding fields by what they are called or by what they say. Pure. */
import type { Field } from "./fields.ts";

/** All words must be found. A group stays with those of its fields that match, or whole when it matches itself. */
export function filterFields(fields: readonly Field[], text: string): readonly Field[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return fields;
  return fields.flatMap((field): readonly Field[] => {
    const own = `${field.name} ${field.label} ${field.description ?? ""}`.toLowerCase();
    if (words.every((word) => own.includes(word))) return [field];
    if (field.kind === "union") {
      const isInside = field.variants.some(
        ({ label, field: inner }) => filterFields([{ ...inner, label: `${field.label} ${label}` }], text).length > 0,
      );
      return isInside ? [field] : [];
    }
    if (field.kind !== "group") return [];
    const inside = filterFields(field.fields, text);
    return inside.length === 0 ? [] : [{ ...field, fields: inside }];
  });
}
