/** The graph of a run as it goes on: laid out again when task runs come, boxes drawn again when their state changes. */
import { computed, effect, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import type { TaskRun } from "../../../runtime/protocol/api.ts";
import type { BoxLook, Drawing, GraphSource } from "../../graph/view/types.ts";
import { layoutGraph } from "../../layout/graph.ts";
import type { RunStore, Selection } from "../store.ts";
import type { TaskTable } from "../task-table.ts";
import { lookOf } from "./looks.ts";
import { buildRunGraph, type Opened, type RunBox, type RunGraph } from "./model.ts";

export interface RunGraphSource extends GraphSource {
  box(id: string): RunBox | undefined;
  /** Ends it. */
  dispose(): void;
}

export interface RunGraphOptions {
  readonly store: Pick<RunStore, "runId" | "tasks">;
  readonly selection: Pick<Selection, "taskRunId" | "select">;
  readonly opened: Signal<Opened>;
  readonly openCode: (task: TaskRun) => void;
  readonly later?: (work: () => void, ms: number) => void;
  readonly now?: () => number;
}

/** A growing graph is laid out this many times its own cost later, at the soonest after `least` milliseconds. */
const rest = { times: 6, least: 100 } as const;

export function createRunGraphSource(options: RunGraphOptions): RunGraphSource {
  const { store, selection, opened, openCode, later = setTimeout, now = () => performance.now() } = options;
  const graph = signal<RunGraph>(buildRunGraph([], store.runId, {}));
  const drawing = signal<Drawing>({ boxes: graph.peek().boxes, layout: layoutGraph({ nodes: [], edges: [] }) });
  const looks = signal(0);
  /** One signal per box that was looked at: grows when one of its task runs has changed. */
  const versions = new Map<string, Signal<number>>();
  const known = new Map<string, BoxLook>();
  let table: TaskTable = store.tasks.peek();
  let quietUntil = 0;
  let waiting = false;

  const rebuild = (keepPlaces: boolean): void => {
    const begun = now();
    const built = buildRunGraph(table.current(), store.runId, opened.peek());
    const before = keepPlaces && graph.peek().boxes.size > 0 ? drawing.peek().layout : undefined;
    const layout = layoutGraph(built.input, before);
    const old = graph.peek();
    graph.value = built;
    for (const [id, box] of built.boxes) {
      const members = old.boxes.get(id)?.members;
      if (members === undefined || members.length !== box.members.length) touch(id);
    }
    for (const id of old.boxes.keys()) if (!built.boxes.has(id)) forget(id);
    drawing.value = { boxes: built.boxes, layout };
    quietUntil = now() + Math.max(rest.least, (now() - begun) * rest.times);
  };
  const touch = (id: string): void => {
    known.delete(id);
    const version = versions.get(id);
    if (version !== undefined) version.value++;
  };
  const forget = (id: string): void => {
    known.delete(id);
    versions.delete(id);
  };
  const rebuildSoon = (): void => {
    if (waiting) return;
    const left = quietUntil - now();
    if (left <= 0) {
      rebuild(true);
      return;
    }
    waiting = true;
    later(() => {
      waiting = false;
      rebuild(true);
    }, left);
  };

  const shapes = new Map<string, string>();
  const end = effect(() => {
    table = store.tasks.value;
    let grown = false;
    untracked(() => {
      for (const id of table.changed) {
        const task = table.get(id);
        const shape = task === undefined ? "" : `${task.child_flow_run_id ?? ""} ${task.superseded === true}`;
        if (shapes.get(id) !== shape) grown = true;
        shapes.set(id, shape);
        touchAround(graph.peek(), id, touch);
      }
      if (table.changed.size > 0) looks.value++;
      if (grown) rebuildSoon();
    });
  });
  let first = true;
  const endOpened = effect(() => {
    opened.value;
    if (!first) untracked(() => rebuild(true));
    first = false;
  });

  const selected: ReadonlySignal<string | null> = computed(() => {
    const id = selection.taskRunId.value;
    return id === null ? null : (graph.value.boxOf.get(id) ?? null);
  });

  return {
    drawing,
    looks,
    selected,
    box: (id) => graph.value.boxes.get(id),
    look(id) {
      const version = versions.get(id) ?? signal(0);
      versions.set(id, version);
      version.value;
      const before = known.get(id);
      if (before !== undefined) return before;
      const box = graph.peek().boxes.get(id);
      if (box === undefined) return nothing;
      const task = box.taskRunId === null ? undefined : table.get(box.taskRunId);
      const look = lookOf(
        box,
        task,
        box.members.flatMap((member) => table.get(member) ?? []),
      );
      known.set(id, look);
      return look;
    },
    select(id) {
      const box = id === null ? undefined : graph.peek().boxes.get(id);
      selection.select(box === undefined ? null : (box.taskRunId ?? worstOf(box, table)));
    },
    open(id) {
      const box = graph.peek().boxes.get(id);
      const task = box === undefined ? undefined : table.get(box.taskRunId ?? box.members[0] ?? "");
      if (task !== undefined) openCode(task);
    },
    toggle(id) {
      const box = graph.peek().boxes.get(id);
      if (box?.expandable === true) opened.value = { ...opened.peek(), [id]: !box.group };
    },
    tidy: () => rebuild(false),
    dispose() {
      end();
      endOpened();
    },
  };
}

const nothing: BoxLook = {
  icon: "circle-large-outline",
  spins: false,
  tone: "",
  count: "",
  detail: "",
  since: null,
  progress: null,
  name: "",
  active: false,
};

/** The box of a task run, and those around it. */
function touchAround({ boxes, boxOf }: RunGraph, taskRunId: string, touch: (id: string) => void): void {
  for (let id = boxOf.get(taskRunId) ?? null; id !== null; id = boxes.get(id)?.parent ?? null) touch(id);
}

/** Of a map or a loop that is chosen, the one that failed is shown, else the one that runs, else the first. */
function worstOf(box: RunBox, table: TaskTable): string | null {
  const members = box.members.flatMap((id) => table.get(id) ?? []);
  const bad = members.find(({ state_type }) => state_type === "FAILED" || state_type === "CRASHED");
  return (bad ?? members.find(({ state_type }) => state_type === "RUNNING") ?? members[0])?.id ?? null;
}
