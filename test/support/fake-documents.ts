/** Open documents and the cursor in them. Part of fake-vscode.ts. */
import { EventEmitter, Position, Range, Selection, type Uri } from "./fake-vscode-types.ts";

export class FakeDocument {
  readonly uri: Uri;
  languageId: string;
  version = 1;
  isDirty = false;
  isClosed = false;
  eol = 1;
  text: string;
  saves = 0;
  readonly #onSave: (document: FakeDocument) => Promise<boolean> | boolean;

  constructor(
    uri: Uri,
    text: string,
    languageId: string,
    onSave: (document: FakeDocument) => Promise<boolean> | boolean,
  ) {
    this.uri = uri;
    this.text = text;
    this.languageId = languageId;
    this.#onSave = onSave;
  }
  get isUntitled(): boolean {
    return this.uri.scheme === "untitled";
  }
  get fileName(): string {
    return this.uri.fsPath;
  }
  get #lines(): string[] {
    return this.text.split(/\r\n|\n/);
  }
  get lineCount(): number {
    return this.#lines.length;
  }
  getText(range?: Range): string {
    return range === undefined ? this.text : this.text.slice(this.offsetAt(range.start), this.offsetAt(range.end));
  }
  lineAt(at: number | Position) {
    const line = typeof at === "number" ? at : at.line;
    const text = this.#lines[line];
    if (text === undefined) throw new Error(`Illegal value for line: ${line}`);
    const start = text.length - text.trimStart().length;
    return {
      text,
      lineNumber: line,
      range: new Range(line, 0, line, text.length),
      firstNonWhitespaceCharacterIndex: start,
      isEmptyOrWhitespace: start === text.length,
    };
  }
  offsetAt(position: Position): number {
    let offset = 0;
    let line = 0;
    for (const match of this.text.matchAll(/\r\n|\n/g)) {
      if (line === position.line) break;
      line++;
      offset = match.index + match[0].length;
    }
    return Math.min(this.text.length, offset + position.character);
  }
  positionAt(offset: number): Position {
    const before = this.text.slice(0, offset).split(/\r\n|\n/);
    return new Position(before.length - 1, before.at(-1)?.length ?? 0);
  }
  validateRange(range: Range): Range {
    return range;
  }
  async save(): Promise<boolean> {
    this.saves++;
    const saved = await this.#onSave(this);
    if (saved) this.isDirty = false;
    return saved;
  }
}

export class FakeEditor {
  readonly document: FakeDocument;
  selection: Selection;
  revealed: Range | undefined;
  viewColumn = 1;
  constructor(document: FakeDocument, line = 0, character = 0) {
    this.document = document;
    this.selection = new Selection(line, character, line, character);
  }
  get visibleRanges(): readonly Range[] {
    return [new Range(0, 0, this.document.lineCount - 1, 0)];
  }
  revealRange(range: Range): void {
    this.revealed = range;
  }
  /** Inserts all at once: places are those of the text before. */
  async edit(describe: (change: { insert(at: Position, text: string): void }) => void): Promise<boolean> {
    const inserts: { readonly at: Position; readonly text: string }[] = [];
    describe({ insert: (at, text) => void inserts.push({ at, text }) });
    const { document } = this;
    const places = inserts.map(({ at, text }) => ({ offset: document.offsetAt(at), text }));
    for (const { offset, text } of places.sort((one, other) => other.offset - one.offset)) {
      const at = document.positionAt(offset);
      changeDocument(document, new Range(at.line, at.character, at.line, at.character), text);
    }
    return true;
  }
}

export interface FakeChange {
  readonly document: FakeDocument;
  readonly contentChanges: readonly { range: Range; rangeOffset: number; rangeLength: number; text: string }[];
}

/** Replaces text as typing would, and gives the event that the editor sends. */
export function changeDocument(document: FakeDocument, range: Range, text: string): FakeChange {
  const from = document.offsetAt(range.start);
  const to = document.offsetAt(range.end);
  document.text = document.text.slice(0, from) + text + document.text.slice(to);
  document.version++;
  document.isDirty = true;
  return { document, contentChanges: [{ range, rangeOffset: from, rangeLength: to - from, text }] };
}

export function documentEvents() {
  return {
    onDidOpenTextDocument: new EventEmitter<FakeDocument>(),
    onDidCloseTextDocument: new EventEmitter<FakeDocument>(),
    onDidChangeTextDocument: new EventEmitter<FakeChange>(),
    onDidSaveTextDocument: new EventEmitter<FakeDocument>(),
  };
}
