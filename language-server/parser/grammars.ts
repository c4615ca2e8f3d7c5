/** tree-sitter, compiled to WebAssembly by VS Code's makers, and the two grammars that read flow files. */
import path from "node:path";
import type { Parser } from "@vscode/tree-sitter-wasm";
import treeSitter from "@vscode/tree-sitter-wasm";

/** Which grammar reads a file: "tsx" also reads JavaScript with or without JSX. */
export type Grammar = "typescript" | "tsx";

export type Parsers = Readonly<Record<Grammar, Parser>>;

/** @param folder where tree-sitter.wasm and the grammars lie */
export async function loadParsers(folder: string): Promise<Parsers> {
  await treeSitter.Parser.init({ locateFile: (name) => path.join(folder, name) });
  const [typescript, tsx] = await Promise.all(
    ["typescript", "tsx"].map(async (name) => {
      const parser = new treeSitter.Parser();
      return parser.setLanguage(await treeSitter.Language.load(path.join(folder, `tree-sitter-${name}.wasm`)));
    }),
  );
  if (typescript === undefined || tsx === undefined) throw new Error(`${folder} has no grammars`);
  return { typescript, tsx };
}

/** The grammar by the file's name; undefined when it is no source file. */
export function grammarOf(uri: string): Grammar | undefined {
  const match = /\.(?:([cm]?ts)|(tsx|[cm]?js|jsx))$/i.exec(uri);
  if (match === null || /\.d\.[cm]?ts$/i.test(uri)) return undefined;
  return match[1] === undefined ? "tsx" : "typescript";
}
