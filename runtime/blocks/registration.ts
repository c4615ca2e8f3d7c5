/**
 * Lets blocks be inputs and results of tasks. A block that was loaded by name is recorded as that name alone, and found
 * again when the record is read; one made in code is recorded by its settings, without the secrets.
 */
import { registerClass } from "../journal/classes.ts";
import { MillraceError } from "../protocol/errors.ts";
import { blockClassOf } from "./block-classes.ts";
import { isRecord } from "./documents.ts";
import { isSecretText } from "./secret-text.ts";

type Fields = Readonly<Record<string, unknown>>;

interface BlockInstance {
  readonly blockName: string | undefined;
  readonly settings: unknown;
}

/** What stands where a secret of a block made in code was. */
const leftOut = { $left_out: true };

export function registerBlock(
  slug: string,
  base: Parameters<typeof registerClass<BlockInstance>>[1],
  givenOf: (block: object) => Fields,
): void {
  registerClass<BlockInstance>(`block:${slug}`, base, {
    subclasses: true,
    write(block) {
      if (block.blockName !== undefined) return { $block: block.blockName };
      return withoutSecrets(givenOf(block), secretsIn(block.settings));
    },
    read(written) {
      if (!isRecord(written)) throw new TypeError(`block:${slug}: expected an object`);
      const found = blockClassOf(slug);
      if (found === undefined) throw new TypeError(`block:${slug}: nobody has defined it here`);
      const name = written["$block"];
      const block: unknown = typeof name === "string" ? call(found, "find", name) : make(found, slug, written);
      if (!isBlock(block)) throw new TypeError(`block:${slug}: its class makes no blocks`);
      return block;
    },
  });
}

function make(found: abstract new (...args: never) => object, slug: string, written: Fields): unknown {
  const missing = leftOutIn(written, "");
  if (missing.length > 0) {
    throw new MillraceError(
      "result-not-kept",
      `a ${found.name} block made in code was recorded without its secrets (${missing.join(", ")}), so it cannot be made ` +
        `again. Save it once (block.save("name"), or: millrace blocks save ${slug} NAME) and load it by name`,
    );
  }
  return Reflect.construct(found, [written]);
}

function call(target: object, method: string, argument: unknown): unknown {
  const found: unknown = Reflect.get(target, method);
  return typeof found === "function" ? Reflect.apply(found, target, [argument]) : undefined;
}

function isBlock(value: unknown): value is BlockInstance {
  return typeof value === "object" && value !== null && "blockName" in value && "settings" in value;
}

/** The values of all secrets in what the schema made, at any depth. Other blocks have theirs for themselves. */
export function secretsIn(settings: unknown, found: Set<string> = new Set()): Set<string> {
  if (isSecretText(settings)) found.add(settings.get());
  else if (Array.isArray(settings)) for (const item of settings) secretsIn(item, found);
  else if (isRecord(settings) && isPlain(settings)) for (const item of Object.values(settings)) secretsIn(item, found);
  return found;
}

function withoutSecrets(value: Fields, secrets: ReadonlySet<string>): Fields {
  const clean = (item: unknown): unknown => {
    if (isSecretText(item) || (typeof item === "string" && secrets.has(item))) return leftOut;
    if (Array.isArray(item)) return item.map(clean);
    return isRecord(item) && isPlain(item)
      ? Object.fromEntries(Object.entries(item).map(([key, each]) => [key, clean(each)]))
      : item;
  };
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, clean(each)]));
}

function leftOutIn(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leftOutIn(item, `${path}[${index}]`));
  if (!isRecord(value) || !isPlain(value)) return [];
  if (value["$left_out"] === true) return [path];
  return Object.entries(value).flatMap(([key, item]) => leftOutIn(item, path === "" ? key : `${path}.${key}`));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
