/** The chosen tab and task run; kept through a reload. */
import { effect, signal } from "@preact/signals";
import type { Host } from "../kit/host.ts";
import { readOneOf, remembered } from "../kit/remembered.ts";
import { type RunTab, runTabs, type Selection } from "./store.ts";

export interface KeptSelection extends Selection {
  /** Whether a tab or a task run was chosen by the user, now or before a reload: then the page chooses nothing itself. */
  readonly chosen: () => boolean;
  /** Chosen by the page: not remembered as the user's choice. */
  suggest(taskRunId: string | null, tab?: RunTab): void;
  /** The chosen task run has a successor; who chose it has chosen that. */
  replace(taskRunId: string): void;
}

export function createSelection(host: Pick<Host, "state" | "onEvent">): KeptSelection {
  const keptTab = remembered<RunTab | null>(host, "tab", null, (kept) => readOneOf(runTabs)(kept) ?? null);
  const keptTask = remembered<string | null>(host, "task", null, (kept) => (typeof kept === "string" ? kept : null));
  let chosen = keptTab.peek() !== null || keptTask.peek() !== null;
  const tab = signal<RunTab>(keptTab.peek() ?? "graph");
  const taskRunId = signal<string | null>(keptTask.peek());
  effect(() => {
    const [now, task] = [tab.value, taskRunId.value];
    if (!chosen) return;
    keptTab.value = now;
    keptTask.value = task;
  });
  const apply = (task: string | null, to: RunTab | undefined): void => {
    if (to !== undefined) tab.value = to;
    taskRunId.value = task;
  };
  const selection: KeptSelection = {
    tab,
    taskRunId,
    chosen: () => chosen,
    showTab(to) {
      chosen = true;
      tab.value = to;
      keptTab.value = to;
    },
    select(task, to) {
      chosen = true;
      apply(task, to);
      keptTask.value = task;
    },
    replace(task) {
      taskRunId.value = task;
    },
    suggest(task, to) {
      if (!chosen) apply(task, to);
    },
  };
  host.onEvent((event) => {
    if (event.type === "select") selection.select(event.task_run_id);
  });
  return selection;
}
