/** Pure work on block documents: where their secrets and references stand, by their type's schema and in their data. */
import { type BlockSchema, hiddenSecret } from "./blocks.ts";
import type { FieldProblem } from "./errors.ts";
import { checkJson, resolveReference } from "./json-schema-check.ts";

type Json = Readonly<Record<string, unknown>>;

/** A plain object: blocks, secrets and dates of code are values of their own. */
export function isRecord(value: unknown): value is Json {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export function isSecretReference(value: unknown): value is { readonly $secret: string } {
  return isRecord(value) && typeof value["$secret"] === "string";
}

export function isEnvironmentReference(value: unknown): value is { readonly $env: string } {
  return isRecord(value) && typeof value["$env"] === "string";
}

export function isBlockReference(value: unknown): value is { readonly $block: string } {
  return isRecord(value) && typeof value["$block"] === "string";
}

/** A field for a secret says so as schemas of forms do: it is written and never read. */
export function isSecretField(schema: Json): boolean {
  return schema["writeOnly"] === true || schema["format"] === "password";
}

export function referredType(schema: Json): string | undefined {
  const slug = schema["block_type_slug"];
  return typeof slug === "string" ? slug : undefined;
}

/** Walks all fields of a schema; items of lists are at "hosts[]", those of maps at "headers.*". */
function walkSchema(root: Json, visit: (path: string, schema: Json) => boolean): void {
  const walk = (given: Json, path: string, depth: number): void => {
    if (depth > 16) return;
    const schema = resolveReference(given, root);
    if (path !== "" && visit(path, schema)) return;
    for (const key of ["anyOf", "oneOf", "allOf"]) {
      const choices = schema[key];
      for (const choice of Array.isArray(choices) ? choices : []) if (isRecord(choice)) walk(choice, path, depth + 1);
    }
    const { properties, items, additionalProperties } = schema;
    if (isRecord(properties)) {
      for (const [name, field] of Object.entries(properties)) {
        if (isRecord(field)) walk(field, path === "" ? name : `${path}.${name}`, depth + 1);
      }
    }
    if (isRecord(items)) walk(items, `${path}[]`, depth + 1);
    if (isRecord(additionalProperties)) walk(additionalProperties, `${path}.*`, depth + 1);
  };
  walk(root, "", 0);
}

export function secretFieldsOf(fields: Json): readonly string[] {
  const found = new Set<string>();
  walkSchema(fields, (path, schema) => {
    if (isSecretField(schema)) found.add(path);
    return isSecretField(schema);
  });
  return [...found];
}

export function blockReferencesOf(fields: Json): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  walkSchema(fields, (path, schema) => {
    const slug = referredType(schema);
    if (slug !== undefined) found[path] = slug;
    return slug !== undefined;
  });
  return found;
}

/** Every value of the data that is no list and no plain object, and every reference, with its path. */
export function mapData(data: Json, change: (value: unknown, path: string) => unknown): Json {
  const step = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => step(item, `${path}[${index}]`));
    if (!isRecord(value) || isSecretReference(value) || isEnvironmentReference(value) || isBlockReference(value)) {
      return change(value, path);
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, step(item, `${path}.${key}`)]));
  };
  return Object.fromEntries(Object.entries(data).map(([key, item]) => [key, step(item, key)]));
}

/** As it is shown: no ids of ciphertexts. */
export function hideSecrets(data: Json): Json {
  return mapData(data, (value) => (isSecretReference(value) ? hiddenSecret : value));
}

export function secretIdsIn(value: unknown): readonly string[] {
  const found: string[] = [];
  const walk = (item: unknown): void => {
    if (Array.isArray(item)) for (const each of item) walk(each);
    else if (isSecretReference(item)) found.push(item.$secret);
    else if (isRecord(item)) for (const each of Object.values(item)) walk(each);
  };
  walk(value);
  return found;
}

export function referencesIn(data: Json): readonly { readonly field: string; readonly block: string }[] {
  const found: { field: string; block: string }[] = [];
  mapData(data, (value, path) => {
    if (isBlockReference(value)) found.push({ field: path, block: value.$block });
    return value;
  });
  return found;
}

/** What is wrong with a document by its type's schema. References and variables are taken for what they stand for. */
export function checkDocument(
  schema: BlockSchema,
  data: Json,
  options: { readonly refuseUnknown: boolean },
): readonly FieldProblem[] {
  return checkJson(schema.fields, data, {
    refuseUnknown: options.refuseUnknown,
    instead(value, field, path) {
      if (isEnvironmentReference(value)) return [];
      if (isSecretReference(value)) {
        return isSecretField(field) ? [] : [{ path, message: "holds a secret, and the field is none any more" }];
      }
      const wanted = referredType(field);
      if (wanted === undefined) {
        return isBlockReference(value) ? [{ path, message: "the field takes no reference to a block" }] : undefined;
      }
      if (!isBlockReference(value)) {
        return [{ path, message: `expected a reference to a block, as { "$block": "${wanted}/NAME" }` }];
      }
      const slug = value.$block.slice(0, value.$block.indexOf("/"));
      return slug === wanted ? [] : [{ path, message: `expected a block of type ${wanted}, not ${value.$block}` }];
    },
  });
}

/** Prefect's spelling of fields (`bucket_folder`) as the schema spells them, at every depth. */
export function spellFields(fields: Json, data: Json): Json {
  const step = (given: Json, value: unknown): unknown => {
    const schema = resolveReference(given, fields);
    if (Array.isArray(value)) {
      const { items } = schema;
      return isRecord(items) ? value.map((item) => step(items, item)) : value;
    }
    const { properties } = schema;
    if (!isRecord(value) || !isRecord(properties)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const name = spelling(key, properties, value);
        const field = properties[name];
        return [name, isRecord(field) ? step(field, item) : item];
      }),
    );
  };
  const spelt = step(fields, data);
  return isRecord(spelt) ? spelt : data;
}

function spelling(key: string, properties: Json, given: Json): string {
  if (key in properties || !key.includes("_")) return key;
  const camel = key.replace(/_+([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
  return camel in properties && !(camel in given) ? camel : key;
}

/** Names and schemas of the fields at the top. */
export function topFields(fields: Json): ReadonlyMap<string, Json> {
  const { properties } = fields;
  const pairs = isRecord(properties) ? Object.entries(properties) : [];
  return new Map(pairs.map(([name, field]) => [name, isRecord(field) ? field : {}]));
}

export function requiredFields(fields: Json): ReadonlySet<string> {
  const { required } = fields;
  return new Set(Array.isArray(required) ? required.filter((name) => typeof name === "string") : []);
}
