/**
 * How a block is defined: a class whose settings have a schema, whose documents are saved under names, and which code
 * loads by name.
 *
 * ```ts
 * export class Crm extends defineBlock({
 *   slug: "crm",
 *   title: "CRM",
 *   description: "Our customers.",
 *   category: "Databases",
 *   schema: (z) => z.object({ url: z.url(), token: secret(z) }),
 * }) {
 *   async customers() { return fetch(this.settings.url, { headers: { authorization: this.settings.token.get() } }); }
 * }
 * const crm = await Crm.load("production");
 * ```
 * Importing a block loads no schema library: `schema` is called when settings are checked for the first time.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { MillraceError } from "../protocol/errors.ts";
import { z } from "../sdk/z.ts";
import { callerFile, noteBase, noteClass } from "./block-classes.ts";
import { type BlockDocument, documentNames, findDocument, unknownBlock } from "./documents.ts";
import { misfit, readDocument } from "./read-document.ts";
import { registerBlock } from "./registration.ts";
import { checkSettings, givenFields } from "./settings.ts";
import type { TestSteps } from "./test-steps.ts";

export type Z = typeof z;

export interface BlockDefinition<Input, Output> {
  /** "gcs-bucket": unique in a home; stands in documents and must stay the same. */
  readonly slug: string;
  /** "GCS Bucket" */
  readonly title: string;
  readonly description: string;
  /** Groups the gallery: "Storage", "Databases", "Credentials", "Notifications", "Infrastructure", "General". */
  readonly category: string;
  /** The SVG as text, or the name of one of Millrace's own, without ".svg". */
  readonly logo?: string;
  /** Any Standard Schema of an object; with zod `secret(z)` and `blockReference(z, Class)` make its special fields. */
  readonly schema: (z: Z) => StandardSchemaV1<Input, Output>;
  /** Fields that had another name: old name → name of now. Documents of before are read with the new one. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Shown beside the form; made from slug and class when left out. */
  readonly example?: string;
  /** The settings of values that are plainly right, found without loading a schema; undefined asks the schema. */
  readonly check?: (given: Readonly<Record<string, unknown>>) => Output | undefined;
  /** What a name stands for that nobody has saved. */
  readonly fallback?: (name: string) => Input | undefined;
}

export interface SaveOptions {
  /** Without it a name that is taken is a conflict. */
  readonly overwrite?: boolean;
}

/** What every block has. */
export interface Block<Settings> {
  /** As the schema gives them: secrets are SecretTexts, references are blocks. */
  readonly settings: Settings;
  /** The document's name, when it was loaded by one or saved under one. */
  readonly blockName: string | undefined;
  /** Saves the settings under this name in the home. @throws MillraceError "conflict" when the name is taken. */
  save(name: string, options?: SaveOptions): Promise<void>;
  /** Looks whether the block can be used, step by step; "Test connection" in the editor. */
  test(steps: TestSteps): Promise<void>;
}

export interface BlockClass<Input, Output> {
  new (settings: Input): Block<Output>;
  readonly slug: string;
  readonly blockDefinition: BlockDefinition<Input, Output>;
  /** The block saved under this name. @throws MillraceError "not-found", "bad-parameters". */
  load<T>(this: new (settings: Input) => T, name: string): Promise<T>;
  /** Like `load`, at once. */
  find<T>(this: new (settings: Input) => T, name: string): T;
  /** The names under which documents of this type are saved, sorted. */
  list(): Promise<string[]>;
  /** Removes a document and its secrets. Nothing happens when there is none of this name. */
  delete(name: string): Promise<void>;
}

export function defineBlock<Input, Output>(definition: BlockDefinition<Input, Output>): BlockClass<Input, Output> {
  const { slug } = definition;
  let schema: StandardSchemaV1<Input, Output> | undefined;
  const schemaOf = (): StandardSchemaV1<Input, Output> => {
    schema ??= definition.schema(z);
    return schema;
  };
  const hint = (name: string) =>
    `\nEnter what is missing: in the editor, or: millrace blocks save ${slug} ${JSON.stringify(name)} --overwrite -f FIELD=VALUE`;

  class DefinedBlock implements Block<Output> {
    static readonly slug = slug;
    static readonly blockDefinition = definition;
    readonly settings: Output;
    readonly #given: Readonly<Record<string, unknown>>;
    #name: string | undefined;

    constructor(settings: Input) {
      noteClass(slug, new.target);
      const checked = checkSettings(definition, schemaOf, settings, new.target.name || definition.title);
      this.#given = checked.given;
      this.settings = checked.settings;
    }

    get blockName(): string | undefined {
      return this.#name;
    }

    async save(name: string, options: SaveOptions = {}): Promise<void> {
      const { saveBlock } = await import("./save.ts");
      await saveBlock({ slug, className: this.constructor.name, name, given: this.#given, ...options });
      this.#name = name;
    }

    async test(_steps: TestSteps): Promise<void> {}

    static async load<T>(this: new (settings: Input) => T, name: string): Promise<T> {
      // biome-ignore lint/complexity/noThisInStatic: the class that extends this one
      return find(this, name);
    }

    static find<T>(this: new (settings: Input) => T, name: string): T {
      // biome-ignore lint/complexity/noThisInStatic: the class that extends this one
      return find(this, name);
    }

    static async list(): Promise<string[]> {
      return documentNames(slug);
    }

    static async delete(name: string): Promise<void> {
      const { deleteBlock } = await import("./save.ts");
      await deleteBlock(slug, name);
    }

    static nameIt(block: object, name: string): void {
      if (#name in block) block.#name = name;
    }

    static givenOf(block: object): Readonly<Record<string, unknown>> {
      return #given in block ? block.#given : {};
    }
  }

  function find<T>(target: new (settings: Input) => T, name: string): T {
    noteClass(slug, target);
    const className = target.name || definition.title;
    const document = findDocument(slug, name);
    if (document === undefined) {
      const values = definition.fallback?.(name);
      if (values !== undefined) return named(make(target, values), name);
      throw unknownBlock(className, slug, name, definition.fallback?.("default") !== undefined);
    }
    const label = `${className} ${JSON.stringify(name)}`;
    try {
      return named(fromDocument(target, document, label), name);
    } catch (thrown) {
      // Somebody may have saved it between our look at the document and at its secrets.
      const now = findDocument(slug, name);
      if (now === undefined || JSON.stringify(now) === JSON.stringify(document)) throw advise(thrown, label, name);
      return named(fromDocument(target, now, label), name);
    }
  }

  function fromDocument<T>(target: new (settings: Input) => T, document: BlockDocument, label: string): T {
    return make(target, givenFields(definition, schemaOf, readDocument(document, { label })));
  }

  function advise(thrown: unknown, label: string, name: string): unknown {
    if (!(thrown instanceof MillraceError) || thrown.code !== "bad-parameters") return thrown;
    return misfit(label, thrown.fields, hint(name));
  }

  function named<T>(block: T, name: string): T {
    if (typeof block === "object" && block !== null) DefinedBlock.nameIt(block, name);
    return block;
  }

  function make<T>(target: new (settings: Input) => T, values: unknown): T {
    const made: T = Reflect.construct(target, [values]);
    return made;
  }

  noteBase(slug, DefinedBlock, callerFile(defineBlock));
  registerBlock(slug, DefinedBlock, DefinedBlock.givenOf);
  return DefinedBlock;
}
