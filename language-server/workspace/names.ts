/** Flows of a workspace folder that share a name. */
import type { SiteRange } from "../../runtime/protocol/language.ts";
import type { DefinitionFact, FileFacts } from "../analysis/facts.ts";
import { kindOf, type Modules } from "./resolve.ts";
import { labelOf } from "./sites.ts";

/** Tests name their flows as they like: nobody looks for these in a list. */
const testFile = /(?:\.(?:test|spec)\.[cm]?[jt]sx?|\/__tests__\/.*)$/;

export interface Place {
  readonly uri: string;
  readonly range: SiteRange;
  /** For the message: the file's path in the workspace, and the line. */
  readonly words: string;
}

/** @param inFolder whether a file is in the same workspace folder */
export function flowsNamed(
  modules: Modules,
  files: Iterable<FileFacts>,
  inFolder: (uri: string) => boolean,
  words: (uri: string, line: number) => string,
): (name: string, except: DefinitionFact) => Place[] {
  const byName = new Map<string, { readonly definition: DefinitionFact; readonly uri: string }[]>();
  for (const file of files) {
    if (!inFolder(file.uri) || testFile.test(file.uri)) continue;
    for (const definition of file.definitions) {
      if (definition.inFunction || definition.exports.length === 0) continue;
      if (kindOf(modules, file, definition) !== "flow") continue;
      const name = labelOf(definition);
      const same = byName.get(name);
      if (same === undefined) byName.set(name, [{ definition, uri: file.uri }]);
      else same.push({ definition, uri: file.uri });
    }
  }
  return (name, except) => {
    const all = byName.get(name) ?? [];
    if (!all.some(({ definition }) => definition === except)) return [];
    return all
      .filter(({ definition }) => definition !== except)
      .map(({ definition, uri }) => ({
        uri,
        range: definition.selection,
        words: words(uri, definition.selection.start.line + 1),
      }));
  };
}
