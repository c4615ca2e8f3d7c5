/** Wires the protocol's messages to what answers them. */
import {
  CodeLensRefreshRequest,
  type Connection,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from "vscode-languageserver/node";
import { type FileFlows, languageMessages } from "../runtime/protocol/language.ts";
import { codeLenses } from "./features/code-lens.ts";
import { loadParsers } from "./parser/grammars.ts";
import { SourceDocument } from "./parser/source-document.ts";
import { defaultSettings, readSettings } from "./settings.ts";
import { Workspace } from "./workspace/workspace.ts";

/** @param grammars folder of tree-sitter's WebAssembly files */
export function startServer(connection: Connection, grammars: string): void {
  const documents = new TextDocuments<SourceDocument>({
    create: (uri, languageId, version, content) => new SourceDocument(uri, languageId, version, content),
    update: (document, changes, version) => {
      document.update(changes, version);
      return document;
    },
  });
  let settings = defaultSettings;
  let workspace: Workspace | undefined;
  /** uri → what the editor was last told, so that it hears changes only. */
  const told = new Map<string, string>();

  connection.onInitialize(async ({ initializationOptions }): Promise<InitializeResult> => {
    settings = readSettings(initializationOptions);
    workspace = new Workspace(await loadParsers(grammars));
    return {
      serverInfo: { name: "Millrace" },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        codeLensProvider: { resolveProvider: false },
      },
    };
  });
  connection.onDidChangeConfiguration(({ settings: sent }) => {
    settings = readSettings(sent);
    connection.sendRequest(CodeLensRefreshRequest.type).catch((error) => connection.console.warn(String(error)));
  });
  documents.onDidOpen(({ document }) => workspace?.open(document));
  documents.onDidClose(({ document }) => {
    workspace?.close(document.uri);
    tell([{ uri: document.uri, version: null, flows: [], tasks: [], calls: [] }]);
  });
  documents.onDidChangeContent(({ document }) => {
    const sites = workspace?.sites(document.uri);
    if (sites !== undefined) tell([sites]);
  });
  connection.onCodeLens(({ textDocument }) => {
    const sites = workspace?.sites(textDocument.uri);
    return sites === undefined ? [] : codeLenses(sites, settings);
  });

  function tell(files: readonly FileFlows[]): void {
    const changed = files.filter((file) => {
      const text = JSON.stringify({ ...file, version: null });
      const empty = file.flows.length === 0 && file.tasks.length === 0 && file.calls.length === 0;
      if (told.get(file.uri) === text || (empty && !told.has(file.uri))) return false;
      if (empty) told.delete(file.uri);
      else told.set(file.uri, text);
      return true;
    });
    if (changed.length > 0) void connection.sendNotification(languageMessages.flows, { files: changed });
  }

  documents.listen(connection);
  connection.listen();
}
