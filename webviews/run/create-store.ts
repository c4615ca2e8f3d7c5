/**
 * The run as the page knows it. Live events are followed before anything is read, so nothing is missed; what an event
 * has told is never overwritten by an answer that may be older (if the answer is newer, its event is on its way). After
 * a reset that begins anew.
 */
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { FlowRun, LiveEvent, TaskRun } from "../../runtime/protocol/api.ts";
import type { PageEvent, Surroundings } from "../../runtime/protocol/pages.ts";
import type { ArtifactRecord } from "../../runtime/protocol/records.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import type { Host } from "../kit/host.ts";
import type { LogsEvent, RunPhase, RunStore } from "./store.ts";
import { createTaskTable } from "./task-table.ts";

export interface RunStoreOptions {
  readonly host: Pick<Host, "api" | "call" | "onEvent">;
  readonly runId: string;
  /** The page can start the run itself when there is none yet. */
  readonly startable: boolean;
  readonly surroundings: ReadonlySignal<Surroundings>;
  /** What the host knew of the run when it made the page. */
  readonly known?: FlowRun | null;
  /** Ticks while somebody reads it. */
  readonly clock: ReadonlySignal<number>;
  /** Calls once, before the next frame is drawn. */
  readonly frame: (draw: () => void) => void;
  /** Task runs asked for in one answer. */
  readonly pageSize?: number;
}

/** Begins to follow and to read at once. */
export function createRunStore(options: RunStoreOptions): RunStore {
  const { host, runId, startable, surroundings, clock, frame, pageSize = 1000 } = options;
  const known = options.known?.id === runId ? options.known : null;
  const phase = signal<RunPhase>(known === null ? "loading" : "ready");
  const problem = signal<string | null>(null);
  const run = signal<FlowRun | null>(known);
  const builder = createTaskTable();
  const tasks = signal(builder.table());
  const tasksRead = signal(false);
  const subflows = signal<ReadonlyMap<string, FlowRun>>(new Map());
  const artifacts = signal<readonly ArtifactRecord[]>([]);
  const artifactsRead = signal(false);
  const logListeners = new Set<(event: LogsEvent) => void>();
  const resetListeners = new Set<() => void>();

  /** Changes since the last frame. */
  const pending = {
    run: undefined as FlowRun | undefined,
    subflows: new Map<string, FlowRun>(),
    artifacts: new Map<string, ArtifactRecord>(),
    tasks: false,
    scheduled: false,
  };
  /** Ids that events have told of since the last reset. */
  let told = new Set<string>();
  let newest = Number.NEGATIVE_INFINITY;
  /** Counts readings: what an earlier one still brings is dropped. */
  let reading = 0;

  const publish = (): void => {
    pending.scheduled = false;
    batch(() => {
      if (pending.run !== undefined) {
        run.value = pending.run;
        phase.value = "ready";
        problem.value = null;
        pending.run = undefined;
      }
      if (pending.tasks) tasks.value = builder.table();
      pending.tasks = false;
      if (pending.subflows.size > 0) subflows.value = new Map([...subflows.value, ...pending.subflows]);
      pending.subflows.clear();
      if (pending.artifacts.size > 0) {
        const kept = artifacts.value.map((one) => pending.artifacts.get(one.id) ?? one);
        const known = new Set(kept.map((one) => one.id));
        artifacts.value = [...kept, ...[...pending.artifacts.values()].filter((one) => !known.has(one.id))];
      }
      pending.artifacts.clear();
    });
  };
  const changed = (): void => {
    if (pending.scheduled) return;
    pending.scheduled = true;
    frame(publish);
  };

  const putRun = (flowRun: FlowRun): void => {
    if (flowRun.id === runId) pending.run = flowRun;
    else pending.subflows.set(flowRun.id, flowRun);
  };
  const putTasks = (list: readonly TaskRun[]): void => {
    for (const task of list) builder.put(task);
    pending.tasks ||= list.length > 0;
  };

  const onLive = (event: LiveEvent): void => {
    if (event.type === "reset") {
      newest = event.seq;
      void refresh();
      for (const listener of resetListeners) listener();
      return;
    }
    if (event.seq <= newest) return;
    newest = event.seq;
    switch (event.type) {
      case "flow-run":
        told.add(event.flow_run.id);
        putRun(event.flow_run);
        break;
      case "task-runs":
        for (const task of event.task_runs) told.add(task.id);
        putTasks(event.task_runs);
        break;
      case "artifact":
        told.add(event.artifact.id);
        pending.artifacts.set(event.artifact.id, event.artifact);
        break;
      case "logs":
        for (const listener of logListeners) listener(event);
        return;
      case "removed":
        if (event.flow_run_id === runId) phase.value = "deleted";
        return;
      case "deployments":
        return;
    }
    changed();
  };

  async function readRun(current: () => boolean): Promise<void> {
    try {
      const found = await host.api("GET /api/flow_runs/:id", { params: { id: runId } });
      if (!current() || told.has(runId)) return;
      putRun(found);
      changed();
    } catch (thrown) {
      if (!current() || told.has(runId)) return;
      const missing = codeOf(thrown) === "not-found";
      // What was shown stays; a banner tells that it is no longer live.
      if (run.value !== null && !missing) return;
      batch(() => {
        problem.value = messageOf(thrown);
        phase.value = !missing ? "failed" : startable && run.value === null ? "new" : "deleted";
      });
    }
  }

  async function readTasks(current: () => boolean): Promise<void> {
    let cursor: string | undefined;
    do {
      const body = { limit: pageSize, include_subflows: true, ...(cursor === undefined ? {} : { cursor }) };
      const page = await host.api("POST /api/flow_runs/:id/task_runs", { params: { id: runId }, body });
      if (!current()) return;
      putTasks(page.items.filter((task) => !told.has(task.id)));
      changed();
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    tasksRead.value = true;
  }

  async function readArtifacts(current: () => boolean): Promise<void> {
    const answer = await host.api("GET /api/flow_runs/:id/artifacts", { params: { id: runId } });
    if (!current()) return;
    for (const one of answer.artifacts) if (!told.has(one.id)) pending.artifacts.set(one.id, one);
    changed();
    artifactsRead.value = true;
  }

  /** Reads everything anew; live events go on meanwhile. */
  async function refresh(): Promise<void> {
    const mine = ++reading;
    const current = (): boolean => mine === reading;
    told = new Set();
    // A run that there is not has no tasks either: `readRun` says so. What it gets once it begins comes live.
    const nothing = (read: Signal<boolean>) => (): void => {
      if (current()) read.value = true;
    };
    await Promise.all([
      readRun(current),
      readTasks(current).catch(nothing(tasksRead)),
      readArtifacts(current).catch(nothing(artifactsRead)),
    ]);
  }

  async function begin(): Promise<void> {
    try {
      const { seq } = await host.call("follow", { flow_run_id: runId });
      newest = Math.max(newest, seq);
    } catch {
      // Nothing is live then: the surroundings say so.
    }
    await refresh();
  }

  let service = surroundings.peek().service;
  host.onEvent((event: PageEvent) => {
    if (event.type === "live") onLive(event.event);
    if (event.type === "known" && event.flow_run.id === runId && !told.has(runId)) {
      pending.run = event.flow_run;
      publish();
    }
    if (event.type !== "surroundings") return;
    const back = service !== "connected" && event.surroundings.service === "connected";
    service = event.surroundings.service;
    if (back) void begin();
  });
  void begin();

  const live = computed(() => run.value !== null && !isTerminal(run.value.state_type));
  let stood = Date.now();
  const now = computed(() => {
    if (live.value) stood = clock.value;
    return stood;
  });
  const subscribe = <Listener>(to: Set<Listener>, listener: Listener): (() => void) => {
    to.add(listener);
    return () => to.delete(listener);
  };
  return {
    runId,
    phase,
    problem,
    run,
    live,
    tasks,
    tasksRead,
    subflows,
    artifacts,
    artifactsRead,
    surroundings,
    now,
    task: (id) => tasks.value.get(id),
    onLogs: (listener) => subscribe(logListeners, listener),
    onReset: (listener) => subscribe(resetListeners, listener),
    refresh,
  };
}

function codeOf(thrown: unknown): unknown {
  return typeof thrown === "object" && thrown !== null && "code" in thrown ? thrown.code : undefined;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
