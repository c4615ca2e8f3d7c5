/** A language server of the build as a real process, spoken to as an editor does. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { pathToFileURL } from "node:url";
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import { type FileFlows, languageMessages } from "../../runtime/protocol/language.ts";
import { distFolder } from "./places.ts";

export interface LanguageClient {
  readonly connection: MessageConnection;
  readonly process: ChildProcess;
  /** The newest of each file. */
  readonly flows: ReadonlyMap<string, FileFlows>;
  /** Of the newest `millrace/indexed`. */
  readonly indexed: { readonly files: number; readonly flows: number } | undefined;
  /** The newest diagnostics of each file. */
  readonly diagnostics: ReadonlyMap<string, readonly Problem[]>;
  /** Everything that the server printed or logged. */
  readonly output: readonly string[];
  request<Answer>(method: string, params: unknown): Promise<Answer>;
  notify(method: string, params: unknown): void;
  open(uri: string, text: string, languageId?: string): void;
  change(uri: string, version: number, changes: readonly unknown[]): void;
  close(uri: string): void;
  /** Resolves when it holds; asked after each message of the server. */
  until(holds: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

export interface Problem {
  readonly message: string;
  readonly code?: string;
  readonly source?: string;
  readonly severity?: number;
  readonly range: { readonly start: { readonly line: number }; readonly end: unknown };
}

export async function startLanguageServer(
  folders: readonly string[],
  initializationOptions: unknown = {},
): Promise<LanguageClient> {
  const child = spawn(process.execPath, [path.join(distFolder, "language-server", "main.cjs"), "--stdio"]);
  const output: string[] = [];
  child.stderr.on("data", (text) => output.push(String(text)));
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const flows = new Map<string, FileFlows>();
  const diagnostics = new Map<string, readonly Problem[]>();
  const waiting = new Set<() => void>();
  const heard = () => {
    for (const check of waiting) check();
  };
  connection.onNotification(languageMessages.flows, ({ files }: { files: readonly FileFlows[] }) => {
    for (const file of files) flows.set(file.uri, file);
    heard();
  });
  let indexed: LanguageClient["indexed"];
  connection.onNotification(languageMessages.indexed, (counts: NonNullable<typeof indexed>) => {
    indexed = counts;
    heard();
  });
  connection.onNotification(
    "textDocument/publishDiagnostics",
    ({ uri, diagnostics: problems }: { uri: string; diagnostics: readonly Problem[] }) => {
      diagnostics.set(uri, problems);
      heard();
    },
  );
  connection.onNotification("window/logMessage", ({ message }: { message: string }) => {
    output.push(message);
    heard();
  });
  connection.onNotification(() => heard());
  connection.onRequest("client/registerCapability", () => null);
  connection.onRequest("workspace/codeLens/refresh", () => null);
  connection.listen();
  await connection.sendRequest("initialize", {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: folders.map((folder) => ({ uri: pathToFileURL(folder).href, name: path.basename(folder) })),
    initializationOptions,
    capabilities: {
      workspace: {
        workspaceFolders: true,
        codeLens: { refreshSupport: true },
        didChangeWatchedFiles: { dynamicRegistration: true },
      },
      textDocument: { rename: { prepareSupport: true }, documentSymbol: { hierarchicalDocumentSymbolSupport: true } },
    },
  });
  connection.sendNotification("initialized", {});
  return {
    connection,
    process: child,
    flows,
    get indexed() {
      return indexed;
    },
    diagnostics,
    output,
    request: (method, params) => connection.sendRequest(method, params),
    notify: (method, params) => void connection.sendNotification(method, params),
    open: (uri, text, languageId = "typescript") =>
      void connection.sendNotification("textDocument/didOpen", {
        textDocument: { uri, languageId, version: 1, text },
      }),
    change: (uri, version, contentChanges) =>
      void connection.sendNotification("textDocument/didChange", { textDocument: { uri, version }, contentChanges }),
    close: (uri) => void connection.sendNotification("textDocument/didClose", { textDocument: { uri } }),
    until: (holds) =>
      new Promise((resolve) => {
        const check = () => {
          if (!holds()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    async stop() {
      if (child.exitCode === null) {
        await connection.sendRequest("shutdown");
        const ended = once(child, "exit");
        void connection.sendNotification("exit");
        await ended;
      }
      connection.dispose();
    },
  };
}
