/** What the timeline shows: rows that follow the run, a stretch of time, and what was read of it. */
import { computed, effect, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import type { TaskRun } from "../../../runtime/protocol/api.ts";
import { isTerminal } from "../../../runtime/protocol/states.ts";
import type { Host } from "../../kit/host.ts";
import type { Opened } from "../graph/model.ts";
import { worstOf } from "../graph/source.ts";
import { createRunStructure } from "../graph/structure.ts";
import type { RunStore, Selection } from "../store.ts";
import { type Bar, manyBars, taskBars } from "./bars.ts";
import { type TimelineRow, timelineRows } from "./rows.ts";
import { moveWindow, type TimeWindow, wholeWindow, zoomWindow } from "./scale.ts";
import { byTask, type Spans } from "./spans.ts";

export interface TimelineOptions {
  readonly store: Pick<RunStore, "runId" | "run" | "tasks" | "live" | "now" | "onReset">;
  readonly host: Pick<Host, "api">;
  readonly selection: Pick<Selection, "taskRunId" | "select">;
  readonly opened: Signal<Opened>;
  readonly openCode: (task: TaskRun) => void;
}

export interface TimelineControl {
  readonly rows: ReadonlySignal<readonly TimelineRow[]>;
  /** Place of the chosen task run's row; -1 when there is none. */
  readonly chosenRow: ReadonlySignal<number>;
  readonly window: ReadonlySignal<TimeWindow>;
  /** When the run began. */
  readonly start0: ReadonlySignal<number>;
  /** Where now is in what is seen, 0 to 1; null when it is not seen or the run has ended. */
  readonly nowShare: ReadonlySignal<number | null>;
  /** The row that Tab reaches. */
  readonly current: Signal<number>;
  readonly now: ReadonlySignal<number>;
  bars(row: TimelineRow): readonly Bar[];
  members(row: TimelineRow): readonly TaskRun[];
  /** The task run that the row is; undefined for a map or a loop. */
  task(row: TimelineRow): TaskRun | undefined;
  isSelected(row: TimelineRow): boolean;
  zoom(factor: number, share: number): void;
  /** By a share of what is seen. */
  move(share: number): void;
  showAll(): void;
  select(row: TimelineRow): void;
  open(row: TimelineRow): void;
  toggle(row: TimelineRow): void;
  /** Reads the states before now; gives the function that ends it. */
  start(): () => void;
}

/** While the run is live its states are read again this often: states that came in one go are seen only there. */
const readAgainMs = 3000;

export function createTimelineControl(options: TimelineOptions): TimelineControl {
  const { store, host, selection, opened, openCode } = options;
  const read = signal<ReadonlyMap<string, Spans>>(new Map());
  const chosen = signal<TimeWindow | null>(null);
  const structure = createRunStructure({ store, opened });
  const rows = computed(() => timelineRows(structure.graph.value));
  const start0 = computed(() => {
    const run = store.run.value;
    const begun = run === null ? store.now.value : Date.parse(run.start_time ?? run.created);
    const [first] = store.tasks.value.all();
    return first === undefined ? begun : Math.min(begun, Date.parse(first.start_time ?? first.state.timestamp));
  });
  const end = computed(() => {
    const run = store.run.value;
    if (run === null || !isTerminal(run.state_type)) return store.now.value;
    let last = Date.parse(run.end_time ?? run.state.timestamp);
    for (const task of store.tasks.value.all()) {
      if (task.end_time !== null) last = Math.max(last, Date.parse(task.end_time));
    }
    return last;
  });
  const whole = computed(() => wholeWindow(start0.value, end.value, store.live.value));
  const window = computed(() => chosen.value ?? whole.value);
  const nowShare = computed(() => {
    if (!store.live.value) return null;
    const { from, to } = window.value;
    const share = (store.now.value - from) / (to - from);
    return share < 0 || share > 1 ? null : share;
  });

  async function readSpans(): Promise<void> {
    const answer = await host.api("GET /api/flow_runs/:id/timeline", { params: { id: store.runId } }).catch(() => null);
    if (answer !== null) read.value = byTask(answer.tasks);
  }

  const members = (row: TimelineRow): readonly TaskRun[] => {
    const table = store.tasks.value;
    return row.box.members.flatMap((id) => table.get(id) ?? []);
  };
  const selectedBox = computed(() => {
    const id = selection.taskRunId.value;
    return id === null ? null : (structure.graph.value.boxOf.get(id) ?? null);
  });
  const task = (row: TimelineRow): TaskRun | undefined =>
    row.box.taskRunId === null ? undefined : store.tasks.value.get(row.box.taskRunId);
  return {
    rows,
    chosenRow: computed(() =>
      selectedBox.value === null ? -1 : rows.value.findIndex((row) => row.box.id === selectedBox.value),
    ),
    task,
    now: store.now,
    members,
    isSelected: (row) => selectedBox.value === row.box.id,
    window,
    start0,
    nowShare,
    current: signal(0),
    bars(row) {
      const one = task(row);
      return one === undefined ? manyBars(members(row)) : taskBars(one, read.value.get(one.id));
    },
    zoom(factor, share) {
      const next = zoomWindow(window.peek(), factor, share, whole.peek());
      const all = next.to - next.from >= whole.peek().to - whole.peek().from;
      chosen.value = all ? null : next;
    },
    move(share) {
      if (chosen.peek() === null) return;
      const { from, to } = window.peek();
      chosen.value = moveWindow({ from, to }, (to - from) * share, whole.peek());
    },
    showAll() {
      chosen.value = null;
    },
    select(row) {
      selection.select(row.box.taskRunId ?? worstOf(row.box, store.tasks.peek()));
    },
    open(row) {
      const one = store.tasks.peek().get(row.box.taskRunId ?? row.box.members[0] ?? "");
      if (one !== undefined) openCode(one);
    },
    toggle(row) {
      if (row.box.expandable) opened.value = { ...opened.peek(), [row.box.id]: !row.box.group };
    },
    start() {
      const endReset = store.onReset(() => void readSpans());
      let timer: ReturnType<typeof setInterval> | undefined;
      const endLive = effect(() => {
        const live = store.live.value;
        clearInterval(timer);
        untracked(() => void readSpans());
        if (live) timer = setInterval(() => void readSpans(), readAgainMs);
      });
      return () => {
        endReset();
        endLive();
        clearInterval(timer);
        structure.dispose();
      };
    },
  };
}
