/** A service's client whose answers a test gives: route → answer. What was asked is kept. */
import type { Client } from "../../runtime/client/client.ts";
import type { FlowRun, Health, LiveEvent, Routes } from "../../runtime/protocol/api.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import type { StateName, StateType } from "../../runtime/protocol/states.ts";

export interface Asked {
  readonly route: string;
  readonly params: Readonly<Record<string, string>> | undefined;
  readonly body: unknown;
}

export type FakeAnswers = {
  [Name in keyof Routes]?: (asked: Asked) => Routes[Name]["answer"] | Promise<Routes[Name]["answer"]>;
};

export interface FakeClient extends Client {
  readonly asked: Asked[];
  readonly answers: FakeAnswers;
  say(event: LiveEvent): void;
  become(state: "connected" | "waiting"): void;
  /** Bodies that were sent to a route. */
  sent(route: keyof Routes): unknown[];
  closed: boolean;
  outdated: boolean;
}

export function fakeClient(answers: FakeAnswers = {}, health: Partial<Health> = {}): FakeClient {
  const asked: Asked[] = [];
  const listeners = new Set<{ onEvent(event: LiveEvent): void; onState?(state: "connected" | "waiting"): void }>();
  const table: FakeAnswers = {
    "POST /api/flow_runs/filter": () => ({ items: [], next_cursor: null }),
    "POST /api/flows/summary": () => ({ flows: [] }),
    "POST /api/tasks/last": () => ({ calls: [] }),
    "POST /api/prepare": () => ({ files: 1 }),
    ...answers,
  };
  const client = {
    home: "/home",
    health: { version: "0.1.0", build: "b", pid: 1, seq: 0, live_runs: 0, ...health },
    outdated: false,
    asked,
    answers: table,
    closed: false,
    async request(route: keyof Routes, options: { params?: Record<string, string>; body?: unknown } = {}) {
      const entry = { route, params: options.params, body: options.body };
      asked.push(entry);
      const answer = table[route];
      if (answer === undefined) throw new MillraceError("not-found", `no answer for ${route} in this test`);
      return answer(entry);
    },
    subscribe(options: { onEvent(event: LiveEvent): void; onState?(state: "connected" | "waiting"): void }) {
      listeners.add(options);
      return { seq: () => 0, connected: Promise.resolve(), close: () => void listeners.delete(options) };
    },
    close() {
      client.closed = true;
    },
    say(event: LiveEvent) {
      for (const listener of listeners) listener.onEvent(event);
    },
    become(state: "connected" | "waiting") {
      for (const listener of listeners) listener.onState?.(state);
    },
    sent: (route: keyof Routes) => asked.filter((entry) => entry.route === route).map((entry) => entry.body),
  };
  return client as unknown as FakeClient;
}

const names: Partial<Record<StateType, StateName>> = {
  RUNNING: "Running",
  COMPLETED: "Completed",
  FAILED: "Failed",
  CRASHED: "Crashed",
  CANCELLED: "Cancelled",
  PAUSED: "Paused",
  SCHEDULED: "Scheduled",
  PENDING: "Pending",
};

/** A flow run as the service tells it; made at `minute` of a fixed hour. */
export function flowRun(id: string, rest: Partial<FlowRun> & { readonly minute?: number } = {}): FlowRun {
  const { minute = 0, ...given } = rest;
  const created = new Date(Date.UTC(2026, 10, 21, 9, minute)).toISOString();
  const state_type = given.state_type ?? "COMPLETED";
  const state_name = given.state_name ?? names[state_type] ?? "Running";
  return {
    ...{ id, name: `run-${id}`, flow_id: "flow", flow_name: "etl", flow_file: "/work/etl.ts", flow_export: "etl" },
    ...{ parameters: {}, tags: [], state_type, state_name, run_count: 1, created },
    state: { type: state_type, name: state_name, timestamp: created, message: null, state_details: {} },
    ...{ expected_start_time: null, start_time: created, end_time: created, total_run_time: 1.2 },
    ...{ parent_task_run_id: null, parent_flow_run_id: null, root_flow_run_id: id, deployment_id: null },
    ...{ idempotency_key: null, work_queue_name: null, created_by: null, error: null, task_run_counts: {}, cwd: null },
    ...given,
  };
}
