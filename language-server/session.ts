/** One conversation with an editor: what it told us, and the answers that need more than one part of the server. */
import type { CompletionItem, Hover, LocationLink, Position, Range } from "vscode-languageserver/node";
import type { BlockUse, FileFlows, KnownFacts, LanguageSettings } from "../runtime/protocol/language.ts";
import { readSyntax } from "./analysis/read-file.ts";
import { blocksModule } from "./analysis/targets.ts";
import { blockClass, blocksOfType, blockUri, typeOf } from "./features/blocks.ts";
import { blockItems, cronItems, durationItems, timezoneItems } from "./features/completion.ts";
import { typedValue } from "./features/completion-context.ts";
import { type Finding, findings } from "./features/findings.ts";
import { flowHover, holds } from "./features/hover.ts";
import { blockAt } from "./features/rename.ts";
import { jsonFindings } from "./millrace-json/findings.ts";
import { type Flows, references, resolveReference } from "./millrace-json/flow-references.ts";
import { isMillraceJson, type JsonText, readMillraceJson } from "./millrace-json/read.ts";
import type { Parsers } from "./parser/grammars.ts";
import { defaultSettings } from "./settings.ts";
import { relativeTo } from "./workspace/list-files.ts";
import { flowsNamed } from "./workspace/names.ts";
import { canonical, filePath, fileUri } from "./workspace/uris.ts";
import { Workspace } from "./workspace/workspace.ts";

export class Session {
  readonly workspace: Workspace;
  settings: LanguageSettings = defaultSettings;
  facts: KnownFacts = { blocks: [], block_types: [], blocks_known: false, types_linked: {} };
  /** Paths of the workspace folders. */
  folders: readonly string[] = [];
  indexed = false;
  readonly #parsers: Parsers;
  readonly #flows: Flows;

  constructor(parsers: Parsers, log: (message: string) => void) {
    this.#parsers = parsers;
    this.workspace = new Workspace(parsers, log);
    this.#flows = { sites: (uri) => this.workspace.sites(uri), files: () => this.allSites() };
  }

  *allSites(): Generator<FileFlows> {
    for (const { uri } of this.workspace.files()) {
      const sites = this.workspace.sites(uri);
      if (sites !== undefined) yield sites;
    }
  }

  findings(uri: string): Finding[] {
    const document = this.workspace.document(uri);
    if (document === undefined) return [];
    if (isMillraceJson(uri)) {
      return jsonFindings(readMillraceJson(document.text), this.#flows, canonical(uri), this.indexed);
    }
    const file = this.workspace.facts(uri);
    if (file === undefined) return [];
    const folder = this.#folderOf(uri);
    const { workspace } = this;
    return findings({
      modules: workspace,
      file,
      facts: this.facts,
      linked: folder === undefined ? undefined : this.facts.types_linked[fileUri(folder)],
      others: flowsNamed(
        workspace,
        file.definitions.length === 0 ? [] : workspace.files(),
        (other) => folder !== undefined && this.#folderOf(other) === folder,
        (other, line) => `${this.shortName(other)}:${line}`,
      ),
    });
  }

  /** The file's path in its workspace folder. */
  shortName(uri: string): string {
    const [file, folder] = [filePath(uri), this.#folderOf(uri)];
    return file === undefined || folder === undefined ? uri : relativeTo(folder, file);
  }

  hover(uri: string, position: Position): Hover | null {
    const file = this.workspace.facts(uri);
    if (file === undefined) return null;
    // Of a block the editor tells, which has its values.
    return flowHover(this.workspace, file, position);
  }

  /** The block whose name stands here; null when there is none, or nobody has saved it. */
  knownBlockAt(uri: string, position: Position): BlockUse | null {
    const file = this.workspace.facts(uri);
    const use = file === undefined ? undefined : blockAt(this.workspace, file, this.facts, position);
    const isKnown = use !== undefined && blocksOfType(this.facts, use.type).some(({ name }) => name === use.name);
    return isKnown ? use : null;
  }

  completion(uri: string, position: Position): CompletionItem[] {
    const document = this.workspace.document(uri)?.text;
    if (document === undefined) return [];
    if (isMillraceJson(uri)) return this.#jsonCompletion(uri, position);
    const line = document.getText({ start: { line: position.line, character: 0 }, end: position });
    const typed = typedValue(line);
    if (typed === undefined) return [];
    // What stands behind the cursor up to the quote is replaced too.
    const after = document.getText({ start: position, end: { line: position.line + 1, character: 0 } });
    const rest = /^([^"'`,()\r\n]*)["'`]/.exec(after)?.[1]?.length ?? 0;
    const range: Range = {
      start: { line: position.line, character: typed.start },
      end: { line: position.line, character: position.character + rest },
    };
    const file = this.workspace.facts(uri);
    // Other libraries have timeouts too: only files that use millrace are helped.
    if (file === undefined || !file.usesMillrace) return [];
    switch (typed.kind) {
      case "duration":
        return durationItems(line.slice(typed.start), range);
      case "cron":
        return cronItems(range);
      case "block": {
        const type = this.#blockType(uri, typed.variable);
        return type === undefined ? [] : blockItems(this.facts, type, range);
      }
    }
  }

  definition(uri: string, position: Position): LocationLink[] | null {
    if (isMillraceJson(uri)) {
      const reference = this.#jsonAt(uri, position, "flows");
      const target = reference && resolveReference(this.#flows, canonical(uri), reference.text);
      if (reference === undefined || target?.flow === undefined) return null;
      const { range, selection } = target.flow;
      return [
        {
          targetUri: target.file.uri,
          targetRange: range,
          targetSelectionRange: selection,
          originSelectionRange: reference.range,
        },
      ];
    }
    const block = this.knownBlockAt(uri, position);
    if (block === null) return null;
    const top = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
    return [
      {
        targetUri: blockUri(block),
        targetRange: top,
        targetSelectionRange: top,
        originSelectionRange: block.range,
      },
    ];
  }

  /** In millrace.json, each flow reference leads to its source. */
  links(uri: string): { readonly range: Range; readonly target: string; readonly tooltip: string }[] {
    const document = this.workspace.document(uri);
    if (document === undefined || !isMillraceJson(uri)) return [];
    return readMillraceJson(document.text).flows.flatMap(({ text, range }) => {
      const found = resolveReference(this.#flows, canonical(uri), text);
      if (found?.flow === undefined) return [];
      const line = found.flow.selection.start.line + 1;
      return [{ range, target: `${found.file.uri}#L${line}`, tooltip: `Open the flow ${found.flow.name}` }];
    });
  }

  #jsonCompletion(uri: string, position: Position): CompletionItem[] {
    const flow = this.#jsonAt(uri, position, "flows");
    if (flow !== undefined) {
      return references(this.#flows, canonical(uri)).map(({ text, flow: { name, description } }) => ({
        label: text,
        detail: name,
        ...(description === null ? {} : { documentation: description }),
        textEdit: { range: flow.range, newText: text },
      }));
    }
    const cron = this.#jsonAt(uri, position, "crons");
    if (cron !== undefined) return cronItems(cron.range);
    const interval = this.#jsonAt(uri, position, "intervals");
    if (interval !== undefined) return durationItems(interval.text, interval.range);
    const timezone = this.#jsonAt(uri, position, "timezones");
    return timezone === undefined ? [] : timezoneItems(timezone.range);
  }

  #jsonAt(uri: string, position: Position, what: keyof ReturnType<typeof readMillraceJson>): JsonText | undefined {
    const document = this.workspace.document(uri);
    if (document === undefined) return undefined;
    return readMillraceJson(document.text)[what].find(({ range }) => holds(range, position));
  }

  /** The slug of the type whose class a name in a document stands for. */
  #blockType(uri: string, variable: string): string | undefined {
    const [document, file] = [this.workspace.document(uri), this.workspace.facts(uri)];
    if (document === undefined || file === undefined) return undefined;
    const { scope } = readSyntax(document.text, document.statements(this.#parsers));
    const target = scope.named(variable);
    const named = target === undefined ? undefined : blockClass(this.workspace, file, target);
    if (named !== undefined) return typeOf(this.facts, named);
    // A property of a namespace: `blocks.GcsBucket.load("…")`.
    if (target !== undefined || !/^[A-Z]/.test(variable)) return undefined;
    const own = this.facts.block_types.find((type) => type.class_name === variable);
    return own?.slug ?? typeOf(this.facts, { name: variable, module: blocksModule });
  }

  /** The innermost workspace folder of a file. */
  #folderOf(uri: string): string | undefined {
    const file = filePath(uri);
    if (file === undefined) return undefined;
    const around = this.folders.filter((folder) => !relativeTo(folder, file).startsWith("../"));
    return around.sort((a, b) => b.length - a.length)[0];
  }
}
