/**
 * The block classes of this process by slug, shared by all copies of Millrace in it. `defineBlock` makes the base and
 * cannot know the class that extends it: that one is noted when it is first used. Until then it is looked for among the
 * exports of the file that defined the base, which has been loaded by then.
 */
import { createRequire } from "node:module";
import { parseStack } from "../protocol/stack.ts";

// biome-ignore lint/suspicious/noExplicitAny: a class with any constructor arguments
export type AnyBlockClass = abstract new (...args: any[]) => object;

interface Known {
  readonly base: AnyBlockClass;
  /** The file that called `defineBlock`; undefined where it cannot be known. */
  readonly file: string | undefined;
  final: AnyBlockClass | undefined;
}

const shared = Symbol.for("millrace.block-classes");

function known(): Map<string, Known> {
  const existing: Map<string, Known> | undefined = Reflect.get(globalThis, shared);
  if (existing !== undefined) return existing;
  const made = new Map<string, Known>();
  Reflect.set(globalThis, shared, made);
  return made;
}

export function noteBase(slug: string, base: AnyBlockClass, file: string | undefined): void {
  known().set(slug, { base, file, final: undefined });
}

/** `used` extends the base of this slug: it is what documents of the slug become. */
export function noteClass(slug: string, used: unknown): void {
  const entry = known().get(slug);
  if (entry === undefined || entry.final === used || !isBlockClass(used) || used === entry.base) return;
  // A subclass of the class itself is somebody's own.
  if (entry.final !== undefined && Object.prototype.isPrototypeOf.call(entry.final, used)) return;
  if (Object.prototype.isPrototypeOf.call(entry.base, used)) entry.final = used;
}

/** The class of a slug; undefined when nobody in this process has defined one. */
export function blockClassOf(slug: string): AnyBlockClass | undefined {
  const entry = known().get(slug);
  if (entry === undefined) return undefined;
  if (entry.final === undefined && entry.file !== undefined) {
    for (const exported of exportsOf(entry.file)) noteClass(slug, exported);
  }
  return entry.final ?? entry.base;
}

/** The file that defines the block. */
export function definingFileOf(slug: string): string | undefined {
  return known().get(slug)?.file;
}

export function isBlockClass(value: unknown): value is AnyBlockClass {
  return typeof value === "function" && typeof Reflect.get(value, "slug") === "string" && "blockDefinition" in value;
}

function exportsOf(file: string): readonly unknown[] {
  try {
    const namespace: unknown = createRequire(file)(file);
    return typeof namespace === "object" && namespace !== null ? Object.values(namespace) : [];
  } catch {
    // Loaded in a way in which it cannot be asked for again: its class is noted at its first use.
    return [];
  }
}

/** Where the caller of `above` stands. */
export function callerFile(above: (...inputs: never) => unknown): string | undefined {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, above);
  return parseStack(holder.stack ?? "").frames[0]?.location?.file;
}
