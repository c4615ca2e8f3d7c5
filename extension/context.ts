/**
 * What every part of the extension gets: the editor's API (injected, so that logic runs without an editor) and the few
 * services that the parts share. Made once in main.ts; nothing else is global.
 */
import type * as Vscode from "vscode";
import type { Client } from "../runtime/client/client.ts";
import type { DeclaredDeployment } from "../runtime/client/millrace-json.ts";
import type { FlowRun, LiveEvent, TaskRun } from "../runtime/protocol/api.ts";
import type { BlockDocument, BlockTest, BlockType } from "../runtime/protocol/blocks.ts";
import type { DraftInput, DraftPlan } from "../runtime/protocol/deploy-page.ts";
import type { Deployment, DeploymentDrift, DeploymentPlan, WorkPool } from "../runtime/protocol/deployments.ts";
import type {
  BlockUse,
  CallSite,
  FileFlows,
  FlowSite,
  FlowTarget,
  KnownFacts,
  StaticGraph,
} from "../runtime/protocol/language.ts";
import type { BlockName, DeclaredName, HistoryFilter, HostCalls } from "../runtime/protocol/pages.ts";
import type { Settings } from "./settings.ts";

export type VscodeApi = typeof Vscode;

export interface Context {
  readonly vscode: VscodeApi;
  readonly extension: Vscode.ExtensionContext;
  readonly log: Vscode.LogOutputChannel;
  readonly settings: Settings;
  readonly service: Service;
  readonly runs: RunModel;
  readonly flows: FlowModel;
  readonly blocks: BlockModel;
  readonly deployments: DeploymentModel;
  readonly pages: Pages;
  readonly actions: Actions;
  readonly blockActions: BlockActions;
  readonly deploymentActions: DeploymentActions;
  /** Ended with the extension, last first. */
  own<Thing extends Vscode.Disposable>(thing: Thing): Thing;
  /** Shows what went wrong once, with the log behind a button. Cancellation by the user is no error. */
  report(thrown: unknown, doing: string): void;
}

/** "stopped": none runs, and nothing has asked for one. "waiting": it was there and does not answer; runs go on. */
export type ServiceState = "stopped" | "starting" | "connected" | "waiting" | "failed";

/** The orchestrator of this home as the editor sees it. Never started by looking: only by what needs it. */
export interface Service {
  readonly home: string;
  readonly state: ServiceState;
  readonly onDidChangeState: Vscode.Event<ServiceState>;
  /** Live events of all runs, in order; after a reset models read again. */
  readonly onEvent: Vscode.Event<LiveEvent>;
  /** Starts one when none runs. @throws MillraceError with the reason and the way out; "untrusted" never gets here. */
  client(): Promise<Client>;
  /** The running one, or undefined. */
  existing(): Promise<Client | undefined>;
  /** Asks the orchestrator to end; says how many runs and schedules that stops. */
  stop(): Promise<void>;
  /** Somebody has stopped it from here, and nothing has needed it since: looking does not bring it back. */
  readonly wasStopped?: boolean;
}

/** Live runs and the last 50 that ended, newest first. */
export interface RunModel {
  readonly runs: readonly FlowRun[];
  readonly onDidChange: Vscode.Event<void>;
  /** Of a run: its own tasks, in the order they began; read when first asked for, kept fresh while it is live. */
  tasks(runId: string): Promise<readonly TaskRun[]>;
  /** The newest run of a flow, live or ended. */
  lastRun(target: FlowTarget): FlowRun | undefined;
  find(runId: string): FlowRun | undefined;
  /** "workspace" (the default) or "all". */
  scope: "workspace" | "all";
  refresh(): Promise<void>;
}

/** What the language server has found. */
export interface FlowModel {
  readonly files: ReadonlyMap<string, FileFlows>;
  readonly onDidChange: Vscode.Event<readonly string[]>;
  /** True once the workspace was indexed. */
  readonly indexed: boolean;
  flowAt(uri: Vscode.Uri, position: Vscode.Position): FlowSite | undefined;
  /** Waits, for a while, until the language server has told of a file that is open and mentions Millrace. */
  read(uri: Vscode.Uri): Promise<void>;
  callsIn(uri: Vscode.Uri): readonly CallSite[];
  targetOf(uri: Vscode.Uri, flow: FlowSite): FlowTarget;
  graph(target: FlowTarget): Promise<StaticGraph | null>;
  /** Where code loads a block, in all of the workspace; waits, for a while, until that was read. */
  blockUses(block: BlockName): Promise<readonly BlockUse[]>;
  /** The block that a name in code stands for, where it is one that is there. */
  blockAt(uri: Vscode.Uri, position: Vscode.Position): Promise<BlockUse | null>;
  /** Starts the language server when nothing has needed it yet: a view came into sight. */
  wake(): void;
  /** Tells the language server what only the editor knows; what is left out stays as it was. */
  tell(facts: Partial<KnownFacts>): void;
}

/** The blocks of this home, without any secret. Read when the service is there, and again when they change. */
export interface BlockModel {
  readonly types: readonly BlockType[];
  readonly documents: readonly BlockDocument[];
  /** False until they were read once. */
  readonly isKnown: boolean;
  /** Why they could not be read; what is here was read before. */
  readonly problem: string | null;
  readonly onDidChange: Vscode.Event<void>;
  typeOf(slug: string): BlockType | undefined;
  find(block: BlockName): BlockDocument | undefined;
  /** Reads them again. Does not reject: see `problem`. */
  read(): Promise<void>;
}

/** A block as it is to be saved or tested: with the texts of its secrets. */
export interface FilledBlock {
  readonly slug: string;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** The version that it was made from; null for a new one. */
  readonly version: number | null;
  /** The block of its type whose saved secrets it has too. */
  readonly copy_of?: string;
}

/** What a person does with blocks, each the same from a page, the tree, the palette and the code. See `Actions`. */
export interface BlockActions {
  save(block: FilledBlock, force?: boolean): Promise<BlockDocument>;
  test(block: FilledBlock, signal: AbortSignal): Promise<BlockTest>;
  /** Renames it, in code too. @returns the new name, asked for where none is given */
  rename(block: BlockName, to?: string): Promise<string>;
  /** Opens a page with all that the block has, under a free name. */
  duplicate(block: BlockName): Promise<void>;
  /** Asks first, and says what uses it. */
  remove(block: BlockName): Promise<void>;
  users(block: BlockName): Promise<HostCalls["blockUsers"]["answer"]>;
  copySnippet(block: BlockName): Promise<void>;
  insertSnippet(block: BlockName): Promise<void>;
  /** Makes the block classes of a file or a package known. */
  register(module: string): Promise<void>;
}

/** A millrace.json of the workspace. */
export interface DeclaredFile {
  readonly path: string;
  readonly text: string;
  readonly deployments: readonly DeclaredDeployment[];
  /** The first thing that is wrong with it, with its line. */
  readonly problem: string | null;
}

/** A deployment as a millrace.json of the workspace declares it; that deploys nothing. */
export interface Declaration extends DeclaredDeployment {
  readonly file: string;
}

/** The deployments of this home. Read when the service is there, and again when they or their runs change. */
export interface DeploymentModel {
  readonly deployments: readonly Deployment[];
  readonly pools: readonly WorkPool[];
  /** The millrace.json files of the workspace, once something has asked for them. */
  readonly files: readonly DeclaredFile[];
  readonly declared: readonly Declaration[];
  /** False until deployments were read once. */
  readonly isKnown: boolean;
  /** Why they could not be read; what is here was read before. */
  readonly problem: string | null;
  readonly onDidChange: Vscode.Event<void>;
  find(id: string): Deployment | undefined;
  ofFlow(file: string, exported: string): readonly Deployment[];
  /** The deployment of this home that these settings would change. */
  deployedAs(settings: Declaration["settings"]): Deployment | undefined;
  declarationOf(deployment: Deployment): Declaration | undefined;
  /** Why it does not fit its flow any more, as it was found last; in trusted folders. */
  drift(id: string): readonly DeploymentDrift[];
  /** What deploying a declaration would do, as it was found last; in trusted folders. */
  planOf(declaration: Declaration): DeploymentPlan | undefined;
  /** Reads them again. Does not reject: see `problem`. */
  read(): Promise<void>;
  /** Looks for the files that declare deployments, once. */
  wake(): Promise<void>;
}

/** The flow whose deployment a page holds, and the millrace.json that it would be written to. */
export interface DeployPlace {
  readonly flow_file: string;
  readonly flow_export: string;
  /** What it is in this home, where it is deployed. */
  readonly deployment: Deployment | undefined;
  readonly declaration: Declaration | undefined;
  /** Null where there is no folder to write one into. */
  readonly file: string | null;
}

/** What a person does with deployments, each the same from a page, the tree, the palette and the code. See `Actions`. */
export interface DeploymentActions {
  plan(place: DeployPlace, input: DraftInput): Promise<DraftPlan>;
  /** Shows the millrace.json beside what it would be. */
  compare(place: DeployPlace, input: DraftInput): Promise<void>;
  save(
    place: DeployPlace,
    input: HostCalls["saveDeployment"]["input"],
  ): Promise<{ readonly plan: DraftPlan; readonly deployment: Deployment | null }>;
  switchSchedules(id: string, on: boolean): Promise<void>;
  switchSchedule(id: string, schedule: string, on: boolean): Promise<void>;
  /** Now; with `ask` through a form with other parameters. */
  /** Asks first. @throws CancelledByUser */
  goBack(id: string, version: number): Promise<void>;
  run(id: string, ask: boolean): Promise<void>;
  /** Asks first. Where a file declares it, that stays unless one says otherwise. */
  remove(id: string): Promise<void>;
  /** Deploys what a millrace.json declares and is not deployed so, after a look at what that changes. */
  apply(file: string): Promise<void>;
  pausePool(name: string, paused: boolean): Promise<void>;
  pauseQueue(pool: string, queue: string, paused: boolean): Promise<void>;
}

export interface Pages {
  /** Beside the code, without taking the focus, revealed when it is open. */
  openRun(
    runId: string,
    options?: {
      readonly title?: string;
      readonly target?: FlowTarget;
      readonly again?: string;
      /** The deployment that the form runs. */
      readonly deployment_id?: string;
      readonly task_run_id?: string;
      readonly focus?: boolean;
      /** It begins now: it may take the place of this flow's last run. */
      readonly started?: boolean;
    },
  ): Promise<void>;
  openHistory(filter?: HistoryFilter): Promise<void>;
  openGraph(target: FlowTarget): Promise<void>;
  /** The Deploy page of a deployment, of a declaration, or of a new deployment of a flow. */
  openDeployment(
    what:
      | { readonly deployment_id: string }
      | { readonly declared: DeclaredName; readonly target: FlowTarget }
      | { readonly target: FlowTarget },
  ): Promise<void>;
  /** The deployment that the page at this address shows. */
  deploymentAt(uri: Vscode.Uri): string | undefined;
  /** The page of a block; without a name that of a new one, without a type all types to choose from. */
  openBlock(options?: {
    readonly slug?: string;
    readonly name?: string;
    /** The name that a new one begins with. */
    readonly suggested?: string;
    readonly copy_of?: string;
    /** Tests it at once. */
    readonly test?: boolean;
  }): Promise<void>;
  /** Takes the page of a block away that is not there any more. What was typed there goes with a renamed one. */
  closeBlock(block: BlockName, renamed?: { readonly name: string; readonly version: number }): Promise<void>;
  isBlockVisible(block: BlockName): boolean;
  /** The block that the page at this address shows. */
  blockAt(uri: Vscode.Uri): BlockName | undefined;
  /** A run's page is the visible tab of some group. */
  isVisible(runId: string): boolean;
  /** The run that the page at this address shows now; its address may tell an earlier one. */
  runAt(uri: Vscode.Uri): string | undefined;
}

/**
 * What a person does with runs, each the same from a page, a tree, the palette and the code. They check trust, ask where
 * something would be lost, and throw what is meant for the user (a CancelledByUser when he changed his mind).
 */
export type ActionName =
  | "startRun"
  | "cancelRun"
  | "resumeRun"
  | "continueRun"
  | "runAgain"
  | "rerunTask"
  | "forgetResult"
  | "deleteRun"
  | "openSource"
  | "openLogDocument"
  | "copy"
  | "copyCommand"
  | "notifyWhenDone";

export type Actions = {
  readonly [Name in ActionName]: (input: HostCalls[Name]["input"]) => Promise<HostCalls[Name]["answer"]>;
};

/**
 * What commands get as their first argument: a lens gives a FlowTarget, the editor's title and menus a Uri, and a tree
 * its element, which carries what it stands for in these fields. Without any, the cursor's flow or a quick pick decides.
 */
export interface CommandElement {
  readonly target?: FlowTarget;
  readonly run_id?: string;
  readonly task_run_id?: string;
  readonly block?: BlockName;
  /** A type of blocks. */
  readonly block_type?: string;
  readonly deployment_id?: string;
  readonly schedule_id?: string;
  readonly declared?: DeclaredName;
  readonly pool?: string;
  readonly queue?: string;
}

/**
 * Words of a tree item's `contextValue`, in any order, separated by blanks; menus match them with `viewItem =~ /\bword\b/`.
 * file · flow · runnable (exported) · hasRun · task · run · taskRun · live · ended · cancellable · resumable · paused ·
 * failed (has an error) · source (its place in the code is known) · block · blockType · usable (its type is known) ·
 * testable · deployment · declared · on, off (its schedules fire, or do not) · schedule · pool · queue · polled, held
 * (runs are taken from it, or not).
 */
export type ItemWord =
  | "file"
  | "flow"
  | "runnable"
  | "hasRun"
  | "task"
  | "run"
  | "taskRun"
  | "live"
  | "ended"
  | "cancellable"
  | "resumable"
  | "paused"
  | "failed"
  | "source"
  | "block"
  | "blockType"
  | "usable"
  | "testable"
  | "deployment"
  | "declared"
  | "on"
  | "off"
  | "schedule"
  | "pool"
  | "queue"
  | "polled"
  | "held";
