/** A stored document under the schema of now. Pure. */
import type { BlockDocument, SchemaDrift } from "../../runtime/protocol/blocks.ts";
import { isObject } from "../form/schema.ts";
import type { Path, Values } from "../form/values.ts";
import { getAt, setAt } from "../form/values.ts";

/**
 * Fields that are called otherwise now keep their values; those that are gone go, and so do secrets that nobody can read
 * any more: they are to be entered again.
 */
export function migrated(document: Pick<BlockDocument, "data" | "drift" | "unreadable_secrets">): Values {
  const { data, drift, unreadable_secrets: unreadable } = document;
  let values: unknown = data;
  // From the last to the first, so that places in lists stay what they are.
  for (const field of [...unreadable].reverse()) values = setAt(values, pathOf(field), undefined);
  for (const { field, renamed_to: to } of drift?.removed ?? []) {
    const value = getAt(values, pathOf(field));
    values = setAt(values, pathOf(field), undefined);
    if (to !== null && getAt(values, pathOf(to)) === undefined) values = setAt(values, pathOf(to), value);
  }
  return isObject(values) ? values : {};
}

function pathOf(field: string): Path {
  return field.split(/[.[\]]/).filter((part) => part !== "");
}

/** What there is to review, a line each. */
export function driftLines({ added, removed, refused }: SchemaDrift): readonly string[] {
  return [
    ...added.map(({ field, required }) => `${field} is new${required ? ", and must be given" : ""}.`),
    ...removed.map(({ field, renamed_to: to }) =>
      to === null ? `${field} is gone: its value goes when you save.` : `${field} is called ${to} now.`,
    ),
    ...refused.map(({ path, message }) => `${path === "" ? "The block" : path}: ${message}.`),
  ];
}

/** "2 fields are new, 1 is gone" */
export function driftTitle({ added, removed, refused }: SchemaDrift): string {
  const are = (count: number, what: string, rest: string) =>
    count === 0 ? [] : [`${count} ${what}${count === 1 ? "" : "s"} ${count === 1 ? "is" : "are"} ${rest}`];
  return [
    ...are(added.length, "field", "new"),
    ...are(removed.filter(({ renamed_to: to }) => to === null).length, "field", "gone"),
    ...are(removed.filter(({ renamed_to: to }) => to !== null).length, "field", "called otherwise"),
    ...are(refused.length, "value", "refused now"),
  ].join(", ");
}
