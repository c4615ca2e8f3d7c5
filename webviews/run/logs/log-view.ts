/** What the log tab shows and does, without its drawing. Effects: the host's API, timers. */
import { batch, computed, effect, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import type { LogWindowFilter } from "../../../runtime/protocol/editor-api.ts";
import type { LogRecord } from "../../../runtime/protocol/records.ts";
import type { Host } from "../../kit/host.ts";
import { readBoolean, readNumber, readOneOf, remembered } from "../../kit/remembered.ts";
import { Scroller } from "../../kit/virtual-scroller.ts";
import type { RunStore, Selection } from "../store.ts";
import { createFind, type LogFind } from "./find.ts";
import { LineCache } from "./line-cache.ts";
import { messageShape, type TimeStyle } from "./line-text.ts";

export const lineHeight = 20;
/** Live lines are read at most this often. */
const refreshEveryMs = 120;
/** Lines that are copied at once; more are for the text document. */
export const copiedAtMost = 20_000;

export interface LogView {
  readonly scroller: Scroller;
  readonly find: LogFind;
  /** Changes when lines came. */
  readonly revision: ReadonlySignal<number>;
  readonly total: ReadonlySignal<number>;
  readonly known: ReadonlySignal<boolean>;
  readonly problem: ReadonlySignal<string | null>;
  /** The lowest level that is shown; 0 for all. */
  readonly level: Signal<number>;
  readonly wrap: Signal<boolean>;
  readonly times: Signal<TimeStyle>;
  readonly expanded: ReadonlySignal<ReadonlySet<number>>;
  /** The row that keys act on, and the other end of the rows that are marked. */
  readonly active: ReadonlySignal<number | null>;
  readonly anchor: ReadonlySignal<number | null>;
  /** Lines that came while the end was out of sight. */
  readonly unseen: ReadonlySignal<number>;
  /** Only lines of this task run are shown. */
  readonly taskRunId: ReadonlySignal<string | null>;
  line(index: number): LogRecord | undefined;
  toggle(index: number): void;
  activate(index: number, extend?: boolean): void;
  retry(): void;
  /** These lines, also those that are not loaded. */
  read(from: number, to: number): Promise<readonly LogRecord[]>;
  /** Gives the function that ends it. */
  start(): () => void;
}

export interface LogViewParts {
  readonly store: RunStore;
  readonly host: Host;
  readonly selection: Pick<Selection, "taskRunId">;
}

export function createLogView({ store, host, selection }: LogViewParts): LogView {
  const scroller = new Scroller(lineHeight, { follow: true });
  const level = remembered(host, "logs.level", 0, readNumber);
  const wrap = remembered(host, "logs.wrap", false, readBoolean);
  const times = remembered<TimeStyle>(host, "logs.times", "absolute", readOneOf(["relative", "absolute"]));
  const revision = signal(0);
  const total = signal(0);
  const known = signal(false);
  const problem = signal<string | null>(null);
  const expanded = signal<ReadonlySet<number>>(new Set());
  const active = signal<number | null>(null);
  const anchor = signal<number | null>(null);
  const seen = signal(0);
  let cache: LineCache | undefined;

  const filter = computed<LogWindowFilter>(() => {
    const id = selection.taskRunId.value;
    const child = id === null ? null : (store.task(id)?.child_flow_run_id ?? null);
    return {
      ...(level.value === 0 ? {} : { level: level.value }),
      // A task run that stands for a subflow writes nothing itself.
      ...(id === null ? {} : child === null ? { task_run_id: id } : { flow_run_id: child }),
    };
  });
  const filterKey = computed(() => JSON.stringify(filter.value));

  const ask = (asked: LogWindowFilter, start: number, count: number) =>
    host.api("POST /api/flow_runs/:id/logs/window", {
      params: { id: store.runId },
      body: { filter: asked, start, count },
    });

  const find = createFind({
    ask: (text, from, backwards) =>
      host.api("POST /api/flow_runs/:id/logs/find", {
        params: { id: store.runId },
        body: { filter: filter.peek(), text, from, backwards },
      }),
    total: () => total.peek(),
    firstSeen: () => scroller.firstSeen(),
    show(index) {
      activate(index);
      scroller.scrollToRow(index, "center");
    },
  });

  function open(): LineCache {
    const asked = filter.peek();
    const made = new LineCache({
      ask: (start, count) => ask(asked, start, count),
      changed(from, lines) {
        batch(() => {
          problem.value = null;
          known.value = true;
          total.value = made.total;
          scroller.setCount(made.total);
          scroller.expect(from, wrap.peek() ? [] : lines.map(expectedHeight));
          revision.value = revision.peek() + 1;
        });
        want();
      },
      failed(reason) {
        problem.value = reason instanceof Error ? reason.message : String(reason);
      },
    });
    return made;
  }

  function restart(): void {
    cache?.close();
    batch(() => {
      known.value = false;
      total.value = 0;
      seen.value = 0;
      expanded.value = new Set();
      active.value = null;
      anchor.value = null;
      scroller.setCount(0);
      scroller.reset();
      scroller.scrollToEnd();
      revision.value = revision.peek() + 1;
    });
    cache = open();
    cache.refresh();
    find.again();
  }

  function want(): void {
    const { from, to } = scroller.range.peek();
    if (to > from) cache?.want(from, to - 1);
  }

  function activate(index: number, extend = false): void {
    const row = Math.max(0, Math.min(total.peek() - 1, index));
    batch(() => {
      anchor.value = extend ? (anchor.peek() ?? active.peek() ?? row) : row;
      active.value = row;
    });
  }

  return {
    scroller,
    find,
    revision,
    total,
    known,
    problem,
    level,
    wrap,
    times,
    expanded,
    active,
    anchor,
    unseen: computed(() => (scroller.atEnd.value ? 0 : Math.max(0, total.value - seen.value))),
    taskRunId: selection.taskRunId,
    line: (index) => cache?.line(index),
    toggle(index) {
      const next = new Set(expanded.peek());
      if (!next.delete(index)) next.add(index);
      expanded.value = next;
    },
    activate,
    retry() {
      problem.value = null;
      cache?.refresh();
      want();
    },
    async read(from, to) {
      const end = Math.min(to, from + copiedAtMost - 1, total.peek() - 1);
      const lines: LogRecord[] = [];
      while (from + lines.length <= end) {
        const answer = await ask(filter.peek(), from + lines.length, Math.min(2_000, end - from - lines.length + 1));
        if (answer.lines.length === 0) break;
        lines.push(...answer.lines);
      }
      return lines;
    },
    start() {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const soon = () => {
        timer ??= setTimeout(() => {
          timer = undefined;
          cache?.refresh();
        }, refreshEveryMs);
      };
      const ends = [
        effect(() => {
          filterKey.value;
          untracked(restart);
        }),
        effect(() => {
          scroller.range.value;
          untracked(want);
        }),
        effect(() => {
          if (scroller.atEnd.value) seen.value = total.value;
        }),
        // Wrapped or not, every row has another height.
        effect(() => {
          wrap.value;
          untracked(() => scroller.reset());
        }),
        effect(() => {
          // The last lines may be written after the last event was sent.
          if (!store.live.value) soon();
        }),
        effect(() => {
          if (store.surroundings.value.service === "connected" && problem.peek() !== null) soon();
        }),
        store.onLogs(soon),
        store.onReset(soon),
      ];
      return () => {
        clearTimeout(timer);
        for (const end of ends) end();
        cache?.close();
      };
    },
  };
}

/** Messages of several lines are taller; what is folded away has a line of its own that says so. */
function expectedHeight(line: LogRecord): number {
  if (!line.message.includes("\n")) return 0;
  const { lines, hiddenLines, hiddenCharacters } = messageShape(line.message, false);
  return (lines + (hiddenLines + hiddenCharacters > 0 ? 1 : 0)) * lineHeight;
}
