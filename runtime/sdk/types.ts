import type { StandardSchemaV1 } from "@standard-schema/spec";

/** A value, or a promise of it at any depth: what a task or a flow may be given. */
export type Promised<T> = T | PromiseLike<T> | PromisedInside<T>;

type Whole =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | Date
  | RegExp
  | URL
  | ArrayBuffer
  | ArrayBufferView
  | Error
  | PromiseLike<unknown>
  | ((...inputs: never[]) => unknown);

type PromisedInside<T> = T extends Whole
  ? never
  : T extends Map<infer Key, infer Value>
    ? Map<Promised<Key>, Promised<Value>>
    : T extends Set<infer Item>
      ? Set<Promised<Item>>
      : T extends readonly unknown[]
        ? { readonly [Index in keyof T]: Promised<T[Index]> }
        : T extends object
          ? { readonly [Key in keyof T]: Promised<T[Key]> }
          : never;

/** The inputs of a task, each of which may be, or hold, promises of other tasks. */
export type PromisedInputs<Inputs extends readonly unknown[]> = { [Index in keyof Inputs]: Promised<Inputs[Index]> };

export type SchemaInput<Schema extends StandardSchemaV1> = StandardSchemaV1.InferInput<Schema>;
export type SchemaOutput<Schema extends StandardSchemaV1> = StandardSchemaV1.InferOutput<Schema>;
