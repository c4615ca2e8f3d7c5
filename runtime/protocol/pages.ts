/**
 * What a page (webview) and its host in the editor say to each other. A page opens no socket: it asks the host, which
 * forwards API calls and live events, and does what only the editor can (open a file, copy, save).
 */
import type { Answer, ApiProblem, FlowRun, LiveEvent, RouteInput, RouteName } from "./api.ts";
import type { BlockDocument, BlockTest, BlockType } from "./blocks.ts";
import type { DeployDraft, DraftInput, DraftPlan, KnownDeployment } from "./deploy-page.ts";
import type { FlowSite, FlowTarget, StaticGraph } from "./language.ts";
import type { ResumeOptions } from "./live.ts";

/** Routes that a page may ask for; the host refuses others. Nothing here starts or changes code. */
export const pageRoutes = [
  "GET /api/flow_runs/:id",
  "POST /api/flow_runs/filter",
  "POST /api/flow_runs/history",
  "POST /api/flow_runs/grid",
  "POST /api/flows/summary",
  "POST /api/flow_runs/:id/task_runs",
  "POST /api/flow_runs/:id/logs/window",
  "POST /api/flow_runs/:id/logs/find",
  "GET /api/flow_runs/:id/artifacts",
  "GET /api/flow_runs/:id/timeline",
  "GET /api/flow_runs/:id/sources",
  "POST /api/flow_runs/:id/plan",
  "GET /api/task_runs/:id",
  "POST /api/values/preview",
  "POST /api/validate",
  "POST /api/describe",
  "GET /api/deployments/:id",
  "GET /api/deployments/:id/versions",
  "POST /api/schedules/preview",
  "POST /api/upcoming",
  "GET /api/backfills/:id",
] as const satisfies readonly RouteName[];
export type PageRoute = (typeof pageRoutes)[number];

/** What a page stands for; given once, in the page's own HTML, so that it survives a reload. */
export type PageIdentity =
  | {
      readonly page: "run";
      readonly run_id: string;
      /** The flow that the form starts while there is no such run yet. */
      readonly target: FlowTarget | null;
      /** The run whose parameters the form begins with (Run Again…). */
      readonly again: string | null;
      /** The deployment that the form runs. */
      readonly deployment_id?: string;
    }
  | { readonly page: "history"; readonly filter: HistoryFilter }
  | { readonly page: "graph"; readonly target: FlowTarget }
  | {
      readonly page: "block";
      /** Null until a type is chosen: the page begins as a gallery. */
      readonly slug: string | null;
      /** Null for a block that is not saved yet. */
      readonly name: string | null;
      /** What a new block begins with: a name, and the block of its type that it is a copy of. */
      readonly suggested: string | null;
      readonly copy_of: string | null;
    }
  | {
      readonly page: "deployment";
      /** Null for one that is not deployed here yet. */
      readonly deployment_id: string | null;
      /** The flow of one that is not deployed. */
      readonly target: FlowTarget | null;
      /** Where one that is not deployed is declared. */
      readonly declared: DeclaredName | null;
    }
  | { readonly page: "panel" };

/** A deployment as a millrace.json names it. */
export interface DeclaredName {
  /** Absolute path of the millrace.json. */
  readonly declared_in: string;
  /** "flows/etl.ts:etlParent" */
  readonly flow: string;
  readonly name: string;
}

/** What the host knew when it made the page: stands in its HTML beside the identity, so that the first paint waits for nothing. */
export interface PageKnown {
  readonly surroundings: Surroundings;
  /** The run of a run's page, where the editor has heard of it. */
  readonly flow_run: FlowRun | null;
  /** Of a block's page, once they were read. */
  readonly blocks?: KnownBlocks;
  /** Of a Deploy page. */
  readonly deployment?: KnownDeployment;
}

/** What the editor knows of blocks, without any secret. */
export interface KnownBlocks {
  readonly types: readonly BlockType[];
  readonly names: readonly BlockName[];
  /** That of the page; null when there is none (any more). */
  readonly document: BlockDocument | null;
  /** Why it cannot be read now; what is told beside it is what was known last. */
  readonly problem: string | null;
}

export interface BlockName {
  readonly slug: string;
  readonly name: string;
}

/** In the place of a secret that was typed into a page: its text is in `secrets` under this key. */
export interface EnteredSecret {
  readonly $entered: string;
}

/**
 * A block as it stands in a page, saved or not. Texts of secrets go from the page to the host and never back: what the
 * host keeps while the page is hidden, it tells with an empty `secrets`.
 */
export interface BlockDraft {
  readonly slug: string;
  readonly name: string;
  /** As `SaveBlockDocument.data`, with `EnteredSecret` in the place of typed secrets. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** The version that it was made from; null for a new one. */
  readonly version: number | null;
}

/** Places in code that load a block by its name. Lines from 1. */
export interface BlockPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The flow or task around it. */
  readonly within: string | null;
}

export interface HistoryFilter {
  readonly flow_file?: string;
  readonly flow_export?: string;
  readonly flow_name?: string;
  /** Only the runs of this backfill. */
  readonly backfill_id?: string;
}

/** What the host knows and tells unasked: at first, and when it changes. */
export interface Surroundings {
  readonly trusted: boolean;
  /** "connected", "waiting" (live updates lost, the run goes on), "stopped" (no orchestrator is running). */
  readonly service: "connected" | "waiting" | "stopped";
  /** Folders of the workspace, absolute: paths are shown relative to them. */
  readonly folders: readonly string[];
  readonly profile: string;
  /** Features whose pages exist (deployments, blocks): links to others are left out. */
  readonly features: readonly string[];
}

/** A flow as the Flow view shows it. */
export interface PanelTarget {
  readonly target: FlowTarget;
  readonly file: string;
  readonly flow: FlowSite;
  /** Other flows of the same file. */
  readonly siblings: readonly FlowTarget[];
  /** Newest run of this flow, live or ended. */
  readonly last_run_id: string | null;
}

/** name → what it takes and gives. Each is answered, or rejected with an ApiProblem whose message is shown as it is. */
export interface HostCalls {
  /** Opens source: the file when it still is what the run loaded, else the kept copy, read-only. Lines from 1. */
  openSource: {
    readonly input: {
      readonly file: string;
      readonly line?: number;
      readonly column?: number;
      readonly run_id?: string;
      readonly beside?: boolean;
    };
    readonly answer: null;
  };
  /** Saves the file and starts the flow; with `open` the run's page is shown. */
  startRun: {
    readonly input: {
      readonly target: FlowTarget;
      readonly parameters: Readonly<Record<string, unknown>>;
      readonly run_id?: string;
      readonly debug?: boolean;
      readonly open?: boolean;
      /** It runs as this deployment says: its code, its pool, its limit. */
      readonly deployment_id?: string;
    };
    readonly answer: { readonly run_id: string };
  };
  cancelRun: { readonly input: { readonly run_id: string }; readonly answer: null };
  resumeRun: { readonly input: { readonly run_id: string; readonly options: ResumeOptions }; readonly answer: null };
  continueRun: {
    readonly input: { readonly run_id: string; readonly pause_key?: string; readonly value?: unknown };
    readonly answer: null;
  };
  runAgain: { readonly input: { readonly run_id: string }; readonly answer: null };
  rerunTask: { readonly input: { readonly task_run_id: string; readonly run_id: string }; readonly answer: null };
  forgetResult: { readonly input: { readonly task_run_id: string; readonly run_id: string }; readonly answer: null };
  deleteRun: { readonly input: { readonly run_id: string }; readonly answer: null };
  openRun: { readonly input: { readonly run_id: string; readonly task_run_id?: string }; readonly answer: null };
  openHistory: { readonly input: HistoryFilter; readonly answer: null };
  openGraph: { readonly input: FlowTarget; readonly answer: null };
  /** The whole log (or one task's) as a text document, with the editor's own find and save. */
  openLogDocument: {
    readonly input: { readonly run_id: string; readonly task_run_id?: string };
    readonly answer: null;
  };
  /** A file that a task gave as its result. */
  openFile: { readonly input: { readonly file: string; readonly reveal?: boolean }; readonly answer: null };
  openExternal: { readonly input: { readonly url: string }; readonly answer: null };
  copy: { readonly input: { readonly text: string; readonly what: string }; readonly answer: null };
  /** An address that opens this run in the editor. */
  copyLink: { readonly input: { readonly run_id: string }; readonly answer: null };
  /** The command line that starts this run again, for the terminal. */
  copyCommand: { readonly input: { readonly run_id: string }; readonly answer: null };
  /** One notification when this run ends; false takes it back. */
  notifyWhenDone: { readonly input: { readonly run_id: string; readonly on: boolean }; readonly answer: null };
  /** Runs one of the extension's own commands, without arguments: New Flow, Manage Workspace Trust, Show Log. */
  command: {
    readonly input: {
      readonly command: "newFlow" | "example" | "trust" | "showLog" | "startService" | "openFolder" | "registerBlocks";
    };
    readonly answer: null;
  };
  staticGraph: { readonly input: FlowTarget; readonly answer: StaticGraph | null };
  /** Live events of this run and its subflows, or of all runs ("*"), from now on; earlier ones are asked for. */
  follow: { readonly input: { readonly flow_run_id: string }; readonly answer: { readonly seq: number } };
  unfollow: { readonly input: { readonly flow_run_id: string }; readonly answer: null };
  /** Keeps what is typed while the page is hidden, and asks before it is lost; null when there is nothing to lose. */
  keepDraft: { readonly input: { readonly draft: BlockDraft | null }; readonly answer: null };
  /**
   * Saves what the page holds; the page of a new block gives way to the page of what was saved. A version that is not
   * the home's any more is a conflict unless `force`.
   */
  saveBlock: {
    readonly input: { readonly draft: BlockDraft; readonly force?: boolean };
    readonly answer: BlockDocument;
  };
  /** Saves a block that another one is to refer to, while that one's page stays. */
  createBlock: { readonly input: { readonly draft: BlockDraft }; readonly answer: BlockName };
  testBlock: { readonly input: { readonly draft: BlockDraft }; readonly answer: BlockTest };
  /** Ends the test of this page that runs: it is answered with the problem "cancelled". */
  cancelTest: { readonly input: Record<string, never>; readonly answer: null };
  blockUsers: {
    readonly input: BlockName;
    readonly answer: {
      readonly blocks: readonly BlockName[];
      readonly places: readonly BlockPlace[];
      /** Deployments, work pools and automations, in words; and the page of those that have one. */
      readonly others: readonly { readonly title: string; readonly field: string; readonly deployment_id?: string }[];
    };
  };
  /** Opens the page of a block, or that of a new one of a type. */
  openBlock: { readonly input: { readonly slug: string; readonly name?: string }; readonly answer: null };
  renameBlock: { readonly input: BlockName; readonly answer: null };
  duplicateBlock: { readonly input: BlockName; readonly answer: null };
  deleteBlock: { readonly input: BlockName; readonly answer: null };
  /** Writes the lines that load it, at the cursor of the code that was edited last. */
  insertBlockSnippet: { readonly input: BlockName; readonly answer: null };
  /** What deploying this would change, here and in the millrace.json; nothing is changed. */
  planDeployment: { readonly input: DraftInput; readonly answer: DraftPlan };
  /** The millrace.json as it is beside what it would be. */
  compareDeployment: { readonly input: DraftInput; readonly answer: null };
  /**
   * Writes the millrace.json and, with `apply`, deploys. Nothing is done when the plan has problems, or when the file
   * does not say `base` any more of this deployment, unless `force`; a new one's page gives way to its own.
   */
  saveDeployment: {
    readonly input: DraftInput & {
      readonly apply: boolean;
      readonly base: DeployDraft | null;
      readonly force?: boolean;
    };
    readonly answer: DraftPlan;
  };
  /** Keeps what is typed when the page is closed; null when there is nothing to lose. */
  keepDeployDraft: {
    readonly input: { readonly typed: Readonly<Record<string, unknown>> | null };
    readonly answer: null;
  };
  /** Asks, and puts an earlier version in force again, as a new one. */
  restoreDeployment: {
    readonly input: { readonly deployment_id: string; readonly version: number };
    readonly answer: null;
  };
  openDeployment: { readonly input: { readonly deployment_id: string }; readonly answer: null };
  /** Its schedules fire, or do not; it can be run by hand all the same. */
  switchSchedules: { readonly input: { readonly deployment_id: string; readonly on: boolean }; readonly answer: null };
  /** Now, with its own parameters; with `ask` a form asks for others. */
  runDeployment: { readonly input: { readonly deployment_id: string; readonly ask?: boolean }; readonly answer: null };
  deleteDeployment: { readonly input: { readonly deployment_id: string }; readonly answer: null };
  /** Starts nothing more of it, after asking; what has begun goes on. */
  cancelBackfill: { readonly input: { readonly backfill_id: string }; readonly answer: null };
}

export type HostCallName = keyof HostCalls;

/** page → host */
export type PageMessage =
  /**
   * The page's script runs: everything sent before it was kept for this moment. Said again, with the same number, while
   * nothing is heard; `identity` is what the page stands for as far as it knows.
   */
  | { readonly type: "ready"; readonly script?: number; readonly identity?: PageIdentity }
  | {
      readonly type: "api";
      readonly id: number;
      readonly route: PageRoute;
      readonly input: { readonly params?: Readonly<Record<string, string>>; readonly body?: unknown };
    }
  | { readonly type: "call"; readonly id: number; readonly name: HostCallName; readonly input: unknown }
  /** The page's title and the state its icon stands for. */
  | { readonly type: "title"; readonly title: string; readonly state?: string };

/** host → page */
export type HostMessage =
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "problem"; readonly id: number; readonly problem: ApiProblem }
  | { readonly type: "event"; readonly event: PageEvent }
  /** In order; those of one short while come together. */
  | { readonly type: "events"; readonly events: readonly PageEvent[] };

export type PageEvent =
  | { readonly type: "surroundings"; readonly surroundings: Surroundings }
  | { readonly type: "live"; readonly event: LiveEvent }
  /** From now on this page stands for another run: everything begins anew, as with a new script. */
  | { readonly type: "show"; readonly identity: PageIdentity; readonly known: PageKnown }
  /** The page's own run as the host knows it when the script begins; what is asked for and told later is newer. */
  | { readonly type: "known"; readonly flow_run: FlowRun }
  /** Show this task run (a click in a tree or in the code). */
  | { readonly type: "select"; readonly task_run_id: string }
  /** The flow under the cursor; null when the file has none. `workspace_flows` 0 with null shows the empty state. */
  | { readonly type: "panel"; readonly target: PanelTarget | null; readonly workspace_flows: number }
  /** The source of this page's flow has changed: draw the graph anew. */
  | { readonly type: "graph"; readonly graph: StaticGraph | null }
  /** Blocks have changed, here or elsewhere, or could not be read. */
  | { readonly type: "blocks"; readonly blocks: KnownBlocks }
  /** The deployment of this page, its file or its pools have changed. */
  | { readonly type: "deployment"; readonly deployment: KnownDeployment }
  /**
   * What was typed before this script began, with an empty `secrets`; `forgotten`: keys of typed secrets that the
   * editor does not have any more, because its window was reloaded.
   */
  | { readonly type: "draft"; readonly draft: BlockDraft; readonly forgotten: readonly string[] }
  /** Test what the page holds. */
  | { readonly type: "test" };

export type PageApi = <Name extends PageRoute>(route: Name, input: RouteInput<Name>) => Promise<Answer<Name>>;
export type PageCall = <Name extends HostCallName>(
  name: Name,
  input: HostCalls[Name]["input"],
) => Promise<HostCalls[Name]["answer"]>;

/** Schemes of the pages' addresses and the view types of their custom editors (DESIGN §7). */
export const pageSchemes = {
  run: { scheme: "millrace-run", viewType: "millrace.run" },
  history: { scheme: "millrace-history", viewType: "millrace.history" },
  graph: { scheme: "millrace-graph", viewType: "millrace.graph" },
  block: { scheme: "millrace-block", viewType: "millrace.block" },
  deployment: { scheme: "millrace-deployment", viewType: "millrace.deployment" },
} as const;
/** Scheme of the read-only copies of sources that runs have kept. */
export const sourceScheme = "millrace-source";
