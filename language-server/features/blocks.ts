/** Block names in code: `LocalBucket.load("name")`. */
import type { KnownFacts } from "../../runtime/protocol/language.ts";
import type { BlockLoadFact, FileFacts } from "../analysis/facts.ts";
import { type Modules, resolve } from "../workspace/resolve.ts";

type KnownBlock = KnownFacts["blocks"][number];

/** The class that a block is loaded with, when it is one of millrace's. */
export function blockClass(modules: Modules, file: FileFacts, load: BlockLoadFact): string | undefined {
  const resolved = resolve(modules, file, load.block);
  return resolved?.kind === "block" ? resolved.name : undefined;
}

/** "GcsBucket" is the class of "gcs-bucket", "BigQueryWarehouse" that of "bigquery-warehouse". */
export function isOfClass(block: KnownBlock, className: string): boolean {
  return block.type.replaceAll("-", "").toLowerCase() === className.toLowerCase();
}

export function blocksOfClass(facts: KnownFacts, className: string): KnownBlock[] {
  return facts.blocks.filter((block) => isOfClass(block, className));
}

/** The address of a block's page. */
export function blockUri({ type, name }: KnownBlock): string {
  return `millrace-block:/${encodeURIComponent(type)}/${encodeURIComponent(name)}.millrace-block`;
}
