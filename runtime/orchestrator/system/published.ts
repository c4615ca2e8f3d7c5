/** published.json: what runs without a server need to know. Written whole and atomically after each change. */
import { replaceFile } from "../../journal/disk.ts";
import type { Disk } from "../../journal/types.ts";
import { homePaths } from "../../protocol/home.ts";
import type { Published } from "../../protocol/published.ts";
import type { SystemFacts } from "./records.ts";

/** A limit that is switched off limits nothing, so it is not published. */
export function publishedOf(facts: SystemFacts): Published {
  const limits = [...facts.limits.values()]
    .filter(({ active }) => active)
    .map(({ name, limit }) => [name, limit] as const);
  const variables = [...facts.variables.values()].map(({ name, value }) => [name, value] as const);
  const blocks = [...facts.blocks].map(([key, { data }]) => [key, data] as const);
  return {
    version: 1,
    limits: Object.fromEntries(limits),
    variables: Object.fromEntries(variables),
    blocks: Object.fromEntries(blocks),
  };
}

export async function writePublished(disk: Disk, home: string, facts: SystemFacts): Promise<void> {
  await replaceFile(disk, homePaths.published(home), `${JSON.stringify(publishedOf(facts))}\n`);
}

/** One after the other, each with all that is true by then: the last one written is the newest. */
export function createPublisher(disk: Disk, home: string, facts: SystemFacts): () => Promise<void> {
  let publishing: Promise<void> = Promise.resolve();
  return () => {
    publishing = publishing.catch(() => {}).then(() => writePublished(disk, home, facts));
    return publishing;
  };
}
