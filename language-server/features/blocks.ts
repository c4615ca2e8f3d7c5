/** Block names in code: `LocalBucket.load("name")`. */
import type { BlockUse, KnownFacts } from "../../runtime/protocol/language.ts";
import type { FileFacts } from "../analysis/facts.ts";
import { blocksModule, type Target } from "../analysis/targets.ts";
import { type Modules, resolve } from "../workspace/resolve.ts";
import { labelOf } from "../workspace/sites.ts";
import { canonical } from "../workspace/uris.ts";

type KnownBlock = KnownFacts["blocks"][number];

/** A class that blocks are loaded with. */
export interface BlockClass {
  readonly name: string;
  /** "millrace/blocks", the name of a package, or the address of the file that declares it. */
  readonly module: string;
}

/** The class that a target may stand for; whether it is one of blocks only the known types tell. */
export function blockClass(modules: Modules, file: FileFacts, target: Target): BlockClass | undefined {
  const resolved = resolve(modules, file, target);
  switch (resolved?.kind) {
    case "block":
      return { name: resolved.name, module: blocksModule };
    case "class":
      return { name: resolved.name, module: canonical(resolved.file.uri) };
    case "package":
      return { name: resolved.name, module: resolved.specifier };
    default:
      return undefined;
  }
}

/** The slug of the class's type. Millrace's own classes have one also while no types are known. */
export function typeOf(facts: KnownFacts, { name, module }: BlockClass): string | undefined {
  const known = facts.block_types.find((type) => type.class_name === name && canonical(type.module) === module);
  if (known !== undefined) return known.slug;
  if (module !== blocksModule || facts.block_types.length > 0) return undefined;
  return facts.blocks.find((block) => isOfClass(block, name))?.type ?? slugOf(name);
}

/** "GcsBucket" is the class of "gcs-bucket", "BigQueryWarehouse" that of "bigquery-warehouse". */
function isOfClass(block: KnownBlock, className: string): boolean {
  return block.type.replaceAll("-", "").toLowerCase() === className.toLowerCase();
}

function slugOf(className: string): string {
  return className.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase();
}

export function blocksOfType(facts: KnownFacts, type: string): KnownBlock[] {
  return facts.blocks.filter((block) => block.type === type);
}

/** The blocks that a file loads, in the order of the text. */
export function usesIn(modules: Modules, file: FileFacts, facts: KnownFacts): (BlockUse & { className: string })[] {
  return file.blockLoads.flatMap(({ block, name, range, within }) => {
    const loaded = blockClass(modules, file, block);
    const type = loaded === undefined ? undefined : typeOf(facts, loaded);
    if (loaded === undefined || type === undefined) return [];
    const around = within === null ? undefined : file.definitions[within];
    const { uri, version } = file;
    const label = around === undefined ? null : labelOf(around);
    return [{ type, name, uri, version, range, within: label, className: loaded.name }];
  });
}

/** The address of a block's page. */
export function blockUri({ type, name }: Pick<KnownBlock, "type" | "name">): string {
  return `millrace-block:/${encodeURIComponent(type)}/${encodeURIComponent(name)}`;
}
