/** Rows of a list whose objects are of several kinds. Pure. */
import type { Field } from "./fields.ts";
import type { UnionField } from "./unions.ts";

/** The union that stands in a row, as a field of its own; null where all rows have the same fields. */
export function rowField(rows: Extract<Field, { readonly kind: "rows" }>, index: number): UnionField | null {
  if (rows.of === null) return null;
  const { variants } = rows.of;
  return {
    ...{ name: String(index), label: `${rows.label} ${index + 1}`, description: null },
    ...{ required: true, fallback: undefined, nullable: false },
    kind: "union",
    variants,
  };
}
