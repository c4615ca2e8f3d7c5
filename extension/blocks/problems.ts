/** What is wrong with a stored block, in a few words. Pure. */
import type { BlockDocument, SchemaDrift } from "../../runtime/protocol/blocks.ts";
import { formatPlural } from "../../runtime/protocol/formats.ts";

export interface BlockTrouble {
  /** For a line of a list. */
  readonly short: string;
  /** A sentence, with the way out. */
  readonly long: string;
}

export function troubleOf(document: BlockDocument): BlockTrouble | undefined {
  const { drift, unreadable_secrets: unreadable, type_known: isKnown } = document;
  if (!isKnown) {
    const { block_type_name: type, type_module: module } = document;
    return {
      short: "type missing",
      long: `Nothing here has the type ${type} any more: register ${module === null ? "the file or package that declares it" : `${module}, which declared it`}.`,
    };
  }
  if (unreadable.length > 0) {
    const fields = unreadable.join(", ");
    return {
      short: "enter secrets again",
      long: `It was saved with another key than this home has: enter ${fields} again.`,
    };
  }
  if (drift !== null) return { short: "fields changed", long: `${driftWords(drift)}. Open it to review them.` };
  return undefined;
}

/** "2 fields are new, 1 is gone" */
export function driftWords({ added, removed, refused }: SchemaDrift): string {
  const parts = [
    added.length === 0 ? undefined : `${formatPlural(added.length, "field")} ${added.length === 1 ? "is" : "are"} new`,
    removed.length === 0
      ? undefined
      : `${formatPlural(removed.length, "field")} ${removed.length === 1 ? "is" : "are"} gone`,
    refused.length === 0
      ? undefined
      : `${formatPlural(refused.length, "value")} ${refused.length === 1 ? "is" : "are"} refused now`,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}
