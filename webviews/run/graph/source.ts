/** The graph of a run as it goes on: laid out again when it has grown, boxes drawn again when their state changes. */
import { computed, effect, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import type { TaskRun } from "../../../runtime/protocol/api.ts";
import { type BoxLook, type Drawing, type GraphSource, noLook } from "../../graph/view/types.ts";
import { layoutGraph } from "../../layout/graph.ts";
import type { Layout } from "../../layout/types.ts";
import type { Selection } from "../store.ts";
import type { TaskTable } from "../task-table.ts";
import { lookOf } from "./looks.ts";
import type { RunBox, RunGraph } from "./model.ts";
import { createRunStructure, type RunStructureOptions } from "./structure.ts";

export interface RunGraphSource extends GraphSource {
  /** Ends it. */
  dispose(): void;
}

export interface RunGraphOptions extends RunStructureOptions {
  readonly selection: Pick<Selection, "taskRunId" | "select">;
  readonly openCode: (task: TaskRun) => void;
}

export function createRunGraphSource(options: RunGraphOptions): RunGraphSource {
  const { store, selection, opened, openCode } = options;
  const structure = createRunStructure(options);
  const { graph } = structure;
  const drawing = signal<Drawing>(draw(graph.peek(), undefined));
  const looks = signal(0);
  /** One signal per box that was looked at: grows when one of its task runs has changed. */
  const versions = new Map<string, Signal<number>>();
  const known = new Map<string, BoxLook>();
  let before = graph.peek();

  const touch = (id: string): void => {
    known.delete(id);
    const version = versions.get(id);
    if (version !== undefined) version.value++;
  };
  const endGraph = effect(() => {
    const built = graph.value;
    untracked(() => {
      for (const [id, box] of built.boxes) {
        if (before.boxes.get(id)?.members.length !== box.members.length) touch(id);
      }
      for (const id of before.boxes.keys()) {
        if (built.boxes.has(id)) continue;
        known.delete(id);
        versions.delete(id);
      }
      drawing.value = draw(built, before.boxes.size > 0 ? drawing.peek().layout : undefined);
      before = built;
    });
  });
  const endTasks = effect(() => {
    const { changed } = store.tasks.value;
    untracked(() => {
      for (const id of changed) touchAround(graph.peek(), id, touch);
      if (changed.size > 0) looks.value++;
    });
  });

  const selected: ReadonlySignal<string | null> = computed(() => {
    const id = selection.taskRunId.value;
    return id === null ? null : (graph.value.boxOf.get(id) ?? null);
  });

  return {
    drawing,
    looks,
    selected,
    look(id) {
      const version = versions.get(id) ?? signal(0);
      versions.set(id, version);
      version.value;
      const kept = known.get(id);
      if (kept !== undefined) return kept;
      const box = graph.peek().boxes.get(id);
      if (box === undefined) return noLook;
      const table = store.tasks.peek();
      const look = lookOf(
        box,
        box.taskRunId === null ? undefined : table.get(box.taskRunId),
        box.members.flatMap((member) => table.get(member) ?? []),
      );
      known.set(id, look);
      return look;
    },
    select(id) {
      const box = id === null ? undefined : graph.peek().boxes.get(id);
      selection.select(box === undefined ? null : (box.taskRunId ?? worstOf(box, store.tasks.peek())));
    },
    open(id) {
      const box = graph.peek().boxes.get(id);
      const task = box === undefined ? undefined : store.tasks.peek().get(box.taskRunId ?? box.members[0] ?? "");
      if (task !== undefined) openCode(task);
    },
    toggle(id) {
      const box = graph.peek().boxes.get(id);
      if (box?.expandable === true) opened.value = { ...opened.peek(), [id]: !box.group };
    },
    tidy() {
      drawing.value = draw(graph.peek(), undefined);
    },
    dispose() {
      structure.dispose();
      endGraph();
      endTasks();
    },
  };
}

function draw({ boxes, input }: RunGraph, before: Layout | undefined): Drawing {
  return { boxes, layout: layoutGraph(input, before) };
}

/** The box of a task run, and those around it. */
function touchAround({ boxes, boxOf }: RunGraph, taskRunId: string, touch: (id: string) => void): void {
  for (let id = boxOf.get(taskRunId) ?? null; id !== null; id = boxes.get(id)?.parent ?? null) touch(id);
}

/** Of a map or a loop that is chosen, the one that failed is shown, else the one that runs, else the first. */
export function worstOf(box: RunBox, table: TaskTable): string | null {
  const members = box.members.flatMap((id) => table.get(id) ?? []);
  const bad = members.find(({ state_type }) => state_type === "FAILED" || state_type === "CRASHED");
  return (bad ?? members.find(({ state_type }) => state_type === "RUNNING") ?? members[0])?.id ?? null;
}
