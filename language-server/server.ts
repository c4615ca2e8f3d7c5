/** Wires the protocol's messages to what answers them. */
import {
  CodeLensRefreshRequest,
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeResult,
  type Position,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
  WatchKind,
} from "vscode-languageserver/node";
import { toError } from "../runtime/protocol/errors.ts";
import { type BlockUse, type KnownFacts, languageMessages } from "../runtime/protocol/language.ts";
import { codeActions } from "./features/code-actions.ts";
import { codeLenses } from "./features/code-lens.ts";
import { blockAt, locationsOf, nameProblem, renameEdit, usesOf } from "./features/rename.ts";
import { documentSymbols, workspaceSymbols } from "./features/symbols.ts";
import { later } from "./later.ts";
import { automationLenses } from "./millrace-json/automation-lenses.ts";
import { isMillraceJson } from "./millrace-json/read.ts";
import { loadParsers } from "./parser/grammars.ts";
import { maximumLength, SourceDocument } from "./parser/source-document.ts";
import { Session } from "./session.ts";
import { readSettings } from "./settings.ts";
import { Announcer } from "./workspace/announcer.ts";
import { canonical, filePath } from "./workspace/uris.ts";
import { type Watching, watch } from "./workspace/watching.ts";
import { outside } from "./workspace/workspace.ts";

/** @param grammars folder of tree-sitter's WebAssembly files */
export async function startServer(connection: Connection, grammars: string): Promise<void> {
  // The editor's first messages wait in the channel until the connection listens.
  const session = new Session(await loadParsers(grammars), (message) => connection.console.log(message));
  const documents = new TextDocuments<SourceDocument>({
    create: (uri, languageId, version, content) => new SourceDocument(uri, languageId, version, content),
    update: (document, changes, version) => {
      document.update(changes, version);
      return document;
    },
  });
  const news = followChanges(connection, session, documents);
  answerLifecycle(connection, session, news);
  answerRequests(connection, session);
  documents.listen(connection);
  connection.listen();
}

interface News {
  readonly watching: Watching;
  /** These files, or what they depend on, are others now. */
  mark(uris: Iterable<string>): void;
}

/** Tells the editor of flows and problems when documents and files change. */
function followChanges(connection: Connection, session: Session, documents: TextDocuments<SourceDocument>): News {
  const { workspace } = session;
  const log = (message: string) => connection.console.log(message);
  const announcer = new Announcer(
    (uri) => workspace.sites(uri),
    (files) => void connection.sendNotification(languageMessages.flows, { files }),
  );
  const changed = new Set<string>();
  /** uri → what other files saw of it when it was announced. */
  const seen = new Map<string, string | undefined>();
  const announce = later(
    () => {
      const uris = [...changed];
      changed.clear();
      const others = uris.filter((uri) => {
        const now = outside(workspace.facts(uri));
        if (seen.get(uri) === now) return false;
        if (now === undefined) seen.delete(uri);
        else seen.set(uri, now);
        return true;
      });
      announcer.announce([...uris, ...(others.length === 0 ? [] : workspace.dependents(others))]);
    },
    80,
    1000,
  );
  // Problems come when the typing pauses: what is half written is no mistake.
  const diagnose = later(
    () => {
      for (const { uri, version } of workspace.documents()) {
        const diagnostics = session.findings(uri).map(({ diagnostic }) => diagnostic);
        void connection.sendDiagnostics({ uri, version, diagnostics });
      }
    },
    300,
    5000,
  );
  const mark = (uris: Iterable<string>) => {
    for (const uri of uris) changed.add(canonical(uri));
    announce.soon();
    diagnose.soon();
  };
  const watching = watch({
    workspace,
    onChanged: mark,
    onIndexed: (files) => {
      session.indexed = true;
      announce.now();
      const flows = [...session.allSites()].reduce((sum, file) => sum + file.flows.length, 0);
      log(`${flows} flows in ${files} source files.`);
      void connection.sendNotification(languageMessages.indexed, { files, flows });
    },
    log,
  });
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
  documents.onDidClose(({ document: { uri } }) => {
    workspace.close(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
    mark([uri]);
  });
  return { watching, mark };
}

function answerLifecycle(connection: Connection, session: Session, { watching, mark }: News): void {
  let canWatch = false;
  let canRefreshLenses = false;
  const read = () => watching.read(session.folders, session.settings.exclude);
  connection.onInitialize(({ initializationOptions, workspaceFolders, capabilities }): InitializeResult => {
    session.settings = readSettings(initializationOptions);
    session.folders = (workspaceFolders ?? []).flatMap(({ uri }) => filePath(uri) ?? []);
    canWatch = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    canRefreshLenses = capabilities.workspace?.codeLens?.refreshSupport === true;
    return {
      serverInfo: { name: "Millrace" },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        codeLensProvider: { resolveProvider: false },
        hoverProvider: true,
        definitionProvider: true,
        referencesProvider: true,
        renameProvider: { prepareProvider: true },
        documentLinkProvider: { resolveProvider: false },
        completionProvider: { triggerCharacters: ['"', "'", "`", "/", ":"] },
        codeActionProvider: { codeActionKinds: ["quickfix"] },
        documentSymbolProvider: { label: "Millrace" },
        workspaceSymbolProvider: true,
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  });
  connection.onInitialized(() => {
    read();
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      const gone = new Set(removed.flatMap(({ uri }) => filePath(uri) ?? []));
      const left = session.folders.filter((folder) => !gone.has(folder));
      session.folders = [...left, ...added.flatMap(({ uri }) => filePath(uri) ?? [])];
      read();
    });
    // The editor tells of a deleted folder once, and not of the files in it.
    const watchers = [{ globPattern: "**", kind: WatchKind.Delete }, { globPattern: "**/tsconfig*.json" }];
    if (canWatch) void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    watching.changed(changes);
    // Imports may lead elsewhere now.
    if (changes.some(({ uri }) => session.workspace.disk.configs.has(canonical(uri)))) read();
  });
  connection.onDidChangeConfiguration(({ settings }) => {
    const { exclude } = session.settings;
    session.settings = readSettings(settings);
    if (JSON.stringify(exclude) !== JSON.stringify(session.settings.exclude)) read();
    if (canRefreshLenses)
      connection
        .sendRequest(CodeLensRefreshRequest.type)
        .catch((error: unknown) => connection.console.warn(String(error)));
  });
  connection.onNotification(languageMessages.facts, (facts: KnownFacts) => {
    session.facts = facts;
    mark([]);
  });
}

function answerRequests(connection: Connection, session: Session): void {
  const { workspace } = session;
  connection.onCodeLens(({ textDocument: { uri } }) => {
    if (isMillraceJson(uri)) return automationLenses(session.workspace.document(uri)?.text, uri);
    const sites = workspace.sites(uri);
    return sites === undefined ? [] : codeLenses(sites, session.settings);
  });
  connection.onHover(({ textDocument: { uri }, position }) => session.hover(uri, position));
  connection.onDefinition(({ textDocument: { uri }, position }) => session.definition(uri, position));
  connection.onDocumentLinks(({ textDocument: { uri } }) => session.links(uri));
  connection.onCompletion(({ textDocument: { uri }, position }) => session.completion(uri, position));
  connection.onCodeAction(({ textDocument: { uri }, range }) => codeActions(uri, session.findings(uri), range));
  connection.onDocumentSymbol(({ textDocument: { uri } }) => {
    const sites = workspace.sites(uri);
    return sites === undefined ? [] : documentSymbols(sites);
  });
  connection.onWorkspaceSymbol(({ query }) =>
    workspaceSymbols(session.allSites(), query, (uri) => session.shortName(uri)),
  );
  const useAt = (uri: string, position: Parameters<typeof blockAt>[3]) => {
    const file = workspace.facts(uri);
    return file === undefined ? undefined : blockAt(workspace, file, session.facts, position);
  };
  const uses = (block: Pick<BlockUse, "type" | "name">) => usesOf(workspace, workspace.files(), session.facts, block);
  connection.onReferences(({ textDocument: { uri }, position }) => {
    const use = useAt(uri, position);
    return use === undefined ? null : locationsOf(uses(use));
  });
  connection.onPrepareRename(({ textDocument: { uri }, position }) => {
    const use = useAt(uri, position);
    return use === undefined ? null : { range: use.range, placeholder: use.name };
  });
  connection.onRenameRequest(async ({ textDocument: { uri }, position, newName: to }) => {
    const use = useAt(uri, position);
    if (use === undefined || use.name === to) return null;
    const problem = nameProblem(session.facts, use, to);
    if (problem !== undefined) return new ResponseError(0, problem);
    const edit = renameEdit(uses(use), to);
    if (session.knownBlockAt(uri, position) !== null) {
      // Code that names a block which is not there yet would be wrong at once: the block goes first.
      const { type, name } = use;
      const refused = await connection
        .sendRequest(languageMessages.renameBlock, { type, name, to })
        .then(() => undefined, toError);
      if (refused !== undefined) return new ResponseError(0, refused.message);
    }
    return edit;
  });
  connection.onRequest(languageMessages.blockUses, (block: Pick<BlockUse, "type" | "name">) => uses(block));
  connection.onRequest(
    languageMessages.blockAt,
    ({ uri, position }: { readonly uri: string; readonly position: Position }) => session.knownBlockAt(uri, position),
  );
  connection.onRequest(languageMessages.graph, ({ uri, flow }: { readonly uri: string; readonly flow: string }) =>
    workspace.graph(uri, flow),
  );
}
