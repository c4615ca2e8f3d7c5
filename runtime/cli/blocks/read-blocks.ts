/** Blocks and types as commands find them: from the orchestrator, and without one what the home has published. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Client } from "../../client/client.ts";
import { connectOrStart } from "../../client/connect.ts";
import { distFolder } from "../../client/install.ts";
import { hideSecrets, isRecord } from "../../protocol/block-data.ts";
import type { BlockDocument, BlockType } from "../../protocol/blocks.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import { didYouMean } from "../../protocol/near-names.ts";

export type ListedBlock = Pick<BlockDocument, "name" | "block_type_slug" | "data"> & Partial<BlockDocument>;

/** What runs without a server know of blocks. */
export function publishedBlocks(home: string): readonly ListedBlock[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(homePaths.published(home), "utf8"));
  } catch {
    return [];
  }
  const blocks = isRecord(content) && isRecord(content["blocks"]) ? content["blocks"] : {};
  return Object.entries(blocks)
    .map(([key, data]) => {
      const at = key.indexOf("/");
      return {
        block_type_slug: key.slice(0, at),
        name: key.slice(at + 1),
        data: isRecord(data) ? hideSecrets(data) : {},
      };
    })
    .sort((left, right) => (left.block_type_slug + left.name < right.block_type_slug + right.name ? -1 : 1));
}

/** Those that come with the programs; for completion, which starts nothing. */
export function builtInTypes(): readonly BlockType[] {
  try {
    const types: readonly BlockType[] = JSON.parse(readFileSync(path.join(distFolder(), "block-types.json"), "utf8"));
    return types;
  } catch {
    return [];
  }
}

export async function withClient<T>(home: string, ask: (client: Client) => Promise<T>): Promise<T> {
  const client = await connectOrStart(home);
  try {
    return await ask(client);
  } finally {
    client.close();
  }
}

/** @throws MillraceError "not-found" with near names. */
export async function findType(client: Client, given: string): Promise<BlockType> {
  const { block_types: types } = await client.request("GET /api/block_types");
  const wanted = given.toLowerCase();
  const found =
    types.find(({ slug }) => slug === given) ??
    types.find(({ slug, class_name }) => slug === wanted || class_name.toLowerCase() === wanted);
  if (found !== undefined) return found;
  const names = types.flatMap(({ slug, class_name }) => [slug, class_name]);
  throw new MillraceError(
    "not-found",
    `There is no block type "${given}".${didYouMean(given, names)} \`millrace blocks types\` lists them; one of your own is registered with: millrace blocks register FILE|PACKAGE`,
  );
}

/** TYPE and NAME, also written as one word. */
export function splitBlock([type = "", name]: readonly string[]): { type: string; name: string | undefined } {
  const at = type.indexOf("/");
  if (at > 0 && name === undefined) return { type: type.slice(0, at), name: type.slice(at + 1) };
  return { type, name };
}

export function needName(name: string | undefined): string {
  if (name !== undefined && name !== "") return name;
  throw new MillraceError("bad-usage", "NAME is missing: write TYPE NAME, as in: local-bucket zoom");
}
