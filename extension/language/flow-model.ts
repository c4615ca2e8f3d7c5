/** What the language server has found, and the conversation with it. */
import type * as Vscode from "vscode";
import { toError } from "../../runtime/protocol/errors.ts";
import type { FileFlows, FlowSite, KnownFacts, LanguageSettings, SiteRange } from "../../runtime/protocol/language.ts";
import type { BlockName } from "../../runtime/protocol/pages.ts";
import type { FlowModel, VscodeApi } from "../context.ts";
import { features } from "../features.ts";
import type { Settings } from "../settings.ts";
import type { LanguageConnection, StartLanguage } from "./connection.ts";
import { mentionsMillrace } from "./mentions.ts";

export interface FlowModelOptions {
  readonly vscode: VscodeApi;
  readonly log: Vscode.LogOutputChannel;
  readonly settings: Settings;
  /** The server's program. */
  readonly module: string;
  readonly startLanguage: StartLanguage;
}

export interface OwnedFlowModel extends FlowModel, Vscode.Disposable {
  /** Ends the server and starts a new one. */
  restart(): Promise<void>;
  /** Who renames a block that is renamed in code. */
  onRenameBlock(rename: (block: BlockName, to: string) => Promise<void>): void;
}

/** Milliseconds that a command waits for a file to be read. */
const readWithin = 15_000;
/** Milliseconds that a look for uses waits for the workspace to be read. */
const indexedWithin = 10_000;
const restartAnswer = "Restart";
const logAnswer = "Show Log";

export function createFlowModel({ vscode, log, settings, module, startLanguage }: FlowModelOptions): OwnedFlowModel {
  const changed = new vscode.EventEmitter<readonly string[]>();
  const files = new Map<string, FileFlows>();
  /** Addresses that the server has told of, be it that there is nothing. */
  const told = new Set<string>();
  let unread = "[]";
  let facts: KnownFacts = { blocks: [], block_types: [], blocks_known: false, types_linked: {} };
  let renameBlock = async (_block: BlockName, _to: string): Promise<void> => {};
  let indexed = false;
  let connection: Promise<LanguageConnection> | undefined;
  let running: LanguageConnection | undefined;
  let disposed = false;

  const setKey = (key: string, value: unknown): void =>
    void vscode.commands.executeCommand("setContext", `millrace.${key}`, value);

  function tellContext(): void {
    const withFlows = [...files.values()].filter((file) => file.flows.length > 0);
    // The editor compares with the path of a resource, which is its own spelling of the file's.
    setKey(
      "flowFiles",
      withFlows.map((file) => vscode.Uri.parse(file.uri).fsPath),
    );
    setKey("hasFlows", withFlows.length > 0);
  }

  const isUnread = (document: Vscode.TextDocument): boolean =>
    !indexed &&
    document.uri.scheme === "file" &&
    !document.fileName.endsWith("millrace.json") &&
    !told.has(document.uri.toString()) &&
    mentionsMillrace(document);

  /** A key that is pressed before the server has answered is not lost: its command waits. */
  function tellUnread(): void {
    const paths = vscode.workspace.textDocuments.filter(isUnread).map(({ uri }) => uri.fsPath);
    if (unread === JSON.stringify(paths)) return;
    unread = JSON.stringify(paths);
    setKey("unreadFiles", paths);
  }

  function onFlows(news: readonly FileFlows[]): void {
    for (const file of news) {
      const uri = vscode.Uri.parse(file.uri).toString();
      told.add(uri);
      if (file.flows.length === 0 && file.tasks.length === 0) files.delete(uri);
      else files.set(uri, { ...file, uri });
    }
    tellContext();
    tellUnread();
    changed.fire(news.map((file) => vscode.Uri.parse(file.uri).toString()));
  }

  function onIndexed(): void {
    indexed = true;
    setKey("indexed", true);
    tellUnread();
    changed.fire([]);
  }

  async function onGivenUp(): Promise<void> {
    const answer = await vscode.window.showErrorMessage(
      "Millrace's language server ended unexpectedly several times and is not started again. Flows are no longer found.",
      restartAnswer,
      logAnswer,
    );
    if (answer === restartAnswer)
      await model.restart().catch((thrown: unknown) => log.error(`language server: ${toError(thrown).message}`));
    else if (answer === logAnswer) log.show();
  }

  const languageSettings = (): LanguageSettings => ({
    codeLens: {
      run: settings.get("codeLens.run"),
      debug: settings.get("codeLens.debug"),
      deploy: features.includes("deployments") && settings.get("codeLens.deploy"),
    },
    exclude: Object.entries(settings.get("files.exclude"))
      .filter(([, on]) => on)
      .map(([glob]) => glob),
    trusted: vscode.workspace.isTrusted,
  });

  async function start(): Promise<LanguageConnection> {
    const began = performance.now();
    const started = await startLanguage({
      vscode,
      log,
      module,
      settings: languageSettings(),
      listeners: {
        onFlows,
        onIndexed,
        onReady: () => running?.tell(facts),
        onRenameBlock: ({ type, name, to }) => renameBlock({ slug: type, name }, to),
        onGivenUp: () => void onGivenUp(),
      },
    });
    if (disposed) {
      await started.stop();
      return started;
    }
    running = started;
    started.tell(facts);
    log.info(`language server: up after ${Math.round(performance.now() - began)} ms`);
    return started;
  }

  const ends: Vscode.Disposable[] = [
    settings.onDidChange((change) => {
      if (change.affectsConfiguration("millrace")) running?.configure(languageSettings());
    }),
    vscode.workspace.onDidOpenTextDocument(tellUnread),
    vscode.workspace.onDidGrantWorkspaceTrust(() => running?.configure(languageSettings())),
  ];

  /** Resolves in time also when the workspace is not read by then. */
  function untilIndexed(): Promise<void> {
    if (indexed) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        listening.dispose();
        resolve();
      };
      const timer = setTimeout(end, indexedWithin);
      const listening = changed.event(() => {
        if (indexed) end();
      });
    });
  }

  const model: OwnedFlowModel = {
    files,
    onDidChange: changed.event,
    get indexed() {
      return indexed;
    },
    wake() {
      if (connection !== undefined || disposed) return;
      tellUnread();
      connection = start();
      connection.catch((thrown: unknown) => {
        log.error(`language server: ${toError(thrown).stack}`);
        void onGivenUp();
      });
    },
    flowAt(uri, position) {
      const flows = files.get(uri.toString())?.flows ?? [];
      return flows
        .filter((flow) => contains(flow.range, position))
        .sort(
          (left, right) =>
            left.range.end.line - left.range.start.line - (right.range.end.line - right.range.start.line),
        )[0];
    },
    read(uri) {
      const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
      if (document === undefined || !isUnread(document)) return Promise.resolve();
      model.wake();
      return new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          listening.dispose();
          resolve();
        };
        const timer = setTimeout(end, readWithin);
        const listening = changed.event(() => {
          if (!isUnread(document)) end();
        });
      });
    },
    callsIn: (uri) => files.get(uri.toString())?.calls ?? [],
    targetOf: (uri, flow) => ({ uri: uri.toString(), export: flow.export, name: flow.name }),
    async graph(target) {
      model.wake();
      const site = siteOf(files, target.uri, target.export, target.name);
      const client = await connection;
      const flow = target.export ?? site?.variable ?? target.name;
      return client === undefined ? null : client.graph(target.uri, flow);
    },
    async blockUses({ slug, name }) {
      model.wake();
      const client = await connection;
      await untilIndexed();
      return client === undefined ? [] : client.blockUses({ type: slug, name });
    },
    async blockAt(uri, { line, character }) {
      // Whoever hovers waits for no server to start.
      return running === undefined ? null : running.blockAt(uri.toString(), { line, character });
    },
    onRenameBlock(rename) {
      renameBlock = rename;
    },
    tell(news) {
      facts = { ...facts, ...news };
      running?.tell(facts);
    },
    async restart() {
      indexed = false;
      if (running === undefined) {
        connection = undefined;
        model.wake();
        await connection;
      } else await running.restart();
    },
    dispose() {
      disposed = true;
      for (const end of ends) end.dispose();
      changed.dispose();
      void running?.stop();
    },
  };
  return model;
}

/** The flow that a target means, as it stands in its file now. */
export function siteOf(
  files: ReadonlyMap<string, FileFlows>,
  uri: string,
  exported: string | null,
  name: string,
): FlowSite | undefined {
  const flows = files.get(uri)?.flows ?? [];
  return flows.find((flow) => (exported === null ? flow.name === name : flow.export === exported));
}

function contains(range: SiteRange, position: { readonly line: number; readonly character: number }): boolean {
  const after =
    position.line > range.start.line ||
    (position.line === range.start.line && position.character >= range.start.character);
  const before =
    position.line < range.end.line || (position.line === range.end.line && position.character <= range.end.character);
  return after && before;
}
