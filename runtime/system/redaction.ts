/**
 * The secret values this process has read, so that they can be taken out of everything it writes. The set is shared
 * by all copies of Millrace in the process: a block may come from another copy than the engine.
 */
const shared = Symbol.for("millrace.secrets");

/** Shorter ones would blot out ordinary text. */
const shortest = 4;

const mask = "********";

function secrets(): Set<string> {
  const found: unknown = Reflect.get(globalThis, shared);
  if (isTextSet(found)) return found;
  const made = new Set<string>();
  Reflect.set(globalThis, shared, made);
  return made;
}

/** Only `rememberSecret` adds to it. */
function isTextSet(value: unknown): value is Set<string> {
  return value instanceof Set;
}

/** From now on `value` is replaced in logs, journals and captured output. Values under four characters are not. */
export function rememberSecret(value: string): void {
  if (value.length < shortest) return;
  secrets().add(value);
  // As it stands inside JSON text, where quotes and line ends are escaped.
  secrets().add(JSON.stringify(value).slice(1, -1));
}

export function knowsSecrets(): boolean {
  return secrets().size > 0;
}

/** The text with every known secret as eight asterisks. Works on plain text and on JSON text alike. */
export function redact(text: string): string {
  let clean = text;
  // Longer ones first: a secret may contain another.
  for (const secret of [...secrets()].sort((left, right) => right.length - left.length)) {
    clean = clean.replaceAll(secret, mask);
  }
  return clean;
}
