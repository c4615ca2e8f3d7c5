/** Wires the protocol's messages to what answers them. */
import {
  CodeLensRefreshRequest,
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
  WatchKind,
} from "vscode-languageserver/node";
import { languageMessages } from "../runtime/protocol/language.ts";
import { codeLenses } from "./features/code-lens.ts";
import { flowHover } from "./features/hover.ts";
import { documentSymbols, workspaceSymbols } from "./features/symbols.ts";
import { later } from "./later.ts";
import { loadParsers } from "./parser/grammars.ts";
import { maximumLength, SourceDocument } from "./parser/source-document.ts";
import { defaultSettings, readSettings } from "./settings.ts";
import { Announcer } from "./workspace/announcer.ts";
import { relativeTo } from "./workspace/list-files.ts";
import { canonical, filePath } from "./workspace/uris.ts";
import { watch } from "./workspace/watching.ts";
import { Workspace } from "./workspace/workspace.ts";

/** @param grammars folder of tree-sitter's WebAssembly files */
export async function startServer(connection: Connection, grammars: string): Promise<void> {
  const log = (message: string) => connection.console.log(message);
  const loading = loadParsers(grammars);
  loading.catch(() => {});
  // Messages wait until the connection listens, so nothing is lost meanwhile.
  const workspace = new Workspace(await loading, log);
  const documents = new TextDocuments<SourceDocument>({
    create: (uri, languageId, version, content) => new SourceDocument(uri, languageId, version, content),
    update: (document, changes, version) => {
      document.update(changes, version);
      return document;
    },
  });
  let settings = defaultSettings;
  let folders: readonly string[] = [];
  let canWatch = false;
  let canRefreshLenses = false;

  const announcer = new Announcer(
    (uri) => workspace.sites(uri),
    (files) => void connection.sendNotification(languageMessages.flows, { files }),
  );
  const changed = new Set<string>();
  const announce = later(() => {
    const uris = [...changed];
    changed.clear();
    announcer.announce([...uris, ...uris.flatMap((uri) => workspace.dependents(uri))]);
  }, 80);
  const mark = (uris: Iterable<string>) => {
    for (const uri of uris) changed.add(canonical(uri));
    announce.soon();
  };
  const watching = watch({
    workspace,
    onChanged: mark,
    onIndexed: (files) => {
      announce.now();
      const flows = [...workspace.files()].reduce((sum, { uri }) => sum + (workspace.sites(uri)?.flows.length ?? 0), 0);
      log(`${flows} flows in ${files} source files.`);
      void connection.sendNotification(languageMessages.indexed, { files, flows });
    },
    log,
  });

  connection.onInitialize(({ initializationOptions, workspaceFolders, capabilities }): InitializeResult => {
    settings = readSettings(initializationOptions);
    folders = (workspaceFolders ?? []).flatMap(({ uri }) => filePath(uri) ?? []);
    canWatch = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    canRefreshLenses = capabilities.workspace?.codeLens?.refreshSupport === true;
    return {
      serverInfo: { name: "Millrace" },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        codeLensProvider: { resolveProvider: false },
        hoverProvider: true,
        documentSymbolProvider: { label: "Millrace" },
        workspaceSymbolProvider: true,
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  });
  connection.onInitialized(() => {
    watching.read(folders, settings.exclude);
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      const gone = new Set(removed.flatMap(({ uri }) => filePath(uri) ?? []));
      folders = [...folders.filter((folder) => !gone.has(folder)), ...added.flatMap(({ uri }) => filePath(uri) ?? [])];
      watching.read(folders, settings.exclude);
    });
    // The editor tells of a deleted folder once, and not of the files in it.
    const watchers = [{ globPattern: "**", kind: WatchKind.Delete }];
    if (canWatch) void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  });
  connection.onDidChangeConfiguration(({ settings: sent }) => {
    const { exclude } = settings;
    settings = readSettings(sent);
    if (JSON.stringify(exclude) !== JSON.stringify(settings.exclude)) watching.read(folders, settings.exclude);
    if (!canRefreshLenses) return;
    connection.sendRequest(CodeLensRefreshRequest.type).catch((error: unknown) => log(String(error)));
  });
  connection.onDidChangeWatchedFiles(({ changes }) => watching.changed(changes));

  documents.onDidOpen(({ document }) => {
    workspace.open(document);
    mark([document.uri]);
    announce.now();
  });
  documents.onDidChangeContent(({ document }) => {
    if (document.isTooLong && !document.isNoted) {
      document.isNoted = true;
      log(`${document.uri} has more than ${maximumLength} characters: flows in it are not looked for.`);
    }
    mark([document.uri]);
  });
  documents.onDidClose(({ document }) => {
    workspace.close(document.uri);
    mark([document.uri]);
    // What was not saved is gone; what stands on disk counts again.
    watching.changed([{ uri: document.uri, type: 2 }]);
  });

  connection.onCodeLens(({ textDocument: { uri } }) => {
    const sites = workspace.sites(uri);
    return sites === undefined ? [] : codeLenses(sites, settings);
  });
  connection.onHover(({ textDocument: { uri }, position }) => {
    const facts = workspace.facts(uri);
    return facts === undefined ? null : flowHover(workspace, facts, position);
  });
  connection.onDocumentSymbol(({ textDocument: { uri } }) => {
    const sites = workspace.sites(uri);
    return sites === undefined ? [] : documentSymbols(sites);
  });
  connection.onWorkspaceSymbol(({ query }) => {
    const sites = [...workspace.files()].flatMap(({ uri }) => workspace.sites(uri) ?? []);
    return workspaceSymbols(sites, query, (uri) => {
      const file = filePath(uri);
      const folder = folders.find((each) => file?.startsWith(each));
      return file === undefined || folder === undefined ? uri : relativeTo(folder, file);
    });
  });

  connection.onRequest(languageMessages.graph, ({ uri, flow }: { readonly uri: string; readonly flow: string }) =>
    workspace.graph(uri, flow),
  );

  documents.listen(connection);
  connection.listen();
}
