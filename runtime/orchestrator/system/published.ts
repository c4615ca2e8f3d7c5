/** published.json: what runs without a server need to know. Written whole and atomically after each change. */
import { isMissing, replaceFile } from "../../journal/disk.ts";
import type { Disk } from "../../journal/types.ts";
import { homePaths } from "../../protocol/home.ts";
import type { Published } from "../../protocol/published.ts";
import type { SystemFacts } from "./records.ts";

/** A limit that is switched off limits nothing, so it is not published. */
export function publishedOf(facts: SystemFacts, blocks: Published["blocks"]): Published {
  const limits = [...facts.limits.values()]
    .filter(({ active }) => active)
    .map(({ name, limit }) => [name, limit] as const);
  const variables = [...facts.variables.values()].map(({ name, value }) => [name, value] as const);
  return { version: 1, limits: Object.fromEntries(limits), variables: Object.fromEntries(variables), blocks };
}

/** Blocks are no business of this version's orchestrator: what stands there stays. */
export async function writePublished(disk: Disk, home: string, facts: SystemFacts): Promise<void> {
  const file = homePaths.published(home);
  await replaceFile(disk, file, `${JSON.stringify(publishedOf(facts, readBlocks(disk, file)))}\n`);
}

function readBlocks(disk: Disk, file: string): Published["blocks"] {
  try {
    const parsed: Partial<Published> = JSON.parse(Buffer.from(disk.readFile(file)).toString("utf8"));
    return parsed.blocks ?? {};
  } catch (thrown) {
    if (isMissing(thrown) || thrown instanceof SyntaxError) return {};
    throw thrown;
  }
}
