/**
 * Classes whose instances can be kept: a user registers them with how they are written and read. The registry is
 * shared by all copies of Millrace in a process.
 */
import type { ValueFile } from "../protocol/records.ts";

/** How instances keep what is too large for a record: each in a file beside it, named by its content. */
export interface FileKeeper<T = unknown> {
  /** The instance's file, when it lies in the folder; in whatever folder, when none is given. */
  fileOf(instance: T, folder?: string): ValueFile | undefined;
  /** Writes it durably. From then on the instance is what the file holds. */
  keep(instance: T, folder: string): Promise<void>;
}

export interface RegisteredClass {
  readonly name: string;
  readonly constructorFunction: Constructor;
  /** Instances of subclasses are kept under this name too. */
  readonly subclasses: boolean;
  /** What stands for the instance: anything that can itself be kept. */
  write(instance: unknown): unknown;
  /** @param folder where the files are that the value has */
  read(written: unknown, folder: string | undefined): unknown;
  readonly files: FileKeeper | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: a class with any constructor arguments
type Constructor<T = unknown> = abstract new (...args: any[]) => T;

interface Registry {
  readonly byName: Map<string, RegisteredClass>;
  readonly byConstructor: Map<unknown, RegisteredClass>;
  /** Grows with each registration. */
  version: number;
}

const registryKey = Symbol.for("millrace.classes");

function registry(): Registry {
  const existing: Registry | undefined = Reflect.get(globalThis, registryKey);
  if (existing !== undefined) return existing;
  const made: Registry = { byName: new Map(), byConstructor: new Map(), version: 0 };
  Reflect.set(globalThis, registryKey, made);
  return made;
}

/**
 * Lets instances of `constructorFunction` cross task borders and survive a resume. `name` stands in journals: it must
 * stay the same. Registering a name again replaces it. Subclasses are registered on their own, unless `subclasses` says that
 * `write` and `read` know them.
 */
export function registerClass<T>(
  name: string,
  constructorFunction: Constructor<T>,
  how: { readonly subclasses?: boolean; write(instance: T): unknown; read(written: unknown): T },
): void {
  register(name, constructorFunction, how);
}

/** As `registerClass`, for a class whose instances have a file besides. `write` is asked once they have it. */
export function registerClassWithFiles<T>(
  name: string,
  constructorFunction: Constructor<T>,
  how: { write(instance: T): unknown; read(written: unknown, folder: string | undefined): T } & FileKeeper<T>,
): void {
  register(name, constructorFunction, how, how);
}

function register<T>(
  name: string,
  constructorFunction: Constructor<T>,
  how: {
    readonly subclasses?: boolean;
    write(instance: T): unknown;
    read(written: unknown, folder: string | undefined): T;
  },
  files?: FileKeeper<T>,
): void {
  const { byName, byConstructor } = registry();
  const isInstance = (value: unknown): value is T => value instanceof constructorFunction;
  const checked = (value: unknown): T => {
    if (!isInstance(value)) throw new TypeError(`expected an instance of ${name}`);
    return value;
  };
  const registered: RegisteredClass = {
    name,
    constructorFunction,
    subclasses: how.subclasses ?? false,
    write: (instance) => how.write(checked(instance)),
    read: (written, folder) => how.read(written, folder),
    files: files && {
      fileOf: (instance, folder) => files.fileOf(checked(instance), folder),
      keep: (instance, folder) => files.keep(checked(instance), folder),
    },
  };
  const earlier = byName.get(name);
  if (earlier !== undefined) byConstructor.delete(earlier.constructorFunction);
  byName.set(name, registered);
  byConstructor.set(constructorFunction, registered);
  registry().version++;
}

export function registeredClassOf(value: object): RegisteredClass | undefined {
  const { byConstructor } = registry();
  if (byConstructor.size === 0) return undefined;
  return byConstructor.get(value.constructor) ?? inheritedBy(value.constructor, byConstructor);
}

function inheritedBy(
  constructorFunction: unknown,
  byConstructor: Registry["byConstructor"],
): RegisteredClass | undefined {
  for (let above = constructorFunction; typeof above === "function"; above = Object.getPrototypeOf(above)) {
    const found = byConstructor.get(above);
    if (found !== undefined) return found.subclasses || above === constructorFunction ? found : undefined;
  }
  return undefined;
}

export function registeredClasses(): Iterable<RegisteredClass> {
  return registry().byName.values();
}

export function registryVersion(): number {
  return registry().version;
}
