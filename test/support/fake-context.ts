/** The parts of the extension around what is tested: a service without an orchestrator, models that hold what a test says. */
import type * as Vscode from "vscode";
import type {
  Actions,
  BlockActions,
  BlockModel,
  Context,
  Declaration,
  DeclaredFile,
  DeploymentActions,
  DeploymentModel,
  FlowModel,
  RunModel,
  Service,
  ServiceState,
} from "../../extension/context.ts";
import { createSettings } from "../../extension/settings.ts";
import type { Client } from "../../runtime/client/client.ts";
import type { FlowRun, LiveEvent, TaskRun } from "../../runtime/protocol/api.ts";
import type { BlockDocument, BlockType } from "../../runtime/protocol/blocks.ts";
import type { Deployment, DeploymentDrift, DeploymentPlan, WorkPool } from "../../runtime/protocol/deployments.ts";
import { MillraceError, toError } from "../../runtime/protocol/errors.ts";
import type { FileFlows, FlowTarget } from "../../runtime/protocol/language.ts";
import { EventEmitter, type FakeOptions, fakeExtensionContext, fakeVscode } from "./fake-vscode.ts";

export type Answers = Readonly<Record<string, (options: { params?: unknown; body?: unknown }) => unknown>>;

export interface FakeContextOptions extends FakeOptions {
  /** What the orchestrator answers, by route; undefined: none runs, and none can be started. */
  readonly answers?: Answers;
  readonly home?: string;
  /** What is done with blocks gives, by name; null where nothing is said. */
  readonly blockAnswers?: Readonly<Record<string, (input: unknown) => unknown>>;
}

export function fakeContext(options: FakeContextOptions = {}) {
  const fake = fakeVscode(options);
  const vscode = fake.api;
  const extension = fakeExtensionContext("/extension", "/storage");
  const owned: Vscode.Disposable[] = [];
  const reported: string[] = [];
  const logged: string[] = [];
  const requested: { route: string; options: unknown }[] = [];
  const performed: { action: string; input: unknown }[] = [];
  const events = new vscode.EventEmitter<LiveEvent>();
  const stateChanged = new vscode.EventEmitter<ServiceState>();
  const runsChanged = new vscode.EventEmitter<void>();
  const flowsChanged = new vscode.EventEmitter<readonly string[]>();
  const blocksChanged = new vscode.EventEmitter<void>();
  const deploymentsChanged = new vscode.EventEmitter<void>();
  const known = {
    runs: [] as readonly FlowRun[],
    tasks: new Map<string, readonly TaskRun[]>(),
    files: new Map<string, FileFlows>(),
    types: [] as readonly BlockType[],
    documents: [] as readonly BlockDocument[],
    blocksProblem: null as string | null,
    deployments: [] as readonly Deployment[],
    pools: [] as readonly WorkPool[],
    declaredFiles: [] as readonly DeclaredFile[],
    drift: new Map<string, readonly DeploymentDrift[]>(),
    plans: new Map<string, DeploymentPlan>(),
    state: "connected" as ServiceState,
    starts: 0,
    wakes: 0,
  };

  const client = {
    async request(route: string, given: { params?: unknown; body?: unknown } = {}) {
      requested.push({ route, options: given });
      const answer = options.answers?.[route];
      if (answer === undefined) throw new MillraceError("not-found", `nothing answers ${route}`);
      return answer(given);
    },
  } as unknown as Client;
  const service: Service = {
    home: options.home ?? "/home",
    get state() {
      return known.state;
    },
    onDidChangeState: stateChanged.event,
    onEvent: events.event,
    async client() {
      known.starts++;
      if (options.answers === undefined) throw new MillraceError("home-unusable", "it cannot be started");
      return client;
    },
    existing: async () => (known.state === "connected" && options.answers !== undefined ? client : undefined),
    async stop() {},
  };
  const runs: RunModel = {
    get runs() {
      return known.runs;
    },
    onDidChange: runsChanged.event,
    tasks: async (id) => known.tasks.get(id) ?? [],
    lastRun: (target) => known.runs.find((run) => run.flow_export === target.export),
    find: (id) => known.runs.find((run) => run.id === id),
    scope: "workspace",
    async refresh() {},
  };
  const flows: FlowModel = {
    files: known.files,
    onDidChange: flowsChanged.event,
    indexed: true,
    flowAt: () => undefined,
    read: async () => {},
    callsIn: () => [],
    targetOf: (uri, flow): FlowTarget => ({ uri: uri.toString(), export: flow.export, name: flow.name }),
    graph: async () => null,
    blockUses: async () => [],
    blockAt: async () => null,
    wake: () => void known.wakes++,
    tell() {},
  };
  const actions = new Proxy({} as Actions, {
    ownKeys: () => actionNames,
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    get: (_, action: string) => async (input: unknown) => {
      performed.push({ action, input });
      return null;
    },
  });
  const blocks: BlockModel = {
    get types() {
      return known.types;
    },
    get documents() {
      return known.documents;
    },
    isKnown: true,
    get problem() {
      return known.blocksProblem;
    },
    onDidChange: blocksChanged.event,
    typeOf: (slug) => known.types.find((type) => type.slug === slug),
    find: ({ slug, name }) => known.documents.find((one) => one.block_type_slug === slug && one.name === name),
    async read() {},
  };
  const blockActions = new Proxy({} as BlockActions, {
    get: (_, action: string) => async (input: unknown) => {
      performed.push({ action, input });
      return options.blockAnswers?.[action]?.(input) ?? null;
    },
  });
  const deployments: DeploymentModel = {
    get deployments() {
      return known.deployments;
    },
    get pools() {
      return known.pools;
    },
    get files() {
      return known.declaredFiles;
    },
    get declared() {
      return known.declaredFiles.flatMap(({ path, deployments: all }) =>
        all.map((one): Declaration => ({ file: path, ...one })),
      );
    },
    isKnown: true,
    problem: null,
    onDidChange: deploymentsChanged.event,
    find: (id) => known.deployments.find((one) => one.id === id),
    ofFlow: (file, exported) =>
      known.deployments.filter((one) => one.flow_file === file && one.flow_export === exported),
    deployedAs: ({ flow_file, name }) =>
      known.deployments.find((one) => one.flow_file === flow_file && one.name === name),
    declarationOf: ({ flow_file, name }) =>
      deployments.declared.find(({ settings }) => settings.flow_file === flow_file && settings.name === name),
    drift: (id) => known.drift.get(id) ?? [],
    planOf: ({ settings }) => known.plans.get(settings.name),
    async read() {},
    async wake() {},
  };
  const deploymentActions = new Proxy({} as DeploymentActions, {
    get:
      (_, action: string) =>
      async (...input: readonly unknown[]) => {
        performed.push({ action, input });
        return null;
      },
  });
  const log = new Proxy({} as Vscode.LogOutputChannel, {
    get:
      (_, level: string) =>
      (...parts: unknown[]) =>
        void logged.push(`[${level}] ${parts.map((part) => (part instanceof Error ? part.message : part)).join(" ")}`),
  });
  const context: Omit<Context, "pages"> = {
    vscode,
    extension: extension.context,
    log,
    settings: createSettings(vscode),
    service,
    runs,
    flows,
    blocks,
    deployments,
    actions,
    blockActions,
    deploymentActions,
    own(thing) {
      owned.push(thing);
      return thing;
    },
    report: (thrown, doing) => void reported.push(`${doing}: ${toError(thrown).message}`),
  };
  return {
    fake,
    context,
    known,
    reported,
    logged,
    requested,
    performed,
    events,
    stateChanged,
    runsChanged,
    flowsChanged,
    blocksChanged,
    deploymentsChanged,
    /** What a test has to do at its end. */
    dispose(): void {
      for (const thing of owned.splice(0).reverse()) thing.dispose();
    },
  };
}

const actionNames = ["startRun", "cancelRun", "resumeRun", "rerunTask", "openSource", "copy"];

/** A webview as its extension sees it, and the page's end of it. */
export function fakeWebview() {
  const received = new EventEmitter<unknown>();
  const posted: unknown[] = [];
  const webview = {
    html: "",
    options: {},
    cspSource: "https://webview",
    onDidReceiveMessage: received.event,
    postMessage: async (message: unknown) => posted.push(message) > 0,
    asWebviewUri: (uri: Vscode.Uri) => uri,
  };
  return {
    webview: webview as unknown as Vscode.Webview,
    posted,
    take: () => posted.splice(0),
    /** The page says something. */
    say: (message: unknown) => received.fire(message),
  };
}

export function fakePanel() {
  const page = fakeWebview();
  const viewState = new EventEmitter<unknown>();
  const disposed = new EventEmitter<void>();
  const panel = {
    webview: page.webview,
    title: "",
    iconPath: undefined as { light: { path: string } } | undefined,
    visible: true,
    active: true,
    viewColumn: 2,
    onDidChangeViewState: viewState.event,
    onDidDispose: disposed.event,
  };
  return {
    ...page,
    panel: panel as unknown as Vscode.WebviewPanel,
    shown: panel,
    setVisible(visible: boolean) {
      panel.visible = visible;
      viewState.fire({});
    },
    close: () => disposed.fire(),
  };
}
