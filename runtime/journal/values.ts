/**
 * Values as they stand in records. Three forms, told apart by their JSON type:
 * - `[5]`, `["text"]`, `[true]`, `[null]` and longer arrays, or a negative number: devalue's flat form, which knows
 *   Date, Map, Set, BigInt, typed arrays, undefined, NaN, -0, RegExp, URL, cycles and shared references;
 * - `{ "json": … }`: a plain JSON value as it is.
 * On top of devalue stand Error, Buffer, views of a part of a buffer, and registered classes.
 */
import { DevalueError, stringify, unflatten } from "devalue";
import { MillraceError, toError } from "../protocol/errors.ts";
import type { ValueFile } from "../protocol/records.ts";
import { type RegisteredClass, registeredClasses, registeredClassOf, registryVersion } from "./classes.ts";
import { notPlain, plainCopy } from "./plain.ts";

export const valueCodec = { encode, decode };

export interface EncodedValue {
  /** What stands in a record. */
  readonly data: unknown;
  /** The same as JSON text; its bytes count against the limit for inline values. */
  readonly text: string;
  /** What stands in files besides. */
  readonly files?: readonly ValueFile[];
  /** Writes what has no file yet. Until that is done and the value encoded anew, the rest is worth nothing. */
  readonly keepFiles?: () => Promise<void>;
}

/**
 * @param what names the value in messages: "result", "parameters".
 * @param folder where files of the value are to lie
 * @throws MillraceError "result-not-kept" naming the path of what cannot be kept.
 */
function encode(value: unknown, what: string, folder?: string): EncodedValue {
  const simple = value === null || typeof value === "boolean" || (Number.isFinite(value) && !Object.is(value, -0));
  if (simple) return { data: [value], text: `[${value}]` };
  if (typeof value === "string") return { data: [value], text: JSON.stringify([value]) };
  const plain = plainCopy(value);
  try {
    if (plain !== notPlain) {
      const data = { json: plain };
      return { data, text: JSON.stringify(data) };
    }
    return encodeRich(value, folder);
  } catch (error) {
    throw notKept(error, what);
  }
}

interface Pass {
  readonly folder: string | undefined;
  /** Values that are rebuilt from parts which may hold anything. */
  rebuilt: number;
  readonly files: ValueFile[];
  readonly unkept: (() => Promise<void>)[];
}

function encodeRich(value: unknown, folder: string | undefined): EncodedValue {
  const pass: Pass = { folder, rebuilt: 0, files: [], unkept: [] };
  const text = stringify(value, reducers(pass));
  const { rebuilt, files, unkept } = pass;
  if (unkept.length > 0) {
    const keepFiles = async () => {
      // One after another: each may be as large as the memory allows.
      for (const keep of unkept) await keep();
    };
    return { data: null, text: "", keepFiles };
  }
  if (rebuilt > 0) refuseCycles(text, rebuilt);
  return { data: JSON.parse(text), text, ...(files.length === 0 ? {} : { files }) };
}

/**
 * What is rebuilt from its parts (an error, a registered instance) cannot be among its own parts. It can be written so,
 * but reading would rebuild it twice, the second time from half of its parts: find out now.
 */
function refuseCycles(text: string, rebuilt: number): void {
  let count = 0;
  const counting: Revivers = {};
  for (const [name, revive] of Object.entries(revivers(undefined))) {
    counting[name] = (written) => {
      if (name === "Buffer" || name === "View") return revive(written);
      // Rebuilding it for real may cost, and may be refused: a block opens its secrets then.
      count++;
      return written;
    };
  }
  unflatten(JSON.parse(text), counting);
  if (count !== rebuilt) throw new TypeError("an error or an instance of a registered class refers to itself");
}

/**
 * @param folder where files of the value lie
 * @throws MillraceError "result-not-kept" when a class is not registered in this process.
 */
function decode(data: unknown, folder?: string): unknown {
  if (Array.isArray(data)) {
    const only: unknown = data.length === 1 ? data[0] : undefined;
    if (only === null || typeof only === "string" || typeof only === "boolean") return only;
    if (typeof only === "number") return only;
    return unflatten(data, revivers(folder));
  }
  if (typeof data === "number") return unflatten(data);
  if (typeof data === "object" && data !== null && "json" in data) return plainCopy(data.json);
  throw new MillraceError("journal-corrupt", `a value in a form unknown here: ${JSON.stringify(data)?.slice(0, 80)}`);
}

type Reducers = Record<string, (value: unknown) => unknown>;
type Revivers = Record<string, (written: unknown) => unknown>;

function reducers(pass: Pass): Reducers {
  const all: Reducers = {
    Error: (value) => {
      if (!(value instanceof Error)) return undefined;
      pass.rebuilt++;
      return errorFields(value);
    },
    Buffer: (value) => Buffer.isBuffer(value) && { bytes: new Uint8Array(value) },
    // devalue would write the whole buffer behind a view, with whatever else lies in it.
    View: (value) =>
      ArrayBuffer.isView(value) && value.byteLength !== value.buffer.byteLength && { copy: copyOfView(value) },
  };
  for (const { name } of registeredClasses()) {
    all[`class ${name}`] = (value) => {
      if (typeof value !== "object" || value === null) return undefined;
      const registered = registeredClassOf(value);
      if (registered?.name !== name) return undefined;
      pass.rebuilt++;
      // An object around it: devalue takes a falsy answer for "not mine".
      return { $written: writtenInstance(registered, value, pass) };
    };
  }
  return all;
}

function writtenInstance(registered: RegisteredClass, value: object, { folder, files, unkept }: Pass): unknown {
  const keeper = registered.files;
  if (keeper === undefined) return registered.write(value);
  const file = keeper.fileOf(value, folder);
  if (file === undefined) {
    if (folder === undefined) throw new TypeError(`a ${registered.name} that was not kept cannot stand here`);
    unkept.push(() => keeper.keep(value, folder));
    return null;
  }
  files.push({ hash: file.hash, size: file.size });
  return registered.write(value);
}

let knownRevivers: Revivers | undefined;
let knownVersion = -1;
let knownFolder: string | undefined;

function revivers(folder: string | undefined): Revivers {
  if (knownRevivers !== undefined && knownVersion === registryVersion() && knownFolder === folder) return knownRevivers;
  const all: Revivers = {
    Error: (fields) => errorFrom(asFields(fields)),
    Buffer: (fields) => {
      const { bytes } = asFields(fields);
      return bytes instanceof Uint8Array ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes;
    },
    View: (fields) => asFields(fields)["copy"],
  };
  for (const registered of registeredClasses()) {
    all[`class ${registered.name}`] = (fields) => registered.read(asFields(fields)["$written"], folder);
  }
  knownRevivers = all;
  knownVersion = registryVersion();
  knownFolder = folder;
  return all;
}

function asFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function copyOfView(view: ArrayBufferView): unknown {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  if (view instanceof DataView) return new DataView(bytes.buffer);
  const viewConstructor: unknown = view.constructor;
  return typeof viewConstructor === "function" ? Reflect.construct(viewConstructor, [bytes.buffer]) : bytes;
}

const builtInErrors: Readonly<Record<string, ErrorConstructor>> = {
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
};

/** Own fields that are no part of the error's essence (a response, a request) are left out when they cannot be kept. */
function errorFields(error: Error): Record<string, unknown> {
  const fields: Record<string, unknown> = { name: error.name, message: error.message, stack: error.stack };
  if (error.cause !== undefined) fields["cause"] = error.cause;
  if (error instanceof AggregateError) fields["errors"] = error.errors;
  for (const [key, value] of Object.entries(error)) {
    if (!(key in fields) && plainCopy(value) !== notPlain) fields[key] = value;
  }
  return fields;
}

function errorFrom({ name, message, stack, cause, errors, ...rest }: Readonly<Record<string, unknown>>): Error {
  const options = cause === undefined ? undefined : { cause };
  const builtIn = builtInErrors[String(name)] ?? Error;
  const error = Array.isArray(errors)
    ? new AggregateError(errors, String(message), options)
    : new builtIn(String(message), options);
  const hidden = { writable: true, configurable: true, enumerable: false };
  if (error.name !== name) Object.defineProperty(error, "name", { ...hidden, value: name });
  Object.defineProperty(error, "stack", { ...hidden, value: stack });
  return Object.assign(error, rest);
}

const wayOut = "Return plain data, register the class (registerClass), or set persist: false on the task";

function notKept(error: unknown, what: string): MillraceError {
  if (error instanceof MillraceError) return error;
  if (error instanceof DevalueError) {
    const path = readablePath(error.path ?? "");
    return new MillraceError("result-not-kept", `${what}${path} ${describe(error.value)}. ${wayOut}.`, {
      cause: error,
      fields: [{ path: `${what}${path}`, message: describe(error.value) }],
    });
  }
  const reason =
    error instanceof RangeError
      ? "is nested too deeply or too large for one value"
      : `could not be written: ${toError(error).message}`;
  return new MillraceError("result-not-kept", `${what} ${reason}. ${wayOut}.`, { cause: error });
}

/** Without the fields in which the codec wraps what it knows. */
function readablePath(path: string): string {
  return path.replace(/\.\$written(?=[.[]|$)/g, "");
}

function describe(value: unknown): string {
  if (typeof value === "function")
    return `is a function${value.name === "" ? "" : ` (${value.name})`}, which cannot be kept`;
  if (typeof value === "symbol") return `is a symbol (${String(value)}), which cannot be kept`;
  if (typeof value !== "object" || value === null) return "cannot be kept";
  if ("then" in value && typeof value.then === "function") return "is a promise: await it before returning";
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    return Object.hasOwn(value, "__proto__")
      ? 'has a key "__proto__", which cannot be kept'
      : "has symbols as keys, which cannot be kept";
  }
  const name = typeof value.constructor === "function" ? value.constructor.name : "";
  return `is an instance of ${name === "" ? "a class without a name" : name}, whose methods would be gone after a resume`;
}
