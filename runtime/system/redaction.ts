/**
 * The secret values this process has read, so that they can be taken out of everything it writes. The set is shared
 * by all copies of Millrace in the process: a block may come from another copy than the engine.
 */
import { type SecretMatcher, secretMatcher } from "./secret-matcher.ts";

const shared = Symbol.for("millrace.secrets");
const sharedMarks = Symbol.for("millrace.secret-marks");

/** Shorter ones would blot out ordinary text. */
const shortest = 4;

const mask = "********";

function textsUnder(symbol: symbol): Set<string> {
  const found: unknown = Reflect.get(globalThis, symbol);
  if (isTextSet(found)) return found;
  const made = new Set<string>();
  Reflect.set(globalThis, symbol, made);
  return made;
}

const secrets = (): Set<string> => textsUnder(shared);

/** Only this file adds to it. */
function isTextSet(value: unknown): value is Set<string> {
  return value instanceof Set;
}

/** From now on `value` is replaced in logs, journals and captured output. Values under four characters are not. */
export function rememberSecret(value: string): void {
  if (value.length < shortest) return;
  secrets().add(value);
}

let made: { readonly matcher: SecretMatcher; readonly count: number } | undefined;

/** Another copy of this file may have added to the secrets, and none takes one away. */
function matcher(): SecretMatcher {
  const known = secrets();
  if (made?.count !== known.size) made = { matcher: secretMatcher(known), count: known.size };
  return made.matcher;
}

export function knowsSecrets(): boolean {
  return secrets().size > 0;
}

/**
 * The text with every known secret as eight asterisks: as it is, escaped in JSON or an address, in base64. Works on plain
 * text and on JSON text alike.
 */
export function redact(text: string): string {
  return knowsSecrets() ? matcher().replace(text, mask) : text;
}

/** The beginning of a text, at most `length` characters, without secrets and without the half of one at its end. */
export function redactStart(text: string, length: number): string {
  if (!knowsSecrets()) return text.slice(0, length);
  const { longest } = matcher();
  const part = text.slice(0, length + longest);
  const clean = redact(part);
  // What became shorter by its asterisks has drawn in characters behind which a secret may go on.
  return clean.slice(0, part.length < text.length ? Math.min(length, Math.max(0, clean.length - longest)) : length);
}

/** A JSON value with its secrets masked: in texts, in keys, and numbers that are one. Gives the same value when it has none. */
export function redactDeep(value: unknown): unknown {
  if (typeof value === "string") return redact(value);
  if (typeof value === "number" || typeof value === "bigint") return secrets().has(String(value)) ? mask : value;
  if (Array.isArray(value)) return sameOr(value, value.map(redactDeep));
  if (typeof value !== "object" || value === null || !isPlain(value)) return value;
  const pairs = Object.entries(value).map(([key, item]) => [redact(key), redactDeep(item)] as const);
  const entries = Object.entries(value);
  const changed = pairs.some(([key, item], index) => key !== entries[index]?.[0] || item !== entries[index]?.[1]);
  return changed ? Object.fromEntries(pairs) : value;
}

function sameOr(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.every((item, index) => item === before[index]) ? before : after;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Texts that hold `mark` hold a secret, whatever its length. */
export function markSecrets(mark: string): void {
  textsUnder(sharedMarks).add(mark);
}

/** The known secrets that stand in the text, in whatever spelling; undefined when it holds none at all. */
export function secretsWithin(text: string): readonly string[] | undefined {
  const marks = textsUnder(sharedMarks);
  const found = knowsSecrets() ? [...matcher().within(text)] : [];
  if (found.length === 0 && ![...marks].some((mark) => text.includes(mark))) return undefined;
  return found;
}
