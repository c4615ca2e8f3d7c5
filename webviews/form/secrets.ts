/** What stands in secret fields. Pure. */
import { hiddenSecret } from "../../runtime/protocol/blocks.ts";
import type { EnteredSecret } from "../../runtime/protocol/pages.ts";
import type { Field } from "./fields.ts";
import { rowField } from "./rows.ts";
import { isObject } from "./schema.ts";
import { fieldsWithin, type UnionField, variantOf } from "./unions.ts";
import { pathText, type Values } from "./values.ts";

export function isSecret(field: Field): boolean {
  return field.kind === "text" && field.secret;
}

/** The value of an environment variable, wherever the block is loaded. */
export function isVariable(value: unknown): value is { readonly $env: string } {
  return isObject(value) && typeof value["$env"] === "string" && Object.keys(value).length === 1;
}

/** A typed secret whose text the host has. */
export function isEntered(value: unknown): value is EnteredSecret {
  return isObject(value) && typeof value["$entered"] === "string" && Object.keys(value).length === 1;
}

function fieldsOfRow(field: Extract<Field, { readonly kind: "rows" }>, row: unknown): readonly Field[] {
  const union = rowField(field, 0);
  return union === null ? field.fields : fieldsWithin(union, row);
}

/** A text of a union may be the secret kind of it. */
function mayHide(field: UnionField, isLeft: (field: Field) => boolean): boolean {
  return field.variants.some((variant) => isSecret(variant.field) || isLeft(variant.field));
}

export interface SplitValues {
  readonly data: Values;
  readonly secrets: Readonly<Record<string, string>>;
}

/** Values with the texts of secrets taken out; each has its place in the values as its key. */
export function splitSecrets(fields: readonly Field[], values: Values): SplitValues {
  const secrets: Record<string, string> = {};
  const split = (inside: readonly Field[], given: Values, at: readonly (string | number)[]): Values => {
    const known = new Map(inside.map((field) => [field.name, field]));
    const pairs = Object.entries(given).map(([name, value]): [string, unknown] => {
      const field = known.get(name);
      const path = [...at, name];
      if (field === undefined) return [name, value];
      if (isObject(value) && !isVariable(value) && (field.kind === "group" || field.kind === "union"))
        return [name, split(fieldsWithin(field, value), value, path)];
      if (field.kind === "rows" && Array.isArray(value)) {
        return [
          name,
          value.map((row, index) => (isObject(row) ? split(fieldsOfRow(field, row), row, [...path, index]) : row)),
        ];
      }
      const isHidden = isSecret(field) || (field.kind === "union" && mayHide(field, () => false));
      if (!isHidden || typeof value !== "string" || value === hiddenSecret) return [name, value];
      const key = pathText(path);
      secrets[key] = value;
      return [name, { $entered: key }];
    });
    return Object.fromEntries(pairs);
  };
  return { data: split(fields, values, []), secrets };
}

/** Values in which typed secrets that nobody has any more are what `before` has there: saved ones, or nothing. */
export function withoutForgotten(data: unknown, forgotten: ReadonlySet<string>, before: unknown): unknown {
  if (isEntered(data)) return forgotten.has(data.$entered) ? before : data;
  if (Array.isArray(data)) {
    return data.map((item, index) =>
      withoutForgotten(item, forgotten, Array.isArray(before) ? before[index] : undefined),
    );
  }
  if (!isObject(data)) return data;
  const pairs = Object.entries(data).map(([key, value]): [string, unknown] => [
    key,
    withoutForgotten(value, forgotten, isObject(before) ? before[key] : undefined),
  ]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

/** What a long secret is, told without telling it. */
export interface SecretSummary {
  readonly title: string;
  readonly detail: string;
}

/** Undefined for a text of one line, which is a password and shown as one. */
export function summaryOf(text: string): SecretSummary | undefined {
  const account = readServiceAccount(text);
  if (account !== undefined) return account;
  if (!text.includes("\n")) return undefined;
  const lines = text.trimEnd().split("\n").length;
  const isKey = /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text.trimStart());
  return { title: isKey ? "Private key" : "Text", detail: `${lines} lines` };
}

function readServiceAccount(text: string): SecretSummary | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return undefined;
    const { client_email: email, project_id: project } = value;
    if (typeof email !== "string") return undefined;
    return { title: email, detail: typeof project === "string" ? `project ${project}` : "service account" };
  } catch {
    return undefined;
  }
}

/**
 * Values without what stands in secret fields: those of an earlier run hold only asterisks there.
 * `isLeft`: which of the other values go too.
 */
export function withoutSecrets(
  fields: readonly Field[],
  values: Values,
  isLeft: (field: Field | undefined) => boolean = () => false,
): Values {
  const known = new Map(fields.map((field) => [field.name, field]));
  const inner = (inside: readonly Field[], value: unknown) =>
    isObject(value) ? withoutSecrets(inside, value, isLeft) : value;
  const ofUnion = (field: UnionField, value: unknown) => {
    const { fixed = {} } = variantOf(field, value, undefined) ?? {};
    const rest = inner(fieldsWithin(field, value), value);
    // What tells the variants apart has no field, and is nobody's secret.
    const said = Object.entries(fixed).filter(([name]) => isObject(value) && Object.hasOwn(value, name));
    return isObject(rest) ? { ...Object.fromEntries(said), ...rest } : rest;
  };
  const kept = Object.entries(values).flatMap(([name, value]): [string, unknown][] => {
    const field = known.get(name);
    if (isLeft(field) || (field !== undefined && isSecret(field))) return [];
    switch (field?.kind) {
      case "group":
        return [[name, inner(field.fields, value)]];
      case "union":
        return !isObject(value) && mayHide(field, isLeft) ? [] : [[name, ofUnion(field, value)]];
      case "rows": {
        const union = rowField(field, 0);
        const row = (one: unknown) => (union === null ? inner(field.fields, one) : ofUnion(union, one));
        return [[name, Array.isArray(value) ? value.map(row) : value]];
      }
      default:
        return [[name, value]];
    }
  });
  return Object.fromEntries(kept);
}
