/** Live runs, the last that ended, and the tasks of those that somebody looks at; follows the orchestrator's events. */
import type * as Vscode from "vscode";
import type { FlowRun, LiveEvent, TaskRun } from "../../runtime/protocol/api.ts";
import { toError } from "../../runtime/protocol/errors.ts";
import { isTerminal, type StateType, stateTypes } from "../../runtime/protocol/states.ts";
import type { RunModel, Service, VscodeApi } from "../context.ts";
import { isInside } from "../paths.ts";
import type { RealFiles } from "../real-files.ts";
import { createRunList, inOrder, keptEnded } from "./run-list.ts";
import { createThrottle } from "./throttle.ts";

const liveTypes: readonly StateType[] = stateTypes.filter((type) => !isTerminal(type));
/** A view redraws at most this often, however much goes on. */
const changeEvery = 100;
const tasksAtOnce = 1000;

export interface RunModelOptions {
  readonly vscode: VscodeApi;
  readonly service: Service;
  readonly log: Pick<Vscode.LogOutputChannel, "warn">;
  readonly files: RealFiles;
  /** Milliseconds between two change events. */
  readonly changeEvery?: number;
}

export interface OwnedRunModel extends RunModel, Vscode.Disposable {
  /** Each change of a run's state, with what it was before; at once, not throttled. */
  readonly onDidChangeRun: Vscode.Event<{ readonly run: FlowRun; readonly before: FlowRun | undefined }>;
  /** Learns the newest runs of the flows of these files, where they are not among those shown. */
  learn(files: readonly string[]): Promise<void>;
}

export function createRunModel(options: RunModelOptions): OwnedRunModel {
  const { vscode, service, log, files: realFiles } = options;
  const changed = new vscode.EventEmitter<void>();
  const runChanged = new vscode.EventEmitter<{ run: FlowRun; before: FlowRun | undefined }>();
  const throttle = createThrottle(() => changed.fire(), options.changeEvery ?? changeEvery);
  const list = createRunList();
  const tasks = new Map<string, { known: Map<string, TaskRun>; loading: Promise<void> }>();
  const learnt = new Set<string>();
  let scope: "workspace" | "all" = "workspace";
  let refreshing: Promise<void> | undefined;
  /** Asked for again while it was being read: what was read may be of another scope. */
  let again = false;
  /** Told while everything is being read: what was read may be older. */
  let meanwhile: FlowRun[] = [];

  const isShown = (run: FlowRun): boolean =>
    run.parent_flow_run_id === null && (scope === "all" || isInside(run.flow_file, realFiles.folders()));

  function onEvent(event: LiveEvent): void {
    if (event.type === "flow-run") {
      const before = list.put(event.flow_run, isShown(event.flow_run));
      if (refreshing !== undefined) meanwhile.push(event.flow_run);
      runChanged.fire({ run: event.flow_run, before });
      throttle.call();
    } else if (event.type === "task-runs") {
      const kept = tasks.get(event.flow_run_id);
      if (kept === undefined) return;
      for (const task of event.task_runs) kept.known.set(task.id, task);
      throttle.call();
    } else if (event.type === "removed") {
      tasks.delete(event.flow_run_id);
      list.remove(event.flow_run_id);
      throttle.call();
    } else if (event.type === "reset") void model.refresh();
  }

  async function readTasks(runId: string, known: Map<string, TaskRun>): Promise<void> {
    const client = await service.existing();
    if (client === undefined) return;
    let cursor: string | null = null;
    do {
      const page: { items: readonly TaskRun[]; next_cursor: string | null } = await client.request(
        "POST /api/flow_runs/:id/task_runs",
        { params: { id: runId }, body: { limit: tasksAtOnce, ...(cursor === null ? {} : { cursor }) } },
      );
      // What an event has told meanwhile is newer than what was read.
      for (const task of page.items) if (!known.has(task.id)) known.set(task.id, task);
      cursor = page.next_cursor;
    } while (cursor !== null);
  }

  async function read(): Promise<void> {
    do {
      again = false;
      meanwhile = [];
      await readOnce();
      for (const run of meanwhile) list.put(run, isShown(run));
    } while (again);
  }

  async function readOnce(): Promise<void> {
    const client = await service.existing();
    tasks.clear();
    learnt.clear();
    if (client === undefined) {
      list.replace([]);
      throttle.call();
      return;
    }
    const where = scope === "all" ? {} : { under: realFiles.folders() };
    if (scope === "workspace" && where.under?.length === 0) list.replace([]);
    else {
      const [live, ended] = await Promise.all([
        client.request("POST /api/flow_runs/filter", { body: { ...where, state_types: liveTypes, limit: 200 } }),
        client.request("POST /api/flow_runs/filter", { body: { ...where, limit: keptEnded } }),
      ]);
      list.replace([...ended.items, ...live.items]);
    }
    throttle.call();
  }

  const ends: Vscode.Disposable[] = [
    service.onEvent(onEvent),
    service.onDidChangeState((state) => {
      if (state === "connected") void model.refresh();
      else if (state === "stopped" || state === "failed") throttle.call();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(() => void model.refresh()),
  ];

  const model: OwnedRunModel = {
    get runs() {
      return list.runs;
    },
    onDidChange: changed.event,
    onDidChangeRun: runChanged.event,
    get scope() {
      return scope;
    },
    set scope(next) {
      if (next === scope) return;
      scope = next;
      void model.refresh();
    },
    async tasks(runId) {
      let kept = tasks.get(runId);
      if (kept === undefined) {
        const known = new Map<string, TaskRun>();
        kept = { known, loading: readTasks(runId, known) };
        tasks.set(runId, kept);
        kept.loading.catch(() => tasks.delete(runId));
      }
      await kept.loading;
      return inOrder(kept.known.values());
    },
    lastRun: (target) => list.last(realFiles.real(vscode.Uri.parse(target.uri).fsPath), target.export, target.name),
    find: list.find,
    refresh() {
      if (refreshing !== undefined) again = true;
      refreshing ??= read()
        .catch((thrown: unknown) => log.warn(`runs could not be read: ${toError(thrown).message}`))
        .finally(() => {
          refreshing = undefined;
        });
      return refreshing;
    },
    async learn(files) {
      const unknown = files.map(realFiles.real).filter((file) => !learnt.has(file));
      if (unknown.length === 0) return;
      const client = await service.existing();
      if (client === undefined) return;
      for (const file of unknown) learnt.add(file);
      try {
        const { flows } = await client.request("POST /api/flows/summary", { body: { files: unknown } });
        for (const { last_run } of flows) list.putLast(last_run);
        if (flows.length > 0) throttle.call();
      } catch (thrown) {
        for (const file of unknown) learnt.delete(file);
        log.warn(`last runs could not be read: ${toError(thrown).message}`);
      }
    },
    dispose() {
      for (const end of ends) end.dispose();
      throttle.dispose();
      changed.dispose();
      runChanged.dispose();
    },
  };
  return model;
}
