/**
 * The language client, a bundle of its own (dist/extension/language-client.cjs) because it is larger than all the rest
 * and is needed only once there is something to read.
 */
import { CloseAction, ErrorAction, LanguageClient, State, TransportKind } from "vscode-languageclient/node";
import { type FileFlows, type LanguageSettings, languageMessages } from "../../runtime/protocol/language.ts";
import type { LanguageConnection, LanguageOptions } from "./connection.ts";

/** So many crashes within three minutes, and it is not started again by itself. */
const mostCrashes = 4;
const crashWindow = 180_000;

const languages = ["typescript", "typescriptreact", "javascript", "javascriptreact"];

export async function startLanguage(options: LanguageOptions): Promise<LanguageConnection> {
  const { vscode, log, module, listeners } = options;
  let settings: LanguageSettings = options.settings;
  let crashes: number[] = [];
  let stopping = false;

  const server = { module, transport: TransportKind.ipc, options: { execArgv: [] } };
  const watchers = ["**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}", "**/millrace.json"].map((glob) =>
    vscode.workspace.createFileSystemWatcher(glob),
  );
  const client = new LanguageClient(
    "millrace",
    "Millrace Language Server",
    { run: server, debug: server },
    {
      documentSelector: [
        ...languages.flatMap((language) => [
          { scheme: "file", language },
          { scheme: "untitled", language },
        ]),
        { scheme: "file", pattern: "**/millrace.json" },
      ],
      outputChannel: log,
      initializationOptions: settings,
      synchronize: { fileEvents: watchers },
      diagnosticCollectionName: "millrace",
      initializationFailedHandler: (error) => {
        log.error(`language server: ${String(error)}`);
        return false;
      },
      errorHandler: {
        error: (error) => {
          log.warn(`language server: ${error.message}`);
          return { action: ErrorAction.Continue, handled: true };
        },
        closed: () => {
          if (stopping) return { action: CloseAction.DoNotRestart, handled: true };
          const now = Date.now();
          crashes = [...crashes.filter((time) => now - time < crashWindow), now];
          log.warn(`language server: ended unexpectedly (${crashes.length} within three minutes)`);
          if (crashes.length <= mostCrashes) return { action: CloseAction.Restart, handled: true };
          listeners.onGivenUp();
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
    },
  );
  client.onNotification(languageMessages.flows, ({ files }: { files: readonly FileFlows[] }) =>
    listeners.onFlows(files),
  );
  client.onNotification(languageMessages.indexed, () => listeners.onIndexed());
  client.onRequest(
    languageMessages.renameBlock,
    (block: Parameters<typeof listeners.onRenameBlock>[0]): Promise<null> =>
      listeners.onRenameBlock(block).then(() => null),
  );
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Running) listeners.onReady();
  });
  const send = (method: string, parameters: unknown): void => {
    if (client.state !== State.Running) return;
    client.sendNotification(method, parameters).catch((thrown: unknown) => log.warn(`language server: ${thrown}`));
  };

  try {
    await client.start();
  } catch (thrown) {
    for (const watcher of watchers) watcher.dispose();
    throw thrown;
  }
  return {
    graph: (uri, flow) => client.sendRequest(languageMessages.graph, { uri, flow }),
    blockUses: (block) => client.sendRequest(languageMessages.blockUses, block),
    blockAt: (uri, position) => client.sendRequest(languageMessages.blockAt, { uri, position }),
    tell: (facts) => send(languageMessages.facts, facts),
    configure(next) {
      settings = next;
      send("workspace/didChangeConfiguration", { settings });
    },
    async restart() {
      crashes = [];
      if (client.state === State.Running) await client.restart();
      else await client.start();
    },
    async stop() {
      stopping = true;
      for (const watcher of watchers) watcher.dispose();
      await client.dispose();
    },
  };
}
