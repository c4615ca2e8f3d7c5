/**
 * A hash of a value that does not depend on the order of object keys or of a Set's items (a Map's order counts, as
 * does an array's). Every type has its own encoding: 1, "1", 1n, -0 and 0, a Date and its number all differ; so do
 * `{ a: undefined }` and `{}`. An object in two places counts as two equal objects.
 */
import { hash } from "node:crypto";
import { registeredClassOf } from "./classes.ts";

/** Why a value has no hash: it holds something without a value of its own. */
export class UnhashableError extends Error {
  override readonly name: string = "UnhashableError";
  /** Path of the culprit inside the value, as "[0].rows[3].socket"; "" for the value itself. */
  readonly path: string;

  constructor(path: string, reason: string) {
    super(`${path === "" ? "the value" : path} ${reason}`);
    this.path = path;
  }
}

/** 32 hexadecimal digits. @throws UnhashableError for functions, symbols, promises, instances of unregistered classes. */
export function canonicalHash(value: unknown): string {
  return hash("sha256", encode(value, [], []), "hex").slice(0, 32);
}

type Path = (string | number)[];

function encode(value: unknown, path: Path, parents: object[]): string {
  switch (typeof value) {
    case "string":
      return `s${value.length}:${value}`;
    case "number":
      return Object.is(value, -0) ? "d-0;" : `d${value};`;
    case "boolean":
      return value ? "t" : "f";
    case "undefined":
      return "u";
    case "bigint":
      return `i${value};`;
    case "object":
      return value === null ? "n" : encodeObject(value, path, parents);
    default:
      throw new UnhashableError(pathText(path), `is a ${typeof value}`);
  }
}

function encodeObject(value: object, path: Path, parents: object[]): string {
  const above = parents.lastIndexOf(value);
  if (above >= 0) return `^${parents.length - above};`;
  parents.push(value);
  const text = encodeContents(value, path, parents);
  parents.pop();
  return text;
}

function encodeContents(value: object, path: Path, parents: object[]): string {
  if (Array.isArray(value)) return encodeList("a", value, path, parents);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return encodeFields("o", value, path, parents);
  const registered = registeredClassOf(value);
  if (registered !== undefined) {
    return `c${text(registered.name)}${encode(registered.write(value), path, parents)}`;
  }
  if (value instanceof Date) return `D${value.getTime()};`;
  if (value instanceof Map) return encodeList("m", [...value].flat(), path, parents);
  if (value instanceof Set) return encodeSet(value, path, parents);
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `v${text(value.constructor.name)}${bytes.length}:${hash("sha256", bytes, "hex")}`;
  }
  if (value instanceof ArrayBuffer) return `b${value.byteLength}:${hash("sha256", new Uint8Array(value), "hex")}`;
  if (value instanceof RegExp) return `r${text(String(value))}`;
  if (value instanceof URL) return `U${text(value.href)}`;
  if (value instanceof URLSearchParams) return `q${text(String(value))}`;
  if (value instanceof Error) {
    const { name, message, cause } = value;
    return encodeFields("e", { name, message, cause }, path, parents);
  }
  if (value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt) {
    return `x${encode(value.valueOf(), path, parents)}`;
  }
  if (isPlainOfAnotherRealm(prototype)) return encodeFields("o", value, path, parents);
  throw new UnhashableError(pathText(path), unhashable(value));
}

function encodeList(tag: string, items: readonly unknown[], path: Path, parents: object[]): string {
  let result = `${tag}${items.length}:`;
  for (let index = 0; index < items.length; index++) {
    path.push(index);
    result += index in items ? encode(items[index], path, parents) : "h";
    path.pop();
  }
  return result;
}

function encodeFields(tag: string, value: object, path: Path, parents: object[]): string {
  const fields = Object.entries(value);
  if (fields.length > 1) fields.sort(([a], [b]) => (a < b ? -1 : 1));
  let result = `${tag}${fields.length}:`;
  for (const [key, item] of fields) {
    path.push(key);
    result += text(key) + encode(item, path, parents);
    path.pop();
  }
  if (Object.getOwnPropertySymbols(value).length > 0) {
    throw new UnhashableError(pathText(path), "has symbols as keys");
  }
  return result;
}

function encodeSet(value: ReadonlySet<unknown>, path: Path, parents: object[]): string {
  const items = [...value].map((item, index) => {
    path.push(index);
    const encoded = encode(item, path, parents);
    path.pop();
    return encoded;
  });
  return `S${items.length}:${items.sort().join("")}`;
}

function text(value: string): string {
  return `${value.length}:${value}`;
}

function isPlainOfAnotherRealm(prototype: unknown): boolean {
  return (
    typeof prototype === "object" &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, "hasOwnProperty")
  );
}

function unhashable(value: object): string {
  if ("then" in value && typeof value.then === "function") return "is a promise";
  return `is an instance of ${value.constructor?.name || "a class without a name"}`;
}

function pathText(path: Path): string {
  return path
    .map((key) => {
      if (typeof key === "number") return `[${key}]`;
      return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    })
    .join("")
    .replace(/^\./, "");
}
