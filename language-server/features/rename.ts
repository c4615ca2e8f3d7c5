/** Block names are renamed and found over all `.load("…")` of the workspace. */
import type { Location, TextDocumentEdit, WorkspaceEdit } from "vscode-languageserver/node";
import { blockNameProblem } from "../../runtime/protocol/block-names.ts";
import type { BlockUse, KnownFacts, SitePosition } from "../../runtime/protocol/language.ts";
import type { FileFacts } from "../analysis/facts.ts";
import type { Modules } from "../workspace/resolve.ts";
import { blocksOfType, usesIn } from "./blocks.ts";
import { holds } from "./hover.ts";

/** The block name that the cursor is in. */
export function blockAt(
  modules: Modules,
  file: FileFacts,
  facts: KnownFacts,
  position: SitePosition,
): BlockUse | undefined {
  const isHere = file.blockLoads.some(({ range }) => holds(range, position));
  return isHere ? usesIn(modules, file, facts).find(({ range }) => holds(range, position)) : undefined;
}

/** Everywhere where the same block is loaded. */
export function usesOf(
  modules: Modules,
  files: Iterable<FileFacts>,
  facts: KnownFacts,
  { type, name }: Pick<BlockUse, "type" | "name">,
): BlockUse[] {
  return [...files].flatMap((file) => {
    if (!file.blockLoads.some((load) => load.name === name)) return [];
    return usesIn(modules, file, facts).filter((use) => use.type === type && use.name === name);
  });
}

export function locationsOf(uses: readonly BlockUse[]): Location[] {
  return uses.map(({ uri, range }) => ({ uri, range }));
}

/** Why the block cannot be called so; undefined when it can. */
export function nameProblem(
  facts: KnownFacts,
  { type, name }: Pick<BlockUse, "type" | "name">,
  to: string,
): string | undefined {
  const problem = blockNameProblem(to);
  if (problem !== undefined) return problem;
  const names = blocksOfType(facts, type).map((block) => block.name);
  // A name that nobody has saved is a mistake, which may become any name.
  return names.includes(name) && names.includes(to)
    ? `There is a block named "${to}" of this type already.`
    : undefined;
}

export function renameEdit(uses: readonly BlockUse[], name: string): WorkspaceEdit {
  const byFile = Map.groupBy(uses, ({ uri }) => uri);
  const documentChanges = [...byFile].map(
    ([uri, inFile]): TextDocumentEdit => ({
      textDocument: { uri, version: inFile[0]?.version ?? null },
      edits: inFile.map(({ range }) => ({ range, newText: name })),
    }),
  );
  return { documentChanges };
}
