/** Block names are renamed and found over all `.load("…")` of the workspace. */
import type { Location, TextDocumentEdit, WorkspaceEdit } from "vscode-languageserver/node";
import type { SitePosition } from "../../runtime/protocol/language.ts";
import type { BlockLoadFact, FileFacts } from "../analysis/facts.ts";
import type { Modules } from "../workspace/resolve.ts";
import { blockClass } from "./blocks.ts";
import { holds } from "./hover.ts";

export interface BlockUse {
  readonly className: string;
  readonly load: BlockLoadFact;
}

/** The block name that the cursor is in. */
export function blockAt(modules: Modules, file: FileFacts, position: SitePosition): BlockUse | undefined {
  const load = file.blockLoads.find(({ range }) => holds(range, position));
  const className = load === undefined ? undefined : blockClass(modules, file, load);
  return load === undefined || className === undefined ? undefined : { className, load };
}

/** Everywhere where the same block is loaded. */
export function usesOf(
  modules: Modules,
  files: Iterable<FileFacts>,
  { className, load }: BlockUse,
): { readonly file: FileFacts; readonly loads: readonly BlockLoadFact[] }[] {
  return [...files].flatMap((file) => {
    const loads = file.blockLoads.filter(
      (other) => other.name === load.name && blockClass(modules, file, other) === className,
    );
    return loads.length === 0 ? [] : [{ file, loads }];
  });
}

export function locationsOf(modules: Modules, files: Iterable<FileFacts>, use: BlockUse): Location[] {
  return usesOf(modules, files, use).flatMap(({ file, loads }) => loads.map(({ range }) => ({ uri: file.uri, range })));
}

/** What a new name of a block must be; a sentence when it is not. */
export function nameProblem(name: string): string | undefined {
  if (/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name)) return undefined;
  return `"${name}" cannot be a block's name: use small letters, digits and dashes, as in "zoom-gcs".`;
}

export function renameEdit(modules: Modules, files: Iterable<FileFacts>, use: BlockUse, name: string): WorkspaceEdit {
  const documentChanges = usesOf(modules, files, use).map(
    ({ file, loads }): TextDocumentEdit => ({
      textDocument: { uri: file.uri, version: file.version },
      edits: loads.map(({ range }) => ({ range, newText: name })),
    }),
  );
  return { documentChanges };
}
