/** Settings given by code, by a person or by a document → what the block's schema makes of them. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { spellFields } from "../protocol/block-data.ts";
import { type FieldProblem, MillraceError } from "../protocol/errors.ts";
import { jsonSchema, pathText } from "../sdk/schema-facts.ts";
import type { BlockDefinition } from "./define.ts";
import { isRecord } from "./documents.ts";
import { misfit, type ReadDocument } from "./read-document.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface CheckedSettings<Output> {
  readonly settings: Output;
  /** As given, with each field spelt as the schema spells it. */
  readonly given: Fields;
}

/** @throws MillraceError "bad-parameters" that names each field. */
export function checkSettings<Input, Output>(
  definition: BlockDefinition<Input, Output>,
  schemaOf: () => StandardSchemaV1<Input, Output>,
  value: unknown,
  label: string,
): CheckedSettings<Output> {
  if (!isRecord(value)) throw misfit(label, [{ path: "", message: "expected an object of settings" }]);
  const plain = definition.check?.(value);
  if (plain !== undefined) return { settings: plain, given: value };
  const given = spelling(value, schemaOf);
  const result = check(schemaOf(), given, label);
  if ("problems" in result) throw misfit(label, result.problems);
  return { settings: result.settings, given };
}

type Checked<Output> = { readonly settings: Output } | { readonly problems: readonly FieldProblem[] };

function check<Input, Output>(schema: StandardSchemaV1<Input, Output>, value: unknown, label: string): Checked<Output> {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) {
    throw new MillraceError(
      "bad-usage",
      `${label}: its schema checks asynchronously, and blocks are made at once; move that check into test()`,
    );
  }
  if (result.issues === undefined) return { settings: result.value };
  return { problems: result.issues.map((issue) => ({ path: pathText(issue.path), message: said(issue.message) })) };
}

/** zod's words for a field that is not there say neither more nor less than this. */
function said(message: string): string {
  return message.endsWith("received undefined") ? "is missing" : message;
}

/**
 * The values of a document as the schema of now takes them: renamed fields have their new name, and a variable's text
 * is the number or the truth value that it spells where a text will not do.
 */
export function givenFields<Input, Output>(
  definition: BlockDefinition<Input, Output>,
  schemaOf: () => StandardSchemaV1<Input, Output>,
  { values, fromEnvironment }: ReadDocument,
): Fields {
  const renamed = withNewNames(values, definition.renamed);
  if (fromEnvironment.length === 0) return renamed;
  const result = schemaOf()["~standard"].validate(renamed);
  if (result instanceof Promise || result.issues === undefined) return renamed;
  const refused = new Set(result.issues.map((issue) => pathText(issue.path)));
  return fromEnvironment.reduce<Fields>(
    (fields, path) => (refused.has(pathText(path)) ? changed(fields, path, spelt) : fields),
    renamed,
  );
}

export function withNewNames(values: Fields, renamed: Readonly<Record<string, string>> = {}): Fields {
  const pairs = Object.entries(values).map(([key, value]) => {
    const now = Object.hasOwn(renamed, key) ? renamed[key] : undefined;
    return now === undefined || now in values ? ([key, value] as const) : ([now, value] as const);
  });
  return Object.fromEntries(pairs);
}

function changed(
  fields: Fields,
  [first, ...rest]: readonly (string | number)[],
  how: (value: unknown) => unknown,
): Fields {
  const step = (value: unknown, path: readonly (string | number)[]): unknown => {
    const [key, ...below] = path;
    if (key === undefined) return how(value);
    if (Array.isArray(value)) return value.map((item, index) => (index === key ? step(item, below) : item));
    return isRecord(value) ? { ...value, [key]: step(value[key], below) } : value;
  };
  return first === undefined ? fields : { ...fields, [first]: step(fields[first], rest) };
}

function spelt(value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (value === "true" || value === "false") return value === "true";
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

/** Prefect's spelling (`bucket_folder`) is taken where the schema's own (`bucketFolder`) is not given. */
function spelling(value: Fields, schemaOf: () => StandardSchemaV1): Fields {
  // Only then is it worth asking the schema, which may not be loaded yet.
  if (!hasUnderscore(value)) return value;
  const fields = jsonSchema(schemaOf());
  return fields === null ? value : spellFields(fields, value);
}

function hasUnderscore(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasUnderscore);
  if (!isRecord(value) || !isPlain(value)) return false;
  return Object.entries(value).some(([key, item]) => key.includes("_") || hasUnderscore(item));
}

/** Other blocks and SecretTexts are given as they are. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
