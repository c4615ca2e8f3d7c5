/**
 * A document as somebody gives it → as it is kept. Pure: new secrets are named here and written by whoever saves. In a
 * secret field a text is a new secret, eight asterisks keep what is saved, null removes it.
 */
import {
  isBlockReference,
  isEnvironmentReference,
  isRecord,
  isSecretField,
  isSecretReference,
  mapData,
  secretFieldsOf,
} from "../../protocol/block-data.ts";
import { hiddenSecret } from "../../protocol/blocks.ts";
import type { FieldProblem } from "../../protocol/errors.ts";
import { checkJson, resolveReference } from "../../protocol/json-schema-check.ts";

type Json = Readonly<Record<string, unknown>>;

export interface Taken {
  /** `{ $secret: "new <n>" }` stands where the n-th new secret will. */
  readonly data: Json;
  readonly fresh: readonly string[];
  readonly problems: readonly FieldProblem[];
}

const placeholder = /^new (\d+)$/;

/** @param stored what is saved under the name, for the secrets that are to be kept */
export function takeSecrets(fields: Json, given: Json, stored: Json | undefined): Taken {
  const fresh: string[] = [];
  const problems: FieldProblem[] = [];

  function take(unresolved: Json, value: unknown, saved: unknown, path: string): unknown {
    const schema = choose(resolveReference(unresolved, fields), value, saved);
    if (isSecretField(schema)) return takeSecret(value, saved, path);
    if (isSecretReference(value)) {
      problems.push({ path, message: "a saved secret cannot be named; enter it" });
      return undefined;
    }
    if (isEnvironmentReference(value) || isBlockReference(value)) return value;
    if (Array.isArray(value)) return takeList(schema, value, Array.isArray(saved) ? saved : [], path);
    return isRecord(value) ? takeFields(schema, value, isRecord(saved) ? saved : {}, path) : value;
  }

  function takeSecret(value: unknown, saved: unknown, path: string): unknown {
    if (value === null || value === undefined || isEnvironmentReference(value)) return value ?? undefined;
    if (typeof value !== "string") {
      problems.push({ path, message: 'expected a text, or { "$env": "NAME" }' });
      return undefined;
    }
    if (value === hiddenSecret) {
      if (isSecretReference(saved) || isEnvironmentReference(saved)) return saved;
      problems.push({ path, message: "there is no saved secret to keep; enter it" });
      return undefined;
    }
    if (value === "") {
      problems.push({ path, message: "must not be empty" });
      return undefined;
    }
    fresh.push(value);
    return { $secret: `new ${fresh.length - 1}` };
  }

  function takeFields(schema: Json, value: Json, saved: Json, path: string): Json {
    const { properties, additionalProperties } = schema;
    const pairs = Object.entries(value).map(([name, item]) => {
      const own = isRecord(properties) && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
      const at = path === "" ? name : `${path}.${name}`;
      return [name, take(isRecord(own) ? own : {}, item, saved[name], at)] as const;
    });
    return Object.fromEntries(pairs.filter(([, item]) => item !== undefined));
  }

  function takeList(schema: Json, value: readonly unknown[], saved: readonly unknown[], path: string): unknown[] {
    const items = isRecord(schema["items"]) ? schema["items"] : {};
    const match = isSecretField(resolveReference(items, fields)) || secretFieldsOf(items).length > 0;
    return value.map((item, index) =>
      take(items, item, match ? savedItem(item, index, value.length, saved) : undefined, `${path}[${index}]`),
    );
  }

  /** Secret before plain, so that a text that may be either is not written in the open. */
  function choose(schema: Json, value: unknown, saved: unknown): Json {
    const union = [schema["anyOf"], schema["oneOf"]].flatMap((each) =>
      Array.isArray(each) ? each.filter(isRecord) : [],
    );
    if (union.length === 0) return schema;
    const choices = union.map((each) => resolveReference(each, fields));
    const secret = choices.find(isSecretField);
    if (secret !== undefined && (value === null || typeof value === "string" || isSecretReference(saved)))
      return secret;
    return choices.find((each) => checkJson(each, value, { instead: letPass }).length === 0) ?? choices[0] ?? schema;
  }

  const data = takeFields(fields, given, stored ?? {}, "");
  return { data, fresh, problems };
}

function letPass(value: unknown, schema: Json): readonly FieldProblem[] | undefined {
  return isSecretField(schema) || isEnvironmentReference(value) || isBlockReference(value) ? [] : undefined;
}

/**
 * The saved item that an item of a list is: the one that is the same but for its secrets, else the one in its place while
 * the list is as long as it was. Another item's secret must never be taken for this one's.
 */
function savedItem(item: unknown, index: number, length: number, saved: readonly unknown[]): unknown {
  if (isRecord(item)) {
    const wanted = withoutSecrets(item);
    if (withoutSecrets(saved[index]) === wanted) return saved[index];
    const same = saved.filter((each) => withoutSecrets(each) === wanted);
    if (same.length > 0) return same.length === 1 ? same[0] : undefined;
  }
  return length === saved.length ? saved[index] : undefined;
}

function withoutSecrets(item: unknown): string {
  if (!isRecord(item)) return "";
  const bare = mapData(item, (value) => (isSecretReference(value) || value === hiddenSecret ? hiddenSecret : value));
  return JSON.stringify(Object.entries(bare).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** With new secrets in the place of those that another document has. */
export function ownSecrets({ data, fresh, problems }: Taken, read: (id: string) => string): Taken {
  const all = [...fresh];
  const own = mapData(data, (value) => {
    if (!isSecretReference(value) || placeholder.test(value.$secret)) return value;
    all.push(read(value.$secret));
    return { $secret: `new ${all.length - 1}` };
  });
  return { data: own, fresh: all, problems };
}

/** With the ids that the new secrets got. */
export function placeSecrets(data: Json, ids: readonly string[]): Json {
  return mapData(data, (value) => {
    const index = isSecretReference(value) ? placeholder.exec(value.$secret)?.[1] : undefined;
    return index === undefined ? value : { $secret: ids[Number(index)] ?? "" };
  });
}

/** With the secrets themselves in their places: for a process that checks or tests the values. */
export function revealSecrets(
  { data, fresh }: Pick<Taken, "data" | "fresh">,
  read: (id: string) => string,
): { readonly data: Json; readonly secrets: readonly string[] } {
  const secrets = [...fresh];
  const plain = mapData(data, (value) => {
    if (!isSecretReference(value)) return value;
    const index = placeholder.exec(value.$secret)?.[1];
    if (index !== undefined) return fresh[Number(index)];
    const opened = read(value.$secret);
    secrets.push(opened);
    return opened;
  });
  return { data: plain, secrets };
}
