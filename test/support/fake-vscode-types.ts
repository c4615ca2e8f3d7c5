/** The value classes of the editor's API, as far as the extension uses them. Part of fake-vscode.ts. */
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export class Disposable {
  readonly #end: () => void;
  constructor(end: () => void) {
    this.#end = end;
  }
  static from(...all: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const one of all) one.dispose();
    });
  }
  dispose(): void {
    this.#end();
  }
}

export class EventEmitter<T> {
  readonly #listeners = new Set<(event: T) => unknown>();
  readonly event = (listener: (event: T) => unknown, self?: unknown, owners?: Disposable[]): Disposable => {
    const bound = self === undefined ? listener : listener.bind(self);
    this.#listeners.add(bound);
    const ended = new Disposable(() => this.#listeners.delete(bound));
    owners?.push(ended);
    return ended;
  };
  fire(event: T): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
  dispose(): void {
    this.#listeners.clear();
  }
  get listeners(): number {
    return this.#listeners.size;
  }
}

interface UriParts {
  readonly scheme: string;
  readonly authority?: string;
  readonly path?: string;
  readonly query?: string;
  readonly fragment?: string;
}

export class Uri {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
  private constructor(parts: UriParts) {
    this.scheme = parts.scheme;
    this.authority = parts.authority ?? "";
    this.path = parts.path ?? "";
    this.query = parts.query ?? "";
    this.fragment = parts.fragment ?? "";
  }
  static file(file: string): Uri {
    return new Uri({ scheme: "file", path: decodeURIComponent(pathToFileURL(file).pathname) });
  }
  static from(parts: UriParts): Uri {
    return new Uri(parts);
  }
  static parse(text: string): Uri {
    const match = /^([^:/?#]+):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(text);
    if (match === null) throw new Error(`no address: ${text}`);
    const part = (index: number): string => decodeURIComponent(match[index] ?? "");
    return new Uri({ scheme: part(1), authority: part(2), path: part(3), query: part(4), fragment: part(5) });
  }
  static joinPath(base: Uri, ...segments: string[]): Uri {
    return base.with({ path: path.posix.join(base.path, ...segments) });
  }
  with(change: Partial<UriParts>): Uri {
    return new Uri({
      scheme: this.scheme,
      authority: this.authority,
      path: this.path,
      query: this.query,
      fragment: this.fragment,
      ...change,
    });
  }
  get fsPath(): string {
    return this.scheme === "file"
      ? fileURLToPath(`file://${this.path.split("/").map(encodeURIComponent).join("/")}`)
      : this.path;
  }
  toString(): string {
    const encoded = this.path.split("/").map(encodeURIComponent).join("/");
    const authority = this.authority !== "" || this.scheme === "file" ? `//${this.authority}` : "";
    const query = this.query === "" ? "" : `?${encodeURIComponent(this.query)}`;
    return `${this.scheme}:${authority}${encoded}${query}${this.fragment === "" ? "" : `#${encodeURIComponent(this.fragment)}`}`;
  }
  toJSON(): UriParts {
    return { scheme: this.scheme, authority: this.authority, path: this.path, query: this.query };
  }
}

export class Position {
  readonly line: number;
  readonly character: number;
  constructor(line: number, character: number) {
    this.line = line;
    this.character = character;
  }
  compareTo(other: Position): number {
    return this.line - other.line || this.character - other.character;
  }
  isBefore(other: Position): boolean {
    return this.compareTo(other) < 0;
  }
  isAfter(other: Position): boolean {
    return this.compareTo(other) > 0;
  }
  isEqual(other: Position): boolean {
    return this.compareTo(other) === 0;
  }
  isBeforeOrEqual(other: Position): boolean {
    return this.compareTo(other) <= 0;
  }
  isAfterOrEqual(other: Position): boolean {
    return this.compareTo(other) >= 0;
  }
}

export class Range {
  readonly start: Position;
  readonly end: Position;
  constructor(start: Position | number, end: Position | number, endLine?: number, endCharacter?: number) {
    if (typeof start === "number" && typeof end === "number") {
      this.start = new Position(start, end);
      this.end = new Position(endLine ?? start, endCharacter ?? end);
    } else if (start instanceof Position && end instanceof Position) {
      this.start = start;
      this.end = end;
    } else throw new TypeError("a range takes two positions or four numbers");
  }
  get isEmpty(): boolean {
    return this.start.isEqual(this.end);
  }
  get isSingleLine(): boolean {
    return this.start.line === this.end.line;
  }
  contains(what: Position | Range): boolean {
    if (what instanceof Range) return this.contains(what.start) && this.contains(what.end);
    return this.start.isBeforeOrEqual(what) && this.end.isAfterOrEqual(what);
  }
  intersection(other: Range): Range | undefined {
    const start = this.start.isAfter(other.start) ? this.start : other.start;
    const end = this.end.isBefore(other.end) ? this.end : other.end;
    return start.isAfter(end) ? undefined : new Range(start, end);
  }
  isEqual(other: Range): boolean {
    return this.start.isEqual(other.start) && this.end.isEqual(other.end);
  }
}

export class Selection extends Range {
  get anchor(): Position {
    return this.start;
  }
  get active(): Position {
    return this.end;
  }
}

export class Location {
  readonly uri: Uri;
  readonly range: Range;
  constructor(uri: Uri, range: Range | Position) {
    this.uri = uri;
    this.range = range instanceof Range ? range : new Range(range, range);
  }
}

export class ThemeColor {
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }
}

export class ThemeIcon {
  static readonly File = new ThemeIcon("file");
  static readonly Folder = new ThemeIcon("folder");
  readonly id: string;
  readonly color: ThemeColor | undefined;
  constructor(id: string, color?: ThemeColor) {
    this.id = id;
    this.color = color;
  }
}

export class MarkdownString {
  value: string;
  isTrusted: unknown = undefined;
  supportThemeIcons: boolean;
  supportHtml = false;
  constructor(value = "", supportThemeIcons = false) {
    this.value = value;
    this.supportThemeIcons = supportThemeIcons;
  }
  appendText(text: string): this {
    this.value += text.replace(/[\\`*_{}[\]()#+\-!~<>|]/g, "\\$&");
    return this;
  }
  appendMarkdown(text: string): this {
    this.value += text;
    return this;
  }
  appendCodeblock(text: string, language = ""): this {
    this.value += `\n\`\`\`${language}\n${text}\n\`\`\`\n`;
    return this;
  }
}

export class TreeItem {
  label: unknown;
  resourceUri: Uri | undefined;
  collapsibleState: number;
  id: string | undefined;
  description: unknown;
  tooltip: unknown;
  iconPath: unknown;
  contextValue: string | undefined;
  command: unknown;
  accessibilityInformation: unknown;
  constructor(label: unknown, collapsibleState = 0) {
    if (label instanceof Uri) this.resourceUri = label;
    else this.label = label;
    this.collapsibleState = collapsibleState;
  }
}

export class CodeLens {
  readonly range: Range;
  command: unknown;
  constructor(range: Range, command?: unknown) {
    this.range = range;
    this.command = command;
  }
  get isResolved(): boolean {
    return this.command !== undefined;
  }
}

export class InlayHintLabelPart {
  value: string;
  tooltip: unknown;
  command: unknown;
  location: unknown;
  constructor(value: string) {
    this.value = value;
  }
}

export class InlayHint {
  readonly position: Position;
  label: unknown;
  kind: number | undefined;
  tooltip: unknown;
  paddingLeft: boolean | undefined;
  paddingRight: boolean | undefined;
  constructor(position: Position, label: unknown, kind?: number) {
    this.position = position;
    this.label = label;
    this.kind = kind;
  }
}

export class Hover {
  readonly contents: unknown[];
  readonly range: Range | undefined;
  constructor(contents: unknown, range?: Range) {
    this.contents = Array.isArray(contents) ? contents : [contents];
    this.range = range;
  }
}

export class Diagnostic {
  range: Range;
  message: string;
  severity: number;
  source: string | undefined;
  code: unknown;
  relatedInformation: unknown;
  tags: unknown;
  constructor(range: Range, message: string, severity = 0) {
    this.range = range;
    this.message = message;
    this.severity = severity;
  }
}

export class DiagnosticRelatedInformation {
  readonly location: Location;
  readonly message: string;
  constructor(location: Location, message: string) {
    this.location = location;
    this.message = message;
  }
}

export class WorkspaceEdit {
  readonly #edits = new Map<string, { uri: Uri; edits: { range: Range; newText: string }[] }>();

  replace(uri: Uri, range: Range, newText: string): void {
    const known = this.#edits.get(uri.toString()) ?? { uri, edits: [] };
    known.edits.push({ range, newText });
    this.#edits.set(uri.toString(), known);
  }

  entries(): [Uri, { range: Range; newText: string }[]][] {
    return [...this.#edits.values()].map(({ uri, edits }) => [uri, edits]);
  }
}

export class CodeActionKind {
  static readonly Empty = new CodeActionKind("");
  static readonly QuickFix = new CodeActionKind("quickfix");
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

export class CodeAction {
  readonly title: string;
  readonly kind: CodeActionKind | undefined;
  command: unknown;
  diagnostics: unknown;
  isPreferred: boolean | undefined;
  constructor(title: string, kind?: CodeActionKind) {
    this.title = title;
    this.kind = kind;
  }
}

export class RelativePattern {
  readonly baseUri: Uri;
  readonly pattern: string;
  constructor(base: Uri | { uri: Uri } | string, pattern: string) {
    this.baseUri = base instanceof Uri ? base : typeof base === "string" ? Uri.file(base) : base.uri;
    this.pattern = pattern;
  }
  get base(): string {
    return this.baseUri.fsPath;
  }
}

export class CancellationTokenSource {
  readonly #emitter = new EventEmitter<void>();
  readonly token = { isCancellationRequested: false, onCancellationRequested: this.#emitter.event };
  cancel(): void {
    if (this.token.isCancellationRequested) return;
    this.token.isCancellationRequested = true;
    this.#emitter.fire();
  }
  dispose(): void {
    this.#emitter.dispose();
  }
}

export class CancellationError extends Error {}

export class TabInputText {
  readonly uri: Uri;
  constructor(uri: Uri) {
    this.uri = uri;
  }
}

export class TabInputCustom {
  readonly uri: Uri;
  readonly viewType: string;
  constructor(uri: Uri, viewType: string) {
    this.uri = uri;
    this.viewType = viewType;
  }
}

export class FileSystemError extends Error {
  readonly code: string;
  constructor(code: string, what: unknown) {
    super(`${code}: ${String(what)}`);
    this.code = code;
  }
  static FileNotFound(what?: unknown): FileSystemError {
    return new FileSystemError("FileNotFound", what);
  }
  static NoPermissions(what?: unknown): FileSystemError {
    return new FileSystemError("NoPermissions", what);
  }
}

export class ShellExecution {
  readonly commandLine: string;
  readonly options: { readonly cwd?: string } | undefined;
  constructor(commandLine: string, options?: { readonly cwd?: string }) {
    this.commandLine = commandLine;
    this.options = options;
  }
}

export class Task {
  readonly definition: unknown;
  readonly scope: unknown;
  readonly name: string;
  readonly source: string;
  readonly execution: unknown;
  presentationOptions: unknown;
  constructor(definition: unknown, scope: unknown, name: string, source: string, execution: unknown) {
    this.definition = definition;
    this.scope = scope;
    this.name = name;
    this.source = source;
    this.execution = execution;
  }
}
