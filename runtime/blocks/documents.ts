/**
 * Block documents: what `Block.load("name")` finds. They stand in $MILLRACE_HOME/published.json, which is written
 * whole and atomically, so a run without a server may read it at any time.
 */
import { readFileSync } from "node:fs";
import { MillraceError, toError } from "../protocol/errors.ts";
import { homeFolder, homePaths } from "../protocol/home.ts";
import { didYouMean } from "../protocol/near-names.ts";

export type BlockDocument = Readonly<Record<string, unknown>>;

/**
 * The document of this block, or undefined when nothing is saved under the name.
 * @throws MillraceError "home-unusable" when published.json cannot be read, "bad-file" when the document is no object.
 */
export function findDocument(type: string, name: string, home: string = homeFolder()): BlockDocument | undefined {
  const file = homePaths.published(home);
  const key = `${type}/${name}`;
  const document = blocksIn(file)[key];
  if (document === undefined) return undefined;
  if (!isRecord(document)) throw new MillraceError("bad-file", `${file}: block "${key}" is not an object`);
  return document;
}

/** The names of the saved documents of a block type, sorted. */
export function documentNames(type: string, home: string = homeFolder()): string[] {
  return Object.keys(blocksIn(homePaths.published(home)))
    .filter((key) => key.startsWith(`${type}/`))
    .map((key) => key.slice(type.length + 1))
    .sort();
}

function blocksIn(file: string): BlockDocument {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    const cause = toError(thrown);
    if ("code" in cause && cause.code === "ENOENT") return {};
    throw new MillraceError("home-unusable", `${file}: it cannot be read (${cause.message})`, { cause });
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new MillraceError("home-unusable", `${file}: it is no JSON; "millrace orchestrator start" writes it again`, {
      cause,
    });
  }
  const blocks = isRecord(content) ? content["blocks"] : undefined;
  return isRecord(blocks) ? blocks : {};
}

export function isRecord(value: unknown): value is BlockDocument {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A block that nobody saved: names what there is and how to get one. */
export function unknownBlock(className: string, type: string, name: string, hasDefault: boolean): MillraceError {
  const names = documentNames(type);
  const known = names.length === 0 ? "none is saved" : `saved are ${names.map((each) => `"${each}"`).join(", ")}`;
  const wayOut = hasDefault
    ? 'use "default", which needs no document'
    : `save it: millrace blocks save ${type} ${JSON.stringify(name)} -f FIELD=VALUE, or in the editor`;
  return new MillraceError(
    "not-found",
    `there is no ${className} block named "${name}" (${known});${didYouMean(name, names)} ${wayOut}`,
  );
}
