/**
 * One text per value, equal for equal values: what call identities and cache keys are hashed from. Object keys are
 * sorted; the entries of a map and the members of a set stand as they come, because who walks over them sees the order.
 * -0 and 0, `undefined` and a missing key, a hole and `undefined`, Date and its text all differ. Where two values that a
 * task can tell apart might get one text, the text is not exact: better computed twice than given a wrong result.
 */
import { registeredClassOf } from "../journal/classes.ts";
import { sha256 } from "../protocol/sha256.ts";

export interface Canonical {
  readonly text: string;
  /**
   * False when something inside has no value to compare: a function, a symbol (also as a key), an instance of an
   * unregistered class.
   */
  readonly exact: boolean;
}

interface Pass {
  exact: boolean;
  /** The objects that enclose the current one: a value that contains itself is written as the distance. */
  readonly open: object[];
}

export function canonical(value: unknown): Canonical {
  const pass: Pass = { exact: true, open: [] };
  const text = write(value, pass);
  return { text, exact: pass.exact };
}

/** Path of the first value that cannot be compared, as `[0].client`, or undefined. */
export function findInexact(value: unknown, path = "", depth = 0): string | undefined {
  if (depth > 100 || canonical(value).exact) return undefined;
  for (const [step, child] of children(value)) {
    const found = findInexact(child, path + step, depth + 1);
    if (found !== undefined) return found;
  }
  return path;
}

/** 22 characters that stand for the text (128 bits of SHA-256): short enough for each journal line. */
export function fingerprint(text: string): string {
  return sha256(text, "base64url").slice(0, 22);
}

function write(value: unknown, pass: Pass): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "boolean":
    case "undefined":
      return String(value);
    case "object":
      return value === null ? "null" : writeObject(value, pass);
    case "function":
      pass.exact = false;
      return `function ${value.name}`;
    default:
      pass.exact = false;
      return String(value);
  }
}

function writeObject(value: object, pass: Pass): string {
  const enclosing = pass.open.indexOf(value);
  if (enclosing >= 0) return `^${pass.open.length - enclosing}`;
  pass.open.push(value);
  const text = Array.isArray(value) ? writeArray(value, pass) : writeOther(value, pass);
  pass.open.pop();
  return text;
}

function writeArray(value: readonly unknown[], pass: Pass): string {
  let text = "[";
  for (let index = 0; index < value.length; index++) {
    const item = value[index];
    const written = item === undefined && !(index in value) ? "hole" : write(item, pass);
    text += index === 0 ? written : `,${written}`;
  }
  // What a regular expression found has more to it than its items.
  if (value.constructor !== Array || "index" in value) pass.exact = false;
  return `${text}]`;
}

function writeOther(value: object, pass: Pass): string {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return writeFields(value, pass);
  const registered = registeredClassOf(value);
  if (registered !== undefined) {
    // What is not in its file yet has to be read before it can be compared, and that may be possible only once.
    if (registered.files !== undefined && registered.files.fileOf(value) === undefined) pass.exact = false;
    return `class ${registered.name}(${write(registered.write(value), pass)})`;
  }
  // A subclass of what follows may hold more than is written here.
  if (!comparable.has(value.constructor) && !(value instanceof Error)) pass.exact = false;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Map) {
    const entries = Array.from(value, ([key, item]) => `${write(key, pass)}=>${write(item, pass)}`);
    return `Map{${entries.join(",")}}`;
  }
  if (value instanceof Set) return `Set{${Array.from(value, (item) => write(item, pass)).join(",")}}`;
  if (ArrayBuffer.isView(value)) {
    return `${className(value)}#${hashBytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))}`;
  }
  if (value instanceof ArrayBuffer) return `ArrayBuffer#${hashBytes(new Uint8Array(value))}`;
  if (value instanceof URL || value instanceof RegExp || value instanceof URLSearchParams) {
    return `${className(value)}(${JSON.stringify(String(value))})`;
  }
  if (value instanceof Error) return writeError(value, pass);
  return `${className(value)}${writeFields(value, pass)}`;
}

const comparable: ReadonlySet<unknown> = new Set([
  Date,
  Map,
  Set,
  ArrayBuffer,
  DataView,
  Buffer,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  URL,
  URLSearchParams,
  RegExp,
]);

/** All that a task can see of an error but its stack, which tells where it was made and not what it is. */
function writeError(error: Error, pass: Pass): string {
  const hidden = [error.name, error.message, error.cause, error instanceof AggregateError ? error.errors : undefined];
  return `Error ${className(error)}(${hidden.map((part) => write(part, pass)).join(",")})${writeFields(error, pass)}`;
}

function writeFields(value: object, pass: Pass): string {
  let text = "{";
  for (const key of Object.keys(value).sort()) {
    text += `${text === "{" ? "" : ","}${JSON.stringify(key)}:${write(Reflect.get(value, key), pass)}`;
  }
  // Symbols have no text by which another process would know them.
  if (Object.getOwnPropertySymbols(value).length > 0) pass.exact = false;
  return `${text}}`;
}

function className(value: object): string {
  return value.constructor?.name ?? "Object";
}

function hashBytes(bytes: Uint8Array): string {
  return sha256(bytes, "base64url");
}

function children(value: unknown): readonly (readonly [string, unknown])[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.map((item, index) => [`[${index}]`, item]);
  if (value instanceof Map) return [...value].map(([key, item]) => [`.get(${JSON.stringify(key)})`, item]);
  if (value instanceof Set) return [...value].map((item, index) => [`.values()[${index}]`, item]);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return [];
  return Object.entries(value).map(([key, item]) => [`.${key}`, item]);
}
