/**
 * An editor in memory: what the extension registers and shows is recorded, what a user would do is called. It stands in
 * for the injected `vscode`, so that the extension's logic runs in a plain Node. What it lacks throws by being undefined.
 */
import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { ExtensionContext } from "vscode";
import type { VscodeApi } from "../../extension/context.ts";
import { changeDocument, documentEvents, FakeDocument, FakeEditor } from "./fake-documents.ts";
import * as types from "./fake-vscode-types.ts";
import { Disposable, EventEmitter, type Range, Uri } from "./fake-vscode-types.ts";

export { FakeDocument, FakeEditor } from "./fake-documents.ts";
export * from "./fake-vscode-types.ts";

export interface FakeMessage {
  readonly level: "information" | "warning" | "error";
  readonly text: string;
  readonly buttons: readonly string[];
  readonly modal: boolean;
  readonly detail: string | undefined;
}

export interface FakeStatusBarItem {
  readonly id: string;
  text: string;
  tooltip: unknown;
  command: unknown;
  name: string | undefined;
  backgroundColor: unknown;
  accessibilityInformation: unknown;
  visible: boolean;
}

export interface FakeTreeView {
  readonly id: string;
  readonly options: { readonly treeDataProvider: unknown; readonly showCollapseAll?: boolean };
  badge: unknown;
  message: string | undefined;
  description: string | undefined;
  title: string | undefined;
  visible: boolean;
}

export interface FakeFileSystem {
  readFile(uri: Uri): Promise<Uint8Array>;
}

export type FakeVscode = ReturnType<typeof fakeVscode>;

export interface FakeOptions {
  /** Absolute folders of the workspace. */
  readonly folders?: readonly string[];
  readonly trusted?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export function fakeVscode({ folders = [], trusted = true, settings = {} }: FakeOptions = {}) {
  const contextKeys = new Map<string, unknown>();
  const executed: { command: string; args: readonly unknown[] }[] = [];
  const handlers = new Map<string, (...args: unknown[]) => unknown>();
  const messages: FakeMessage[] = [];
  const statusBarItems: FakeStatusBarItem[] = [];
  const treeViews: FakeTreeView[] = [];
  const webviewViews = new Map<string, unknown>();
  const customEditors = new Map<string, unknown>();
  const contentProviders = new Map<string, { provideTextDocumentContent(uri: Uri, token: unknown): unknown }>();
  const fileSystems = new Map<string, FakeFileSystem>();
  const uriHandlers: { handleUri(uri: Uri): unknown }[] = [];
  const providers: { kind: string; selector: unknown; provider: unknown }[] = [];
  const collections = new Map<string, Map<string, readonly types.Diagnostic[]>>();
  const values = new Map<string, unknown>(Object.entries(settings));
  const documents: FakeDocument[] = [];
  const opened: unknown[] = [];
  const quickPicks: { items: readonly unknown[]; options: unknown }[] = [];
  const inputBoxes: unknown[] = [];
  const outputLines: string[] = [];
  const tabs: { input: unknown; isActive: boolean; isPreview?: boolean; group: number }[] = [];
  /** Number of the group that has the focus; without tabs it is an empty one. */
  const activeGroup = { number: 1 };
  const debugSessions: unknown[] = [];
  const tasks: unknown[] = [];
  const clipboard = { text: "" };
  const external: Uri[] = [];
  const events = {
    ...documentEvents(),
    onDidChangeActiveTextEditor: new EventEmitter<FakeEditor | undefined>(),
    onDidChangeTextEditorSelection: new EventEmitter<{ textEditor: FakeEditor }>(),
    onDidChangeVisibleTextEditors: new EventEmitter<readonly FakeEditor[]>(),
    onDidChangeConfiguration: new EventEmitter<{ affectsConfiguration(section: string, scope?: unknown): boolean }>(),
    onDidChangeWorkspaceFolders: new EventEmitter<unknown>(),
    onDidGrantWorkspaceTrust: new EventEmitter<void>(),
    onDidChangeTabs: new EventEmitter<unknown>(),
    onDidChangeWindowState: new EventEmitter<unknown>(),
    onDidChangeDiagnostics: new EventEmitter<{ readonly uris: readonly Uri[] }>(),
    onDidChangeActiveColorTheme: new EventEmitter<unknown>(),
    onDidEndTask: new EventEmitter<{ execution: { task: unknown } }>(),
    onDidStartDebugSession: new EventEmitter<unknown>(),
    onDidTerminateDebugSession: new EventEmitter<unknown>(),
  };
  const state = {
    trusted,
    folders: folders.map((folder, index) => ({ uri: Uri.file(folder), name: path.basename(folder), index })),
    activeEditor: undefined as FakeEditor | undefined,
    /** What the user answers: the text of a button, an item or its index, a typed text; undefined closes the question. */
    /** A promise leaves the message open: it was hidden, nobody has answered yet. */
    onMessage: (_message: FakeMessage): string | undefined | Promise<undefined> => undefined,
    onQuickPick: (_items: readonly unknown[], _options: unknown): unknown => undefined,
    onInputBox: (_options: unknown): string | undefined => undefined,
    onSave: (_document: FakeDocument): boolean => true,
    focused: true,
  };

  const say =
    (level: FakeMessage["level"]) =>
    async (text: string, ...rest: readonly unknown[]): Promise<unknown> => {
      const options = rest.find(isMessageOptions);
      const items = rest.filter((item) => item !== options);
      const buttons = items.map((item) => (hasTitle(item) ? item.title : String(item)));
      const message = { level, text, buttons, modal: options?.modal === true, detail: options?.detail };
      messages.push(message);
      const given = state.onMessage(message);
      const answer = given instanceof Promise ? await given : given;
      const at = answer === undefined ? -1 : buttons.indexOf(answer);
      if (answer !== undefined && at < 0) throw new Error(`"${text}" has no button "${answer}"`);
      return items[at];
    };

  const provide =
    (kind: string) =>
    (selector: unknown, provider: unknown): Disposable => {
      const entry = { kind, selector, provider };
      providers.push(entry);
      return new Disposable(() => providers.splice(providers.indexOf(entry), 1));
    };

  const register = <Value>(into: Map<string, Value>, id: string, value: Value): Disposable => {
    if (into.has(id)) throw new Error(`${id} already exists`);
    into.set(id, value);
    return new Disposable(() => into.delete(id));
  };

  const output = (name: string) => {
    const line =
      (level: string) =>
      (text: unknown): void =>
        void outputLines.push(`[${level}] ${text instanceof Error ? text.message : String(text)}`);
    return {
      name,
      logLevel: 2,
      onDidChangeLogLevel: new EventEmitter<number>().event,
      trace: line("trace"),
      debug: line("debug"),
      info: line("info"),
      warn: line("warn"),
      error: line("error"),
      append: line("append"),
      appendLine: line("append"),
      clear() {},
      show: () => void executed.push({ command: "(show output)", args: [name] }),
      hide() {},
      dispose() {},
    };
  };

  async function openTextDocument(what: Uri | string | { content?: string; language?: string }): Promise<FakeDocument> {
    if (!(what instanceof Uri) && typeof what !== "string") {
      const uri = Uri.from({ scheme: "untitled", path: `Untitled-${documents.length + 1}` });
      return openDocument(uri, what.content ?? "", what.language ?? "plaintext");
    }
    const uri = typeof what === "string" ? Uri.file(what) : what;
    const there = documents.find((document) => document.uri.toString() === uri.toString());
    if (there !== undefined) return there;
    if (uri.scheme === "file") return openDocument(uri, readFileSync(uri.fsPath, "utf8"));
    const files = fileSystems.get(uri.scheme);
    if (files !== undefined) return openDocument(uri, Buffer.from(await files.readFile(uri)).toString("utf8"));
    const provider = contentProviders.get(uri.scheme);
    if (provider === undefined) throw new Error(`cannot open ${uri}: no provider for its scheme`);
    return openDocument(uri, String(await provider.provideTextDocumentContent(uri, token())), "plaintext");
  }

  function openDocument(uri: Uri | string, text: string, languageId?: string): FakeDocument {
    const at = typeof uri === "string" ? Uri.file(uri) : uri;
    const language = languageId ?? (/\.[cm]?tsx?$/.test(at.path) ? "typescript" : "plaintext");
    const document = new FakeDocument(at, text, language, async (saved) => {
      const done = state.onSave(saved);
      if (done) events.onDidSaveTextDocument.fire(saved);
      return done;
    });
    documents.push(document);
    events.onDidOpenTextDocument.fire(document);
    return document;
  }

  function showEditor(document: FakeDocument, line = 0, character = 0): FakeEditor {
    const editor = new FakeEditor(document, line, character);
    state.activeEditor = editor;
    events.onDidChangeActiveTextEditor.fire(editor);
    return editor;
  }

  const window = {
    get activeTextEditor() {
      return state.activeEditor;
    },
    get visibleTextEditors() {
      return state.activeEditor === undefined ? [] : [state.activeEditor];
    },
    get state() {
      return { focused: state.focused, active: state.focused };
    },
    activeColorTheme: { kind: 2 },
    tabGroups: {
      get all() {
        const groups = new Set(tabs.map((tab) => tab.group));
        return [...groups].map((group) => {
          const own = tabs.filter((tab) => tab.group === group);
          return {
            tabs: own,
            activeTab: own.find((tab) => tab.isActive),
            viewColumn: group,
            isActive: group === activeGroup.number,
          };
        });
      },
      get activeTabGroup() {
        const own = tabs.filter((tab) => tab.group === activeGroup.number);
        const activeTab = own.find((tab) => tab.isActive);
        return { tabs: own, activeTab, viewColumn: activeGroup.number, isActive: true };
      },
      onDidChangeTabs: events.onDidChangeTabs.event,
      onDidChangeTabGroups: new EventEmitter<unknown>().event,
      close: async (closed: unknown) => {
        for (const tab of [closed].flat()) {
          const at = tabs.findIndex((one) => one === tab || (one.input !== undefined && hasInput(tab, one.input)));
          if (at >= 0) tabs.splice(at, 1);
        }
        return true;
      },
    },
    onDidChangeActiveTextEditor: events.onDidChangeActiveTextEditor.event,
    onDidChangeTextEditorSelection: events.onDidChangeTextEditorSelection.event,
    onDidChangeVisibleTextEditors: events.onDidChangeVisibleTextEditors.event,
    onDidChangeWindowState: events.onDidChangeWindowState.event,
    onDidChangeActiveColorTheme: events.onDidChangeActiveColorTheme.event,
    createOutputChannel: output,
    createStatusBarItem(id: string) {
      const item: FakeStatusBarItem & { show(): void; hide(): void; dispose(): void } = {
        id,
        text: "",
        tooltip: undefined,
        command: undefined,
        name: undefined,
        backgroundColor: undefined,
        accessibilityInformation: undefined,
        visible: false,
        show() {
          item.visible = true;
        },
        hide() {
          item.visible = false;
        },
        dispose() {
          statusBarItems.splice(statusBarItems.indexOf(item), 1);
        },
      };
      statusBarItems.push(item);
      return item;
    },
    createTreeView(id: string, options: FakeTreeView["options"]) {
      const visibility = new EventEmitter<{ visible: boolean }>();
      const nothing = new EventEmitter<unknown>();
      const view = {
        id,
        options,
        badge: undefined,
        message: undefined,
        description: undefined,
        title: undefined,
        visible: false,
        selection: [],
        onDidChangeVisibility: visibility.event,
        onDidChangeSelection: nothing.event,
        onDidExpandElement: nothing.event,
        onDidCollapseElement: nothing.event,
        onDidChangeCheckboxState: nothing.event,
        setVisible(visible: boolean) {
          view.visible = visible;
          visibility.fire({ visible });
        },
        reveal: async () => {},
        dispose() {
          treeViews.splice(treeViews.indexOf(view), 1);
        },
      };
      treeViews.push(view);
      return view;
    },
    registerWebviewViewProvider: (id: string, provider: unknown) => register(webviewViews, id, provider),
    registerCustomEditorProvider: (id: string, provider: unknown) => register(customEditors, id, provider),
    registerUriHandler: (handler: { handleUri(uri: Uri): unknown }) => {
      uriHandlers.push(handler);
      return new Disposable(() => uriHandlers.splice(uriHandlers.indexOf(handler), 1));
    },
    registerFileDecorationProvider: (provider: unknown) => provide("fileDecoration")(undefined, provider),
    showInformationMessage: say("information"),
    showWarningMessage: say("warning"),
    showErrorMessage: say("error"),
    async showQuickPick(given: unknown, options: unknown) {
      const items = (await given) as readonly unknown[];
      quickPicks.push({ items, options });
      const answer = state.onQuickPick(items, options);
      return typeof answer === "number" ? items[answer] : answer;
    },
    async showInputBox(options: unknown) {
      inputBoxes.push(options);
      return state.onInputBox(options);
    },
    async showTextDocument(what: FakeDocument | Uri, options?: { selection?: Range }) {
      const document = what instanceof Uri ? await openTextDocument(what) : what;
      opened.push({ uri: document.uri, options });
      return showEditor(document, options?.selection?.start.line, options?.selection?.start.character);
    },
    withProgress: (
      _options: unknown,
      work: (progress: { report(): void }, token: unknown) => Promise<unknown>,
    ): Promise<unknown> => work({ report() {} }, token()),
    setStatusBarMessage: (text: string) => {
      messages.push({
        level: "information",
        text: `(status bar) ${text}`,
        buttons: [],
        modal: false,
        detail: undefined,
      });
      return new Disposable(() => {});
    },
    createTextEditorDecorationType: () => ({ key: "decoration", dispose() {} }),
  };

  const workspace = {
    get isTrusted() {
      return state.trusted;
    },
    get workspaceFolders() {
      return state.folders.length === 0 ? undefined : state.folders;
    },
    get textDocuments() {
      return documents;
    },
    name: "fake",
    getWorkspaceFolder: (uri: Uri) =>
      state.folders
        .filter((folder) => uri.path === folder.uri.path || uri.path.startsWith(`${folder.uri.path}/`))
        .sort((left, right) => right.uri.path.length - left.uri.path.length)[0],
    asRelativePath(what: Uri | string) {
      const file = typeof what === "string" ? what : what.fsPath;
      const folder = workspace.getWorkspaceFolder(Uri.file(file));
      return folder === undefined ? file : path.relative(folder.uri.fsPath, file).split(path.sep).join("/");
    },
    getConfiguration(section?: string, _scope?: unknown) {
      const full = (key: string): string => (section ? `${section}.${key}` : key);
      return {
        get: (key: string, otherwise?: unknown) => (values.has(full(key)) ? values.get(full(key)) : otherwise),
        has: (key: string) => values.has(full(key)),
        inspect: (key: string) => ({ key: full(key), globalValue: values.get(full(key)) }),
        update: async (key: string, value: unknown) => setConfiguration(full(key), value),
      };
    },
    openTextDocument,
    registerTextDocumentContentProvider: (
      scheme: string,
      provider: { provideTextDocumentContent(uri: Uri, token: unknown): unknown },
    ) => register(contentProviders, scheme, provider),
    registerFileSystemProvider: (scheme: string, provider: FakeFileSystem) => register(fileSystems, scheme, provider),
    createFileSystemWatcher() {
      const nothing = new EventEmitter<Uri>();
      return { onDidCreate: nothing.event, onDidChange: nothing.event, onDidDelete: nothing.event, dispose() {} };
    },
    findFiles: async () => [],
    saveAll: async () => {
      for (const document of documents) if (document.isDirty) await document.save();
      return true;
    },
    save: async (uri: Uri) => {
      const document = documents.find((one) => one.uri.toString() === uri.toString());
      return (await document?.save()) ? uri : undefined;
    },
    saveAs: async (uri: Uri) => uri,
    applyEdit: async (edit: unknown) => {
      opened.push(edit);
      return true;
    },
    fs: {
      readFile: (uri: Uri) => readFile(uri.fsPath),
      writeFile: async (uri: Uri, content: Uint8Array) => {
        await mkdir(path.dirname(uri.fsPath), { recursive: true });
        await writeFile(uri.fsPath, content);
      },
      createDirectory: (uri: Uri) => mkdir(uri.fsPath, { recursive: true }),
      delete: (uri: Uri) => rm(uri.fsPath, { recursive: true, force: true }),
      stat: async (uri: Uri) => {
        const found = await stat(uri.fsPath);
        return { type: found.isDirectory() ? 2 : 1, size: found.size, mtime: found.mtimeMs, ctime: found.ctimeMs };
      },
      readDirectory: async (uri: Uri) =>
        (await readdir(uri.fsPath, { withFileTypes: true })).map((entry) => [entry.name, entry.isDirectory() ? 2 : 1]),
    },
    onDidOpenTextDocument: events.onDidOpenTextDocument.event,
    onDidCloseTextDocument: events.onDidCloseTextDocument.event,
    onDidChangeTextDocument: events.onDidChangeTextDocument.event,
    onDidSaveTextDocument: events.onDidSaveTextDocument.event,
    onDidChangeConfiguration: events.onDidChangeConfiguration.event,
    onDidChangeWorkspaceFolders: events.onDidChangeWorkspaceFolders.event,
    onDidGrantWorkspaceTrust: events.onDidGrantWorkspaceTrust.event,
  };

  const languages = {
    registerCodeLensProvider: provide("codeLens"),
    registerInlayHintsProvider: provide("inlayHints"),
    registerHoverProvider: provide("hover"),
    registerCodeActionsProvider: provide("codeActions"),
    createDiagnosticCollection(name: string) {
      const kept = new Map<string, readonly types.Diagnostic[]>();
      collections.set(name, kept);
      return {
        name,
        set: (uri: Uri, diagnostics: readonly types.Diagnostic[] | undefined) => {
          if (diagnostics === undefined || diagnostics.length === 0) kept.delete(uri.toString());
          else kept.set(uri.toString(), diagnostics);
          events.onDidChangeDiagnostics.fire({ uris: [uri] });
        },
        get: (uri: Uri) => kept.get(uri.toString()),
        delete: (uri: Uri) => void kept.delete(uri.toString()),
        clear: () => kept.clear(),
        forEach: (each: (uri: Uri, diagnostics: readonly types.Diagnostic[]) => void) => {
          for (const [uri, diagnostics] of kept) each(Uri.parse(uri), diagnostics);
        },
        dispose: () => void collections.delete(name),
      };
    },
    match: () => 10,
    onDidChangeDiagnostics: events.onDidChangeDiagnostics.event,
    getDiagnostics: (uri: Uri) => [...collections.values()].flatMap((kept) => kept.get(uri.toString()) ?? []),
  };

  const commands = {
    registerCommand: (id: string, handler: (...args: unknown[]) => unknown) => register(handlers, id, handler),
    async executeCommand(command: string, ...args: readonly unknown[]): Promise<unknown> {
      executed.push({ command, args });
      if (command === "setContext") contextKeys.set(String(args[0]), args[1]);
      const handler = handlers.get(command);
      if (handler !== undefined) return handler(...args);
      // The editor's own commands are recorded; an own one that nobody registered is a mistake there too.
      if (command.startsWith("millrace.")) throw new Error(`command '${command}' not found`);
      return undefined;
    },
    getCommands: async () => [...handlers.keys()],
  };

  function setConfiguration(key: string, value: unknown): void {
    if (value === undefined) values.delete(key);
    else values.set(key, value);
    events.onDidChangeConfiguration.fire({
      affectsConfiguration: (section) => key === section || key.startsWith(`${section}.`),
    });
  }

  const api = {
    ...types,
    window,
    workspace,
    languages,
    commands,
    env: {
      appName: "Fake",
      uriScheme: "vscode",
      remoteName: undefined,
      sessionId: "fake-session",
      language: "en",
      clipboard: {
        readText: async () => clipboard.text,
        writeText: async (text: string) => {
          clipboard.text = text;
        },
      },
      openExternal: async (uri: Uri) => external.push(uri) > 0,
      asExternalUri: async (uri: Uri) => uri,
    },
    debug: {
      registerDebugConfigurationProvider: (type: string, provider: unknown) => provide("debug")(type, provider),
      registerDebugAdapterTrackerFactory: (type: string, factory: unknown) => provide("debugTracker")(type, factory),
      startDebugging: async (folder: unknown, configuration: unknown) =>
        debugSessions.push({ folder, configuration }) > 0,
      stopDebugging: async () => {},
      onDidStartDebugSession: events.onDidStartDebugSession.event,
      onDidTerminateDebugSession: events.onDidTerminateDebugSession.event,
      onDidReceiveDebugSessionCustomEvent: new EventEmitter<unknown>().event,
      breakpoints: [],
    },
    extensions: { getExtension: () => undefined, all: [] },
    tasks: {
      executeTask: async (task: unknown) => {
        tasks.push(task);
        const execution = { task };
        setImmediate(() => events.onDidEndTask.fire({ execution }));
        return execution;
      },
      onDidEndTask: events.onDidEndTask.event,
    },
    InputBoxValidationSeverity: { Info: 1, Warning: 2, Error: 3 },
    TaskRevealKind: { Always: 1, Silent: 2, Never: 3 },
    ViewColumn: { Active: -1, Beside: -2, One: 1, Two: 2, Three: 3 },
    StatusBarAlignment: { Left: 1, Right: 2 },
    TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
    ConfigurationTarget: { Global: 1, Workspace: 2, WorkspaceFolder: 3 },
    DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
    ProgressLocation: { SourceControl: 1, Window: 10, Notification: 15 },
    InlayHintKind: { Type: 1, Parameter: 2 },
    TextEditorRevealType: { Default: 0, InCenter: 1, InCenterIfOutsideViewport: 2, AtTop: 3 },
    QuickPickItemKind: { Separator: -1, Default: 0 },
    FileChangeType: { Changed: 1, Created: 2, Deleted: 3 },
    FileType: { Unknown: 0, File: 1, Directory: 2, SymbolicLink: 64 },
    EndOfLine: { LF: 1, CRLF: 2 },
    UIKind: { Desktop: 1, Web: 2 },
    ColorThemeKind: { Light: 1, Dark: 2, HighContrast: 3, HighContrastLight: 4 },
    DebugConfigurationProviderTriggerKind: { Initial: 1, Dynamic: 2 },
    ExtensionMode: { Production: 1, Development: 2, Test: 3 },
    LogLevel: { Off: 0, Trace: 1, Debug: 2, Info: 3, Warning: 4, Error: 5 },
    version: "1.101.0",
  };

  return {
    /** What is injected. */
    api: api as unknown as VscodeApi,
    state,
    events,
    contextKeys,
    executed,
    messages,
    statusBarItems,
    treeViews,
    webviewViews,
    customEditors,
    contentProviders,
    fileSystems,
    uriHandlers,
    providers,
    /** Diagnostics: collection → address → what is shown. */
    collections,
    documents,
    /** Documents shown, workspace edits applied, in order. */
    opened,
    quickPicks,
    inputBoxes,
    outputLines,
    tabs,
    activeGroup,
    debugSessions,
    /** Tasks that were executed; each ends at once. */
    tasks,
    clipboard,
    external,
    commandNames: () => [...handlers.keys()],
    run: (command: string, ...args: readonly unknown[]) => commands.executeCommand(command, ...args),
    setConfiguration,
    openDocument,
    /** Opens nothing new: makes the document the active editor, with the cursor at line and character (from 0). */
    showEditor,
    moveCursor(line: number, character = 0): void {
      const editor = state.activeEditor;
      if (editor === undefined) throw new Error("no editor is active");
      editor.selection = new types.Selection(line, character, line, character);
      events.onDidChangeTextEditorSelection.fire({ textEditor: editor });
    },
    /** Types into a document, as the editor tells it. */
    edit(document: FakeDocument, range: Range, text: string): void {
      events.onDidChangeTextDocument.fire(changeDocument(document, range, text));
    },
    grantTrust(): void {
      state.trusted = true;
      events.onDidGrantWorkspaceTrust.fire();
    },
    providersOf: (kind: string) => providers.filter((entry) => entry.kind === kind).map((entry) => entry.provider),
  };
}

/** An extension context whose folders are real and whose stores are in memory. */
export function fakeExtensionContext(extensionFolder: string, storageFolder: string) {
  const memento = () => {
    const kept = new Map<string, unknown>();
    return {
      keys: () => [...kept.keys()],
      get: (key: string, otherwise?: unknown) => (kept.has(key) ? kept.get(key) : otherwise),
      update: async (key: string, value: unknown) =>
        void (value === undefined ? kept.delete(key) : kept.set(key, value)),
      setKeysForSync() {},
    };
  };
  const variables = new Map<string, { value: string; type: string }>();
  const set =
    (type: string) =>
    (name: string, value: string): void =>
      void variables.set(name, { value, type });
  const context = {
    subscriptions: [] as { dispose(): unknown }[],
    extensionPath: extensionFolder,
    extensionUri: Uri.file(extensionFolder),
    extensionMode: 3,
    extension: { id: "millrace.millrace", packageJSON: {} },
    asAbsolutePath: (relative: string) => path.join(extensionFolder, relative),
    globalStorageUri: Uri.file(path.join(storageFolder, "global")),
    storageUri: Uri.file(path.join(storageFolder, "workspace")),
    logUri: Uri.file(path.join(storageFolder, "log")),
    globalState: memento(),
    workspaceState: memento(),
    environmentVariableCollection: {
      persistent: true,
      description: undefined as unknown,
      prepend: set("prepend"),
      append: set("append"),
      replace: set("replace"),
      get: (name: string) => variables.get(name),
      delete: (name: string) => void variables.delete(name),
      clear: () => variables.clear(),
    },
  };
  return {
    context: context as unknown as ExtensionContext,
    variables,
    end(): void {
      for (const one of [...context.subscriptions].reverse()) one.dispose();
    },
  };
}

const token = () => new types.CancellationTokenSource().token;

function isMessageOptions(value: unknown): value is { modal?: boolean; detail?: string } {
  return typeof value === "object" && value !== null && ("modal" in value || "detail" in value) && !("title" in value);
}

function hasTitle(value: unknown): value is { title: string } {
  return typeof value === "object" && value !== null && "title" in value && typeof value.title === "string";
}

function hasInput(tab: unknown, input: unknown): boolean {
  return typeof tab === "object" && tab !== null && "input" in tab && tab.input === input;
}
