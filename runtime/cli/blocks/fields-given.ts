/** The fields of a block from a command line. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { isRecord, isSecretField, referredType } from "../../protocol/block-data.ts";
import { MillraceError, toError } from "../../protocol/errors.ts";
import { resolveReference } from "../../protocol/json-schema-check.ts";
import { readValue } from "../run/parameters.ts";

type Json = Readonly<Record<string, unknown>>;

export interface GivenFields {
  readonly pairs: readonly string[];
  readonly data: string | undefined;
  readonly variables: readonly string[];
}

export interface Surroundings {
  readonly cwd: string;
  /** The whole standard input; asked once at most. */
  readonly input: () => string;
}

/**
 * The fields of `saved`, with what is given instead of or inside of them.
 * @throws MillraceError "bad-usage" naming the option.
 */
export function readFields(
  schema: Json,
  saved: Json,
  { pairs, data, variables }: GivenFields,
  { cwd, input }: Surroundings,
): Json {
  let fields: Json = data === undefined ? saved : { ...saved, ...readObject(data, cwd, input) };
  let inputTaken = data === "-";
  for (const pair of pairs) {
    const [field, text] = split(pair, "-f", "-f region=eu");
    const own = fieldSchema(schema, field);
    let value: unknown;
    if (text === "-") {
      if (inputTaken) throw new MillraceError("bad-usage", `-f ${pair}: the input can be read only once.`);
      inputTaken = true;
      value = fieldValue(own, input().replace(/\r?\n$/, ""));
    } else value = fieldValue(own, text);
    fields = withField(fields, field, value);
  }
  for (const pair of variables) {
    const [field, variable] = split(pair, "--env", "--env password=DB_PASSWORD");
    fields = withField(fields, field, { $env: variable });
  }
  return fields;
}

function split(pair: string, option: string, example: string): readonly [string, string] {
  const at = pair.indexOf("=");
  if (at > 0) return [pair.slice(0, at).trim(), pair.slice(at + 1)];
  throw new MillraceError("bad-usage", `${option} ${pair}: write ${option} FIELD=VALUE, for example ${example}.`);
}

/** A text is taken as it stands; "12345" may well be a password. */
function fieldValue(schema: Json | undefined, text: string): unknown {
  const slug = schema === undefined ? undefined : referredType(schema);
  if (slug !== undefined)
    return text.startsWith("{") ? readValue(text) : { $block: text.includes("/") ? text : `${slug}/${text}` };
  const isText = schema !== undefined && (isSecretField(schema) || schema["type"] === "string");
  if (!isText) return readValue(text);
  return /^\{\s*"\$(env|block)"/.test(text) ? readValue(text) : text;
}

/** The schema of "a.b[0]", by the field's own name or by Prefect's spelling of it. */
export function fieldSchema(root: Json, field: string): Json | undefined {
  let schema: Json | undefined = root;
  for (const step of stepsOf(field)) {
    const resolved: Json = resolveReference(schema, root);
    const { properties, items, additionalProperties } = resolved;
    const camel = step.replace(/_+([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
    const own = isRecord(properties) ? (properties[step] ?? properties[camel]) : undefined;
    const next: unknown = /^\d+$/.test(step) && isRecord(items) ? items : (own ?? additionalProperties);
    if (!isRecord(next)) return undefined;
    schema = next;
  }
  const resolved = resolveReference(schema, root);
  const union = resolved["anyOf"];
  const special = Array.isArray(union) ? union.filter(isRecord).find(isSecretField) : undefined;
  return special ?? resolved;
}

function stepsOf(field: string): readonly string[] {
  return field.split(/[.[\]]+/).filter((step) => step !== "");
}

export function withField(fields: Json, field: string, value: unknown): Json {
  const set = (into: unknown, [step, ...rest]: readonly string[]): unknown => {
    if (step === undefined) return value;
    if (/^\d+$/.test(step) && (Array.isArray(into) || into === undefined)) {
      const list = Array.isArray(into) ? [...into] : [];
      list[Number(step)] = set(list[Number(step)], rest);
      return list;
    }
    const holder = isRecord(into) ? into : {};
    return { ...holder, [step]: set(holder[step], rest) };
  };
  const changed = set(fields, stepsOf(field));
  return isRecord(changed) ? changed : fields;
}

function readObject(given: string, cwd: string, input: () => string): Json {
  const inline = /^\s*\{/.test(given);
  const from = inline ? "--data" : given === "-" ? "the input" : given;
  let text: string;
  try {
    text = inline ? given : given === "-" ? input() : readFileSync(path.resolve(cwd, given), "utf8");
  } catch (thrown) {
    throw new MillraceError("bad-usage", `--data ${given}: it cannot be read: ${toError(thrown).message}`, {
      cause: thrown,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    // The message of the parser repeats what stands there, which may be a secret.
    const where = /line \d+ column \d+|position \d+/.exec(toError(thrown).message)?.[0];
    throw new MillraceError("bad-usage", `${from} is no JSON${where === undefined ? "" : ` (${where})`}.`);
  }
  if (!isRecord(value)) throw new MillraceError("bad-usage", `${from}: expected an object of fields.`);
  return value;
}
