/** What a name in a file stands for, as far as that file alone tells; `workspace/resolve.ts` follows it into others. */
export type Target =
  /** A name that "millrace" exports. */
  | { readonly kind: "api"; readonly name: string }
  /** A name that "millrace/blocks" exports: a class of blocks, mostly. */
  | { readonly kind: "block"; readonly name: string }
  /** zod's `z`, wherever it was imported from. */
  | { readonly kind: "zod" }
  /** A flow or a task of this file: its place in `FileFacts.definitions`. */
  | { readonly kind: "definition"; readonly index: number }
  /** A function that returns a flow or a task; `makes` is what it calls for it. */
  | { readonly kind: "factory"; readonly makes: Target }
  /** A schema, for parameters that are defined elsewhere. */
  | { readonly kind: "schema"; readonly schema: SchemaFact }
  /** A class that this file declares: of blocks, perhaps. */
  | { readonly kind: "class"; readonly name: string }
  /** What another module exports; "*" is all of it. */
  | { readonly kind: "module"; readonly specifier: string; readonly name: string };

/** A zod schema as its text tells it. */
export interface SchemaFact {
  /** "integer", "enum (yellow, green)" … ; the text of the schema where it is none of the known ones. */
  readonly type: string;
  readonly required: boolean;
  /** Source text of the default. */
  readonly default: string | null;
  readonly description: string | null;
  /** The schema it is made from, where that stands in another file: it gives the type. */
  readonly base: Target | null;
  /** Written behind the type: "[]", " | null". */
  readonly suffix: string;
  /** Of a `z.object({…})`. */
  readonly fields: readonly (SchemaFact & { readonly name: string })[] | null;
}

export const millraceModule = "millrace";
export const blocksModule = "millrace/blocks";

/** What `import { name } from specifier` gives. */
export function moduleMember(specifier: string, name: string): Target {
  if (specifier === "zod" || specifier.startsWith("zod/")) {
    return name === "z" || name === "*" || name === "default" ? { kind: "zod" } : { kind: "module", specifier, name };
  }
  if (name !== "*") {
    if (specifier === millraceModule) return name === "z" ? { kind: "zod" } : { kind: "api", name };
    if (specifier === blocksModule) return { kind: "block", name };
  }
  return { kind: "module", specifier, name };
}

/** What `target.name` is. */
export function memberOf(target: Target, name: string): Target | undefined {
  if (target.kind === "module" && target.name === "*") return moduleMember(target.specifier, name);
  // A CommonJS module that was imported as a whole.
  if (target.kind === "module" && target.name === "default")
    return { kind: "module", specifier: target.specifier, name };
  return undefined;
}
