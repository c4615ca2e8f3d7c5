/** What stands in a stored document → what its block's schema takes: secrets opened, variables read, blocks loaded. */
import { realDisk } from "../journal/disk.ts";
import { readSecret } from "../journal/secrets/files.ts";
import { type FieldProblem, MillraceError, toError } from "../protocol/errors.ts";
import { homeFolder } from "../protocol/home.ts";
import { blockClassOf } from "./block-classes.ts";
import { type BlockDocument, isRecord } from "./documents.ts";
import { SecretText } from "./secret-text.ts";

export interface ReadDocument {
  readonly values: Readonly<Record<string, unknown>>;
  /** Paths of the values that came from variables: texts, also where the schema wants a number. */
  readonly fromEnvironment: readonly (readonly (string | number)[])[];
}

export interface OpenedDocument extends ReadDocument {
  /** What could not be read; its place in `values` is empty. */
  readonly problems: readonly FieldProblem[];
}

export interface ReadContext {
  /** Names the document in messages: `GcsBucket "zoom"`. */
  readonly label: string;
  readonly home?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** @throws MillraceError "bad-parameters" naming document, field and what to do, for all that cannot be read. */
export function readDocument(document: BlockDocument, context: ReadContext): ReadDocument {
  const opened = openDocument(document, context);
  if (opened.problems.length > 0) throw misfit(context.label, opened.problems);
  return opened;
}

export function openDocument(
  document: BlockDocument,
  { home = homeFolder(), environment = process.env }: Omit<ReadContext, "label"> = {},
): OpenedDocument {
  const problems: FieldProblem[] = [];
  const fromEnvironment: (string | number)[][] = [];
  const read = (value: unknown, path: (string | number)[]): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => read(item, [...path, index]));
    if (!isRecord(value)) return value;
    const { $secret, $env, $block } = value;
    const fail = (message: string): undefined => {
      problems.push({ path: pathOf(path), message });
      return undefined;
    };
    if (typeof $secret === "string") {
      try {
        return new SecretText(readSecret(realDisk, home, $secret));
      } catch (thrown) {
        return fail(`the saved secret cannot be read: ${toError(thrown).message}; enter it again`);
      }
    }
    if (typeof $env === "string") {
      const found = environment[$env];
      if (found === undefined || found === "") return fail(`the environment variable ${$env} is not set`);
      fromEnvironment.push(path);
      return found;
    }
    if (typeof $block === "string") {
      try {
        return loadReference($block);
      } catch (thrown) {
        return fail(toError(thrown).message);
      }
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, read(item, [...path, key])]));
  };
  const values = Object.fromEntries(Object.entries(document).map(([key, item]) => [key, read(item, [key])]));
  return { values, fromEnvironment, problems };
}

/** Loaded inside one another: a circle of references would never end. */
const loading: string[] = [];

/** The block of "<slug>/<name>". */
function loadReference(reference: string): unknown {
  const at = reference.indexOf("/");
  const [slug, name] = [reference.slice(0, at), reference.slice(at + 1)];
  const found = blockClassOf(slug);
  const find: unknown = found === undefined ? undefined : Reflect.get(found, "find");
  if (typeof find !== "function") {
    throw new MillraceError(
      "not-found",
      `it refers to the block ${reference}, whose type "${slug}" nobody has defined here: import its class where this block is loaded`,
    );
  }
  if (loading.includes(reference)) {
    throw new MillraceError(
      "conflict",
      `blocks refer to each other in a circle: ${[...loading, reference].join(" → ")}`,
    );
  }
  loading.push(reference);
  try {
    return Reflect.apply(find, found, [name]);
  } finally {
    loading.pop();
  }
}

export function misfit(label: string, fields: readonly FieldProblem[], hint = ""): MillraceError {
  const lines = fields.map(({ path, message }) => `  ${path === "" ? "(the document)" : path}: ${message}`);
  const text = fields.length === 1 ? ` ${lines[0]?.trim()}` : `\n${lines.join("\n")}`;
  return new MillraceError("bad-parameters", `${label}:${text}${hint}`, { fields });
}

/** "hosts[0].password" */
export function pathOf(path: readonly (string | number)[]): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
}
