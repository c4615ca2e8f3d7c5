/**
 * Values of a form. What is kept is what was given: a parameter that nobody touched is not sent, so that its default is
 * the flow's own, also after the flow has changed. Pure; nothing is changed in place.
 */
import type { Field } from "./fields.ts";
import { isObject } from "./schema.ts";

export type Values = Readonly<Record<string, unknown>>;
export type Path = readonly (string | number)[];

/** "months[0]", "target.table": as problems name them (engine/schema.ts). */
export function pathText(path: Path): string {
  let text = "";
  for (const part of path) {
    if (/^\d+$/.test(String(part))) text += `[${part}]`;
    else text += text === "" ? part : `.${part}`;
  }
  return text;
}

export function getAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (Array.isArray(value)) value = value[Number(part)];
    else value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return value;
}

/** `undefined` takes the key, or the item, away. What is missing on the way is made: a list where a number follows. */
export function setAt(root: unknown, path: Path, value: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (Array.isArray(root) || (typeof part === "number" && !isObject(root))) {
    const list: readonly unknown[] = Array.isArray(root) ? root : [];
    const index = Number(part);
    const next = setAt(list[index], rest, value);
    if (next === undefined) return list.filter((_, at) => at !== index);
    return index < list.length ? list.map((item, at) => (at === index ? next : item)) : [...list, next];
  }
  const object = isObject(root) ? root : {};
  const next = setAt(Object.hasOwn(object, part) ? object[part] : undefined, rest, value);
  if (next === undefined) return Object.fromEntries(Object.entries(object).filter(([key]) => key !== String(part)));
  return { ...object, [part]: next };
}

export function sameJson(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => sameJson(item, right[index]))
    );
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]))
  );
}

/** What must be said although nobody has touched it: a box that is not ticked is "no". */
export function initialOf(fields: readonly Field[]): Values {
  const entries = fields.flatMap((field): [string, unknown][] => {
    if (!field.required) return [];
    if (field.nullable && field.kind === "group") return [[field.name, null]];
    if (field.kind === "boolean") return [[field.name, false]];
    if (field.kind === "group") return [[field.name, initialOf(field.fields)]];
    return [];
  });
  return Object.fromEntries(entries);
}

/** Everything as it would be, with defaults: what the JSON view shows. */
export function shownValues(fields: readonly Field[], values: Values): Values {
  const defaults = fields.flatMap((field): [string, unknown][] =>
    field.fallback === undefined ? [] : [[field.name, field.fallback]],
  );
  return { ...Object.fromEntries(defaults), ...values };
}

/** What is sent: without what equals its default. */
export function givenValues(fields: readonly Field[], values: Values): Values {
  const defaults = new Map(fields.map((field) => [field.name, field.fallback]));
  const kept = Object.entries(values).filter(([key, value]) => {
    const fallback = defaults.get(key);
    return fallback === undefined || !sameJson(value, fallback);
  });
  return Object.fromEntries(kept);
}

/** The default of the field at this place: what a default of an object around it says wins over its own. */
export function defaultAt(fields: readonly Field[], path: Path, field: Field): unknown {
  const [top, ...rest] = path;
  if (rest.length === 0) return field.fallback;
  const around = fields.find(({ name }) => name === top)?.fallback;
  return getAt(around, rest) ?? field.fallback;
}

export function valueAt(fields: readonly Field[], values: Values, path: Path, field: Field): unknown {
  const [top] = path;
  if (top !== undefined && Object.hasOwn(values, top)) return getAt(values, path) ?? missing(values, path, field);
  return defaultAt(fields, path, field);
}

/** Null that was given stays null; a key that is not there has its own default. */
function missing(values: Values, path: Path, field: Field): unknown {
  return getAt(values, path) === null ? null : field.fallback;
}

/** The values after a change of one field; the rest of an object that had only its default becomes given too. */
export function changeAt(fields: readonly Field[], values: Values, path: Path, value: unknown): Values {
  const [top, ...rest] = path;
  if (top === undefined) return values;
  const start =
    Object.hasOwn(values, top) || rest.length === 0 ? values : { ...values, [top]: startOf(fields, String(top)) };
  const next = setAt(start, path, value);
  return isObject(next) ? next : values;
}

function startOf(fields: readonly Field[], name: string): unknown {
  const field = fields.find((one) => one.name === name);
  if (field?.fallback !== undefined) return field.fallback;
  return field?.kind === "group" ? initialOf(field.fields) : undefined;
}

/** Names of values that no field stands for. */
export function unknownNames(fields: readonly Field[], values: Values): readonly string[] {
  const known = new Set(fields.map(({ name }) => name));
  return Object.keys(values).filter((name) => !known.has(name));
}
