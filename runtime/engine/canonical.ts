/**
 * One text per value, equal for equal values: what call identities and cache keys are hashed from. Object keys, map
 * entries and set members are sorted; -0 and 0, `undefined` and a missing key, Date and its text all differ.
 */
import { hash } from "node:crypto";
import { registeredClassOf } from "../journal/classes.ts";

export interface Canonical {
  readonly text: string;
  /** False when something inside has no value to compare (a function, an instance of an unregistered class). */
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
  return hash("sha256", text, "base64url").slice(0, 22);
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
  for (let index = 0; index < value.length; index++)
    text += index === 0 ? write(value[0], pass) : `,${write(value[index], pass)}`;
  return `${text}]`;
}

function writeOther(value: object, pass: Pass): string {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return writeFields(value, pass);
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => `${write(key, pass)}=>${write(item, pass)}`);
    return `Map{${entries.sort().join(",")}}`;
  }
  if (value instanceof Set)
    return `Set{${[...value]
      .map((item) => write(item, pass))
      .sort()
      .join(",")}}`;
  if (ArrayBuffer.isView(value)) {
    return `${className(value)}#${hashBytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))}`;
  }
  if (value instanceof ArrayBuffer) return `ArrayBuffer#${hashBytes(new Uint8Array(value))}`;
  if (value instanceof URL || value instanceof RegExp || value instanceof URLSearchParams) {
    return `${className(value)}(${JSON.stringify(String(value))})`;
  }
  const registered = registeredClassOf(value);
  if (registered !== undefined) return `${registered.name}(${write(registered.write(value), pass)})`;
  if (value instanceof Error) return `${value.name}(${JSON.stringify(value.message)})`;
  pass.exact = false;
  return `${className(value)}${writeFields(value, pass)}`;
}

function writeFields(value: object, pass: Pass): string {
  let text = "{";
  for (const key of Object.keys(value).sort()) {
    text += `${text === "{" ? "" : ","}${JSON.stringify(key)}:${write(Reflect.get(value, key), pass)}`;
  }
  return `${text}}`;
}

function className(value: object): string {
  return value.constructor?.name ?? "Object";
}

function hashBytes(bytes: Uint8Array): string {
  return hash("sha256", bytes, "base64url");
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
