/** The boxes of a run as it goes on: built again when task runs come, and not more often than that can be borne. */
import { effect, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import type { RunStore } from "../store.ts";
import { buildRunGraph, type Opened, type RunGraph } from "./model.ts";

export interface RunStructure {
  readonly graph: ReadonlySignal<RunGraph>;
  /** Ends it. */
  dispose(): void;
}

export interface RunStructureOptions {
  readonly store: Pick<RunStore, "runId" | "tasks">;
  readonly opened: Signal<Opened>;
  readonly later?: (work: () => void, ms: number) => void;
  readonly now?: () => number;
}

/** A growing run is built again this many times later than that took, at the soonest after `least` milliseconds. */
const rest = { times: 10, least: 120 } as const;

export function createRunStructure(options: RunStructureOptions): RunStructure {
  const { store, opened, later = setTimeout, now = () => performance.now() } = options;
  const graph = signal<RunGraph>(buildRunGraph([], store.runId, {}));
  /** Task run → what of it decides where it is drawn. */
  const shapes = new Map<string, string>();
  let quietUntil = Number.NEGATIVE_INFINITY;
  let waiting = false;
  let ended = false;

  const build = (): void => {
    if (ended) return;
    const begun = now();
    // What follows from it (a layout) happens within this line, and counts too.
    graph.value = buildRunGraph(store.tasks.peek().current(), store.runId, opened.peek());
    quietUntil = now() + Math.max(rest.least, (now() - begun) * rest.times);
  };
  const buildSoon = (): void => {
    if (waiting) return;
    const left = quietUntil - now();
    if (left <= 0) {
      build();
      return;
    }
    waiting = true;
    later(() => {
      waiting = false;
      build();
    }, left);
  };

  const endTasks = effect(() => {
    const table = store.tasks.value;
    untracked(() => {
      let grown = false;
      // The first table is what there was before: all of it is new here.
      const changed = shapes.size === 0 ? table.all().map((task) => task.id) : table.changed;
      for (const id of changed) {
        const task = table.get(id);
        const shape = task === undefined ? "" : `${task.child_flow_run_id ?? ""} ${task.superseded === true}`;
        if (shapes.get(id) !== shape) grown = true;
        shapes.set(id, shape);
      }
      if (grown) buildSoon();
    });
  });
  let first = true;
  const endOpened = effect(() => {
    opened.value;
    if (!first) untracked(build);
    first = false;
  });
  return {
    graph,
    dispose() {
      ended = true;
      endTasks();
      endOpened();
    },
  };
}
