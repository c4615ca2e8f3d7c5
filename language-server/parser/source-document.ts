/** An open document: its text, its syntax kept up with each edit, and what was read from it. */
import type { Tree } from "@vscode/tree-sitter-wasm";
import {
  TextDocumentContentChangeEvent as Change,
  type TextDocumentContentChangeEvent,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { grammarOf, type Parsers } from "./grammars.ts";
import { readStatements } from "./read-statements.ts";
import type { Statement } from "./syntax.ts";

/** Longer texts are not read: no flow file is, and a bundle would hold up everything else. In UTF-16 units. */
export const maximumLength = 2_000_000;

export class SourceDocument {
  readonly text: TextDocument;
  /** That it is too long was said. */
  isNoted = false;
  #tree: Tree | null = null;
  #read: { readonly version: number; readonly statements: readonly Statement[] } | undefined;

  constructor(uri: string, languageId: string, version: number, content: string) {
    this.text = TextDocument.create(uri, languageId, version, content);
  }

  get uri(): string {
    return this.text.uri;
  }

  get version(): number {
    return this.text.version;
  }

  get isTooLong(): boolean {
    return this.text.getText().length > maximumLength;
  }

  update(changes: readonly TextDocumentContentChangeEvent[], version: number): void {
    for (const change of changes) {
      if (!Change.isIncremental(change)) {
        this.#drop();
        TextDocument.update(this.text, [change], version);
        continue;
      }
      const [startIndex, oldEndIndex] = [this.text.offsetAt(change.range.start), this.text.offsetAt(change.range.end)];
      const point = (offset: number) => {
        const { line, character } = this.text.positionAt(offset);
        return { row: line, column: character };
      };
      const [startPosition, oldEndPosition] = [point(startIndex), point(oldEndIndex)];
      TextDocument.update(this.text, [change], version);
      const newEndIndex = startIndex + change.text.length;
      const newEndPosition = point(newEndIndex);
      this.#tree?.edit({ startIndex, oldEndIndex, newEndIndex, startPosition, oldEndPosition, newEndPosition });
    }
  }

  /** The statements of the present text; none when it is no source file or too long. */
  statements(parsers: Parsers): readonly Statement[] {
    if (this.#read?.version === this.version) return this.#read.statements;
    const grammar = grammarOf(this.uri);
    if (grammar === undefined || this.isTooLong) {
      this.#drop();
      return [];
    }
    const text = this.text.getText();
    const tree = parsers[grammar].parse(text, this.#tree);
    this.#tree?.delete();
    this.#tree = tree;
    const statements = tree === null ? [] : readStatements(parsers[grammar], tree, text, this.#read?.statements ?? []);
    this.#read = { version: this.version, statements };
    return statements;
  }

  /** Gives the parser's memory back. */
  close(): void {
    this.#drop();
  }

  #drop(): void {
    this.#tree?.delete();
    this.#tree = null;
    this.#read = undefined;
  }
}

/** The statements of a text that is not open. Nothing of the parser's memory is kept. */
export function readText(parsers: Parsers, uri: string, text: string): readonly Statement[] {
  const grammar = grammarOf(uri);
  if (grammar === undefined || text.length > maximumLength) return [];
  const tree = parsers[grammar].parse(text);
  if (tree === null) return [];
  try {
    return readStatements(parsers[grammar], tree, text, []);
  } finally {
    tree.delete();
  }
}
