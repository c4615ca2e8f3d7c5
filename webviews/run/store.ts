/** What the parts of the run page share: the run as it is known now, and what is chosen. Made in create-store.ts. */
import type { ReadonlySignal } from "@preact/signals";
import type { FlowRun, LiveEvent, TaskRun } from "../../runtime/protocol/api.ts";
import type { Surroundings } from "../../runtime/protocol/pages.ts";
import type { ArtifactRecord } from "../../runtime/protocol/records.ts";
import type { TaskTable } from "./task-table.ts";

export type RunPhase =
  /** Nothing is known yet. */
  | "loading"
  /** There is no such run yet: the form that starts it is shown. */
  | "new"
  | "ready"
  /** The run was there and was removed, by hand or by retention. */
  | "deleted"
  /** It could not be read; `problem` says why. */
  | "failed";

export type LogsEvent = Extract<LiveEvent, { readonly type: "logs" }>;

/** Signals change at most once per animation frame. */
export interface RunStore {
  readonly runId: string;
  readonly phase: ReadonlySignal<RunPhase>;
  readonly problem: ReadonlySignal<string | null>;
  readonly run: ReadonlySignal<FlowRun | null>;
  /** True until the run has ended. */
  readonly live: ReadonlySignal<boolean>;
  /** Task runs of the run and of its subflows. The signal gives a new object when any of them changed. */
  readonly tasks: ReadonlySignal<TaskTable>;
  /** All task runs that there were at first have been read. */
  readonly tasksRead: ReadonlySignal<boolean>;
  /** Subflow runs that are known so far, by id. */
  readonly subflows: ReadonlySignal<ReadonlyMap<string, FlowRun>>;
  /** In the order they were made; one per id, the newest of it. */
  readonly artifacts: ReadonlySignal<readonly ArtifactRecord[]>;
  readonly artifactsRead: ReadonlySignal<boolean>;
  readonly surroundings: ReadonlySignal<Surroundings>;
  /** Milliseconds since the epoch; moves four times a second while the run is live, else stands at its last value. */
  readonly now: ReadonlySignal<number>;
  /** One task run, for components that show just this one. */
  task(id: string): TaskRun | undefined;
  /** New lines, as they come. After a reset (`onReset`) lines may be missing: read again. */
  onLogs(listener: (event: LogsEvent) => void): () => void;
  onReset(listener: () => void): () => void;
  /** Reads everything again. */
  refresh(): Promise<void>;
}

export const runTabs = ["graph", "timeline", "logs", "results"] as const;
export type RunTab = (typeof runTabs)[number];

/** One selection for all tabs: a task run, or none. Survives a reload. */
export interface Selection {
  readonly tab: ReadonlySignal<RunTab>;
  readonly taskRunId: ReadonlySignal<string | null>;
  showTab(tab: RunTab): void;
  /** Chooses a task run (the drawer opens) or none (it closes); `tab` also goes there. */
  select(taskRunId: string | null, tab?: RunTab): void;
}
