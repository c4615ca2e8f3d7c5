/** What is told of a block class to whoever does not load it: its schema, where its secrets stand, how code loads it. */
import { blockReferencesOf, secretFieldsOf } from "../protocol/block-data.ts";
import type { BlockSchema, BlockType } from "../protocol/blocks.ts";
import { sha256 } from "../protocol/sha256.ts";
import { jsonSchema } from "../sdk/schema-facts.ts";
import { z } from "../sdk/z.ts";
import { type AnyBlockClass, isBlockClass } from "./block-classes.ts";
import type { BlockDefinition } from "./define.ts";
import { isRecord } from "./documents.ts";

export interface DescribeBlocksOptions {
  /** What code imports the classes from. */
  readonly module: string;
  readonly version: string;
  readonly isProtected: boolean;
  /** The SVG of one of Millrace's own logos. */
  readonly logoOf?: (name: string) => string | undefined;
}

type Definition = BlockDefinition<unknown, unknown>;

/** The block classes among a module's exports; a class that is exported twice is one. */
export function blockClassesIn(namespace: Readonly<Record<string, unknown>>): ReadonlyMap<string, AnyBlockClass> {
  const inner = namespace["default"];
  const exported = [...Object.entries(namespace), ...(isRecord(inner) ? Object.entries(inner) : [])];
  const found = new Map<AnyBlockClass, string>();
  for (const [name, value] of exported) {
    if (!isBlockClass(value)) continue;
    const known = found.get(value);
    if (known === undefined || known === "default") found.set(value, name);
  }
  return new Map([...found].map(([block, name]) => [name, block]));
}

export function describeBlocks(
  namespace: Readonly<Record<string, unknown>>,
  options: DescribeBlocksOptions,
): readonly BlockType[] {
  return [...blockClassesIn(namespace)].flatMap(([name, block]) => {
    const definition = definitionOf(block);
    return definition === undefined ? [] : [describe(name, block, definition, options)];
  });
}

function describe(
  exported: string,
  block: AnyBlockClass,
  definition: Definition,
  { module, version, isProtected, logoOf }: DescribeBlocksOptions,
): BlockType {
  const className = exported === "default" ? block.name : exported;
  const { logo } = definition;
  return {
    slug: definition.slug,
    name: definition.title,
    class_name: className,
    module,
    description: definition.description,
    logo: logo === undefined ? null : logo.trimStart().startsWith("<svg") ? logo : (logoOf?.(logo) ?? null),
    category: definition.category,
    code_example: definition.example ?? exampleOf(exported, className, module),
    is_protected: isProtected,
    schema: schemaOf(definition, version),
    testable: isTestable(block),
  };
}

function exampleOf(exported: string, className: string, module: string): string {
  const names = exported === "default" ? className : `{ ${className} }`;
  const variable = className.charAt(0).toLowerCase() + className.slice(1);
  return `import ${names} from ${JSON.stringify(module)};\n\nconst ${variable} = await ${className}.load("NAME");`;
}

export function schemaOf(definition: Definition, version: string): BlockSchema {
  const { $schema: _, ...fields } = jsonSchema(definition.schema(z)) ?? { type: "object" };
  return {
    checksum: `sha256:${sha256(JSON.stringify(shape(fields)), "hex")}`,
    version,
    fields: withRenamed(fields, definition.renamed),
    secret_fields: secretFieldsOf(fields),
    block_references: blockReferencesOf(fields),
  };
}

/** Old names stand in the schema too: whoever compares a document with it knows what became of a field. */
function withRenamed(
  fields: Readonly<Record<string, unknown>>,
  renamed: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, unknown>> {
  return renamed === undefined ? fields : { ...fields, "x-renamed": renamed };
}

/** What a document must fit: words for people may change without a new schema. Keys in one order. */
function shape(value: unknown, isSchema = true): unknown {
  if (Array.isArray(value)) return value.map((item) => shape(item));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !(isSchema && words.has(key)))
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, item]) => [key, shape(item, !(isSchema && holders.has(key)))]),
  );
}

const words: ReadonlySet<string> = new Set(["title", "description", "examples", "default"]);
/** Keywords whose keys are names, not keywords. */
const holders: ReadonlySet<string> = new Set(["properties", "$defs", "definitions", "patternProperties"]);

/** Whether the class says how it is tested: the base's own `test` looks at nothing. */
function isTestable(block: AnyBlockClass): boolean {
  for (let at = block.prototype; at !== null && at !== undefined; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, "test")) return !Object.hasOwn(at.constructor, "blockDefinition");
  }
  return false;
}

function definitionOf(block: AnyBlockClass): Definition | undefined {
  const definition: Definition | undefined = Reflect.get(block, "blockDefinition");
  return typeof definition?.schema === "function" ? definition : undefined;
}
