import { createRequire } from "node:module";
import path from "node:path";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { FileFacts } from "../../../language-server/analysis/facts.ts";
import { readFile } from "../../../language-server/analysis/read-file.ts";
import { loadParsers } from "../../../language-server/parser/grammars.ts";
import { readText } from "../../../language-server/parser/source-document.ts";
import { sitesOf } from "../../../language-server/workspace/sites.ts";
import type { FileFlows } from "../../../runtime/protocol/language.ts";

export const grammarFolder = path.dirname(createRequire(import.meta.url).resolve("@vscode/tree-sitter-wasm"));
export const parsers = await loadParsers(grammarFolder);

export function factsOf(text: string, uri = "file:///project/flow.ts"): FileFacts {
  return readFile(TextDocument.create(uri, "typescript", 1, text), 1, readText(parsers, uri, text));
}

/** What the editor is told of files that import each other by relative paths. */
export function sitesIn(files: Readonly<Record<string, string>>, name: string): FileFlows {
  const facts = new Map(
    Object.entries(files).map(([file, text]) => {
      const uri = `file:///project/${file}`;
      return [uri, factsOf(text, uri)] as const;
    }),
  );
  const file = facts.get(`file:///project/${name}`);
  if (file === undefined) throw new Error(`no file ${name}`);
  return sitesOf({ imported: (from, specifier) => facts.get(new URL(specifier, from).href) }, file);
}

export function sitesOfText(text: string, name = "flow.ts"): FileFlows {
  return sitesIn({ [name]: text }, name);
}

/** The text at a range. */
export function at(text: string, range: { readonly start: Place; readonly end: Place }): string {
  const document = TextDocument.create("file:///text", "", 1, text);
  return text.slice(document.offsetAt(range.start), document.offsetAt(range.end));
}

interface Place {
  readonly line: number;
  readonly character: number;
}
