/** What the history page knows: reads pages of runs and their counts over time, and keeps up with live events. */
import { batch, computed, effect, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import type { FlowRun, LiveEvent } from "../../runtime/protocol/api.ts";
import type { UpcomingRun } from "../../runtime/protocol/deployments.ts";
import type { FlowSummary, RunGrid, RunHistory } from "../../runtime/protocol/editor-api.ts";
import type { Surroundings } from "../../runtime/protocol/pages.ts";
import type { Host } from "../kit/host.ts";
import { remembered } from "../kit/remembered.ts";
import { type Asked, askFor, type Choice, firstChoice, readChoice } from "./filters.ts";
import { createHistoryReader } from "./history-reader.ts";
import {
  addRuns,
  emptyList,
  firstPage,
  keepStates,
  nextPage,
  type RunList,
  removeRun,
  showWaiting,
  updateRuns,
} from "./run-list.ts";

import { mostUpcoming, wantedUpcoming, withUpcoming } from "./upcoming.ts";

const pageSize = 100;
const gridRuns = 60;
const typingMs = 220;
const eventsMs = 200;
/** The chart and the grid are read anew at most this often while runs come and change. */
const chartMs = 1500;

export type HistoryPhase = "loading" | "ready" | "failed";

export interface HistoryStore {
  readonly choice: Signal<Choice>;
  readonly phase: ReadonlySignal<HistoryPhase>;
  readonly problem: ReadonlySignal<string | null>;
  readonly list: ReadonlySignal<RunList>;
  /** A later page is being read. */
  readonly reading: ReadonlySignal<boolean>;
  /** Null until it was read; with the runs to come. */
  readonly history: ReadonlySignal<RunHistory | null>;
  /** Runs that schedules will start, the next one first. */
  readonly upcoming: ReadonlySignal<readonly UpcomingRun[]>;
  readonly flows: ReadonlySignal<readonly FlowSummary[]>;
  /** Runs × tasks, while one flow is chosen. */
  readonly grid: ReadonlySignal<RunGrid | null>;
  /** Whether new runs are put at the top of the list, or wait. */
  atTop: () => boolean;
  /** Buckets that the chart has room for. */
  readonly buckets: Signal<number>;
  more(): void;
  showNew(): void;
  reload(): void;
  /** Gives the function that ends it. */
  start(): () => void;
}

export interface HistoryStoreOptions {
  readonly host: Pick<Host, "api" | "call" | "onEvent" | "state" | "identity">;
  readonly surroundings: ReadonlySignal<Surroundings>;
  /** Buckets that the chart has room for at first; default 48. */
  readonly buckets?: number;
  readonly now?: () => number;
}

export function createHistoryStore(options: HistoryStoreOptions): HistoryStore {
  const { host, surroundings, now = Date.now } = options;
  const { identity } = host;
  const first = firstChoice(identity.page === "history" ? identity.filter : {});
  const choice = remembered<Choice>(host, "history.choice", first, (kept) => readChoice(kept, first));
  const settled = signal(choice.peek());
  const phase = signal<HistoryPhase>("loading");
  const problem = signal<string | null>(null);
  const list = signal<RunList>(emptyList);
  const reading = signal(false);
  const history = signal<RunHistory | null>(null);
  const scheduled = signal<readonly UpcomingRun[]>([]);
  const flows = signal<readonly FlowSummary[]>([]);
  const grid = signal<RunGrid | null>(null);
  const buckets = signal(options.buckets ?? 48);
  const upcoming = computed(() => {
    const { states } = settled.value;
    // Who asks for runs in some states asks for runs that there are.
    const { backfill } = settled.value;
    return states.length > 0 || settled.value.span !== null || backfill !== null
      ? []
      : wantedUpcoming(scheduled.value, settled.value);
  });
  const folders = computed(() => JSON.stringify(surroundings.value.folders));
  let asked: Asked = askFor(settled.peek(), surroundings.peek().folders, now());
  const readHistory = createHistoryReader({ host, now });
  /** Counts readings: what an earlier one still brings is dropped. */
  let turn = 0;

  const said = (reason: unknown) => (reason instanceof Error ? reason.message : String(reason));

  async function read(): Promise<void> {
    const mine = ++turn;
    asked = askFor(settled.peek(), surroundings.peek().folders, now());
    reading.value = true;
    try {
      const page = await host.api("POST /api/flow_runs/filter", { body: { ...asked.list, limit: pageSize } });
      if (mine !== turn) return;
      batch(() => {
        list.value = firstPage(page);
        phase.value = "ready";
        problem.value = null;
      });
    } catch (reason) {
      if (mine !== turn) return;
      batch(() => {
        problem.value = said(reason);
        if (phase.peek() === "loading") phase.value = "failed";
      });
    } finally {
      if (mine === turn) reading.value = false;
    }
  }

  async function more(): Promise<void> {
    const { cursor } = list.peek();
    if (cursor === null || reading.peek()) return;
    const mine = turn;
    reading.value = true;
    try {
      const page = await host.api("POST /api/flow_runs/filter", { body: { ...asked.list, limit: pageSize, cursor } });
      if (mine === turn) list.value = nextPage(list.peek(), page);
    } catch (reason) {
      if (mine === turn) problem.value = said(reason);
    } finally {
      if (mine === turn) reading.value = false;
    }
  }

  /** The chart and the grid: they stand beside the list, so it shows what is wrong. */
  async function readAround(): Promise<void> {
    const mine = turn;
    const begin = now();
    const { flow, range } = settled.peek();
    const { around } = asked;
    const under = settled.peek().everywhere ? [] : surroundings.peek().folders;
    const [counts, found, cells, coming] = await Promise.all([
      readHistory(around, range, buckets.peek()).catch(() => undefined),
      host.api("POST /api/flows/summary", { body: {} }).catch(() => undefined),
      flow?.file === undefined
        ? null
        : host
            .api("POST /api/flow_runs/grid", {
              body: {
                flow_file: flow.file,
                ...(flow.export === undefined ? {} : { flow_export: flow.export }),
                limit: gridRuns,
              },
            })
            .catch(() => undefined),
      host
        .api("POST /api/upcoming", { body: { limit: mostUpcoming, ...(under.length === 0 ? {} : { under }) } })
        .catch(() => undefined),
    ]);
    aroundMs = now() - begin;
    if (mine !== turn) return;
    batch(() => {
      if (counts !== undefined) history.value = counts;
      if (found !== undefined) flows.value = found.flows;
      if (cells !== undefined) grid.value = cells;
      if (coming !== undefined) scheduled.value = coming.upcoming;
    });
  }

  /** Events by run, gathered for a moment. */
  const changed = new Map<string, FlowRun>();
  let eventTimer: ReturnType<typeof setTimeout> | undefined;
  let chartTimer: ReturnType<typeof setTimeout> | undefined;
  /** How long the last reading took. */
  let aroundMs = 0;

  async function apply(): Promise<void> {
    eventTimer = undefined;
    const mine = turn;
    const { list: updated, unknown } = updateRuns(list.peek(), changed);
    changed.clear();
    list.value = keepStates(updated, asked.list.state_types);
    if (unknown.length === 0) return;
    // Which of them belong in the list is the service's to say: it knows how paths compare.
    const page = await host
      .api("POST /api/flow_runs/filter", {
        body: { ...asked.list, ids: unknown, include_subflows: false, limit: pageSize },
      })
      .catch(() => undefined);
    if (page !== undefined && mine === turn) list.value = addRuns(list.peek(), page.items, store.atTop());
  }

  async function catchUp(): Promise<void> {
    const mine = turn;
    const page = await host
      .api("POST /api/flow_runs/filter", { body: { ...asked.list, limit: pageSize } })
      .catch(() => undefined);
    if (page === undefined || mine !== turn || phase.peek() !== "ready") return;
    const { list: updated } = updateRuns(list.peek(), new Map(page.items.map((run) => [run.id, run])));
    list.value = addRuns(updated, page.items, store.atTop());
  }

  function told(event: LiveEvent): void {
    if (event.type === "reset") return void reload();
    if (event.type === "removed") list.value = removeRun(list.peek(), event.flow_run_id);
    else if (event.type === "flow-run") {
      changed.set(event.flow_run.id, event.flow_run);
      eventTimer ??= setTimeout(() => void apply(), eventsMs);
    } else if (event.type !== "deployments") return;
    chartTimer ??= setTimeout(
      () => {
        chartTimer = undefined;
        void readAround();
      },
      // Counting a hundred thousand runs costs the service something: it shall do other things most of the time.
      Math.max(chartMs, 5 * aroundMs),
    );
  }

  function reload(): void {
    void read();
    void readAround();
  }

  const store: HistoryStore = {
    choice,
    phase,
    problem,
    list,
    reading,
    history: computed(() => (history.value === null ? null : withUpcoming(history.value, upcoming.value))),
    upcoming,
    flows,
    grid,
    buckets,
    atTop: () => true,
    more: () => void more(),
    showNew() {
      list.value = showWaiting(list.peek());
    },
    reload,
    start() {
      let typing: ReturnType<typeof setTimeout> | undefined;
      const ends = [
        host.onEvent((event) => {
          if (event.type === "live") told(event.event);
        }),
        effect(() => {
          const next = choice.value;
          clearTimeout(typing);
          const typed = next.text !== untracked(() => settled.peek().text);
          if (!typed) settled.value = next;
          else
            typing = setTimeout(() => {
              settled.value = next;
            }, typingMs);
        }),
        effect(() => {
          settled.value;
          folders.value;
          untracked(() => {
            if (settled.peek().flow?.file === undefined) grid.value = null;
            reload();
          });
        }),
        effect(() => {
          buckets.value;
          // The first reading has them already.
          if (untracked(() => history.peek()) !== null) untracked(() => void readAround());
        }),
        effect(() => {
          // What failed while the service was away is read again when it is back.
          if (surroundings.value.service === "connected" && problem.peek() !== null) untracked(reload);
        }),
      ];
      // What happened between the first reading and the answer was told to nobody. Without live updates the page is
      // still right when it is read again.
      host.call("follow", { flow_run_id: "*" }).then(catchUp, () => undefined);
      return () => {
        for (const end of ends) end();
        clearTimeout(typing);
        clearTimeout(eventTimer);
        clearTimeout(chartTimer);
        turn++;
        host.call("unfollow", { flow_run_id: "*" }).catch(() => undefined);
      };
    },
  };
  return store;
}
