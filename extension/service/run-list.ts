/** Which runs the editor shows, kept up to date from live events. Pure: no editor, no connection. */
import type { FlowRun, TaskRun } from "../../runtime/protocol/api.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import { flowKey } from "../paths.ts";

/** Runs that have ended and are shown. */
export const keptEnded = 50;

export interface RunList {
  /** Root runs, newest first: all that go on and the last that ended. */
  readonly runs: readonly FlowRun[];
  find(runId: string): FlowRun | undefined;
  /** The newest run of a flow, subflow runs included. */
  last(file: string, exported: string | null, name: string): FlowRun | undefined;
  /** Takes a run as it is now; gives what was known of it before. */
  put(run: FlowRun, shown: boolean): FlowRun | undefined;
  /** The newest run of a flow as somebody else knows it. */
  putLast(run: FlowRun): void;
  remove(runId: string): boolean;
  /** Replaces what is shown; the newest runs of flows stay known. */
  replace(runs: readonly FlowRun[]): void;
}

export function createRunList(): RunList {
  const shown = new Map<string, FlowRun>();
  /** Also subflow runs and those of other folders. */
  const newest = new Map<string, FlowRun>();
  let sorted: readonly FlowRun[] | undefined;

  const keyOf = (run: FlowRun): string => flowKey(run.flow_file, run.flow_export, run.flow_name);

  function putLast(run: FlowRun): void {
    const known = newest.get(keyOf(run));
    if (known === undefined || known.id === run.id || isNewer(run, known)) newest.set(keyOf(run), run);
  }

  return {
    get runs() {
      sorted ??= trim([...shown.values()].sort((left, right) => (isNewer(left, right) ? -1 : 1)));
      return sorted;
    },
    find: (runId) => shown.get(runId) ?? [...newest.values()].find((run) => run.id === runId),
    last: (file, exported, name) => newest.get(flowKey(file, exported, name)),
    put(run, isShown) {
      const before = shown.get(run.id) ?? [...newest.values()].find((known) => known.id === run.id);
      putLast(run);
      if (isShown) {
        shown.set(run.id, run);
        sorted = undefined;
      }
      return before;
    },
    putLast,
    remove(runId) {
      const was = shown.delete(runId);
      for (const [key, run] of newest) if (run.id === runId) newest.delete(key);
      if (was) sorted = undefined;
      return was;
    },
    replace(runs) {
      shown.clear();
      sorted = undefined;
      for (const run of runs) {
        shown.set(run.id, run);
        putLast(run);
      }
    },
  };

  function trim(runs: readonly FlowRun[]): readonly FlowRun[] {
    let ended = 0;
    const kept = runs.filter((run) => !isTerminal(run.state_type) || ended++ < keptEnded);
    if (kept.length < runs.length) {
      const ids = new Set(kept.map((run) => run.id));
      for (const id of shown.keys()) if (!ids.has(id)) shown.delete(id);
    }
    return kept;
  }
}

/** Ids begin with the moment they were made, so they decide between runs of one millisecond. */
export function isNewer(left: FlowRun, right: FlowRun): boolean {
  return left.created === right.created ? left.id > right.id : left.created > right.created;
}

/** In the order they began; those that have not begun come last, as they were made. */
export function inOrder(tasks: Iterable<TaskRun>): TaskRun[] {
  const began = (task: TaskRun): string => task.start_time ?? "~";
  return [...tasks].sort((left, right) => {
    if (began(left) !== began(right)) return began(left) < began(right) ? -1 : 1;
    return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
  });
}
