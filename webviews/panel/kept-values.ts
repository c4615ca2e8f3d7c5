/**
 * What was typed into forms, kept while the view is hidden: its script ends then. The editor writes it to its own
 * storage, so secrets are never among it.
 */
import type { Field } from "../form/fields.ts";
import type { FlowForm } from "../form/flow-form.ts";
import { isObject } from "../form/schema.ts";
import { withoutSecrets } from "../form/secrets.ts";
import { givenValues, type Values } from "../form/values.ts";

/** Flow → what was given for it; the newest last. */
export type KeptValues = Readonly<Record<string, Values>>;

const most = 10;

export function readKept(state: unknown): KeptValues {
  const forms = isObject(state) ? state["forms"] : undefined;
  return isObject(forms)
    ? Object.fromEntries(Object.entries(forms).flatMap(([key, values]) => (isObject(values) ? [[key, values]] : [])))
    : {};
}

export function keepValues(kept: KeptValues, key: string, values: Values): KeptValues {
  const others = Object.entries(kept).filter(([other]) => other !== key);
  const all: readonly (readonly [string, Values])[] =
    Object.keys(values).length === 0 ? others : [...others, [key, values]];
  return Object.fromEntries(all.slice(-most));
}

/** Undefined while nobody can say which of the values are secret: then nothing is kept. */
export function valuesToKeep(form: Pick<FlowForm, "state" | "fields" | "values">): Values | undefined {
  const fields = form.fields.value;
  if (form.state.value !== "ready" || fields === null) return undefined;
  return givenValues(fields, withoutSecrets(fields, form.values.value, mayBeSecret));
}

/** What has no field, or is free JSON, may be a secret too. */
const mayBeSecret = (field: Field | undefined): boolean => field === undefined || field.kind === "json";
