/** Runs of deployments on their way to a worker: for their time, for an earlier run, or late because nobody takes them. */
import { existsSync } from "node:fs";
import type { FlowRun } from "../../protocol/api.ts";
import { homePaths } from "../../protocol/home.ts";
import { isTerminal, makeState } from "../../protocol/states.ts";
import type { Core } from "../core.ts";
import type { RequestChange, RunRequest } from "../index/store.ts";
import type { Cancels } from "../runs/cancels.ts";
import type { Requests } from "../runs/requests.ts";
import type { SystemRecord } from "../system/records.ts";
import { onTimeWithin } from "./due.ts";
import { type Candidate, createGate } from "./gate.ts";
import type { StoredDeployment } from "./stored.ts";

export interface Dispatch {
  /** Asks for the runs; resolves when that is durable, together with `also`. */
  submit(runs: readonly RunRequest[], also?: readonly SystemRecord[]): Promise<void>;
  /** To be told of each change of a deployment's run. */
  changed(run: FlowRun): void;
  /** Lets go what has come due, and calls late what nobody took. */
  look(now: number): void;
  /** Takes up what an earlier orchestrator had accepted. */
  restore(): Promise<void>;
  whyHeld(runId: string): string | undefined;
  /** The limit or a policy was changed: some may go now. */
  release(deploymentId: string): void;
}

export interface DispatchOptions {
  readonly core: Core;
  readonly requests: Requests;
  readonly cancels: Cancels;
  readonly deployment: (id: string) => StoredDeployment | undefined;
  /** Something has to be looked at by then. */
  readonly wakeBy: (time: number) => void;
}

const forLater = "It is scheduled for later.";

export function createDispatch({ core, requests, cancels, deployment, wakeBy }: DispatchOptions): Dispatch {
  const { home, store, events, system, log } = core;
  const gate = createGate();
  /** Runs that are not due yet. */
  const later = new Map<string, number>();
  /** Runs that were let go and that no worker has taken: when they were due. */
  const awaited = new Map<string, number>();

  const change = async (id: string, to: RequestChange): Promise<void> => {
    const run = await store.changeRequest(id, to);
    if (run !== undefined) events.publish({ type: "flow-run", flow_run: run });
  };
  const quietly = (what: string, work: Promise<unknown>): void =>
    void work.catch((thrown: unknown) => log.error(what, thrown));

  const awaitWorker = (id: string, due: number): void => {
    awaited.set(id, due);
    wakeBy(due + onTimeWithin);
  };

  /** What stands in its way, and what has to happen once it is listed. */
  function admit(request: RunRequest): { readonly held?: string; readonly listed?: () => void } {
    const { id, due } = request;
    if (due > Date.now()) {
      later.set(id, due);
      wakeBy(due);
      return { held: forLater };
    }
    const found = deployment(request.deployment?.deployment_id ?? "");
    const verdict = found === undefined ? ({ verdict: "start" } as const) : gate.admit(found, candidateOf(request));
    if (verdict.verdict === "start") {
      awaitWorker(id, due);
      return {};
    }
    if (verdict.verdict === "hold") return { held: verdict.why };
    if (verdict.verdict === "drop") {
      return {
        held: verdict.why,
        listed: () => quietly(`leaving out run ${id}`, cancels.cancel(id, verdict.why, undefined)),
      };
    }
    return {
      held: verdict.why,
      listed: () => {
        for (const other of verdict.cancel) {
          const why = `Cancelled for the next scheduled run (${request.name}), as its schedule says.`;
          quietly(`cancelling run ${other}`, cancels.cancel(other, why, undefined));
        }
      },
    };
  }

  async function letGo(id: string): Promise<void> {
    const request = system.facts.requests.get(id);
    if (request === undefined) return;
    awaitWorker(id, Math.max(request.due, Date.now()));
    const state = makeState("SCHEDULED", Date.now(), { details: { scheduled_time: request.due } });
    await change(id, { held: null, state });
    await requests.pump();
  }

  async function due(id: string): Promise<void> {
    const request = system.facts.requests.get(id);
    if (request === undefined) return;
    const { held, listed } = admit(request);
    if (held === undefined) return letGo(id);
    const details = { scheduled_time: request.due };
    const state = makeState("SCHEDULED", Date.now(), { name: "AwaitingConcurrencySlot", message: held, details });
    await change(id, { held, state });
    listed?.();
  }

  function release(deploymentId: string): void {
    const found = deployment(deploymentId);
    if (found === undefined) return;
    for (const id of gate.release(found)) quietly(`letting run ${id} go`, letGo(id));
  }

  return {
    async submit(runs, also = []) {
      const admitted = runs.map((run) => {
        const { held, listed } = admit(run);
        return { request: held === undefined ? run : { ...run, held }, listed };
      });
      await requests.submit(
        admitted.map(({ request }) => request),
        also,
      );
      for (const { listed } of admitted) listed?.();
    },
    changed(run) {
      const { id, deployment_id } = run;
      if (deployment_id === null || run.parent_flow_run_id !== null) return;
      if (run.state_type !== "SCHEDULED") awaited.delete(id);
      if (isTerminal(run.state_type)) {
        later.delete(id);
        gate.ended(deployment_id, id);
        release(deployment_id);
      } else if (run.state_type !== "SCHEDULED") gate.noteActive(deployment_id, candidateOfRun(run));
    },
    look(now) {
      for (const [id, time] of later) {
        if (time > now) continue;
        later.delete(id);
        quietly(`run ${id}, which is due`, due(id));
      }
      for (const [id, time] of awaited) {
        if (time + onTimeWithin > now) continue;
        awaited.delete(id);
        const state = makeState("SCHEDULED", now, { name: "Late", details: { scheduled_time: time } });
        quietly(`run ${id}, which is late`, change(id, { state }));
      }
    },
    async restore() {
      for (let cursor: string | null = null; ; ) {
        const page = await store.flowRuns({
          state_types: ["SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING"],
          limit: 1000,
          ...(cursor === null ? {} : { cursor }),
        });
        for (const run of page.items) {
          if (run.deployment_id === null || system.facts.requests.has(run.id)) continue;
          gate.noteActive(run.deployment_id, candidateOfRun(run));
        }
        cursor = page.next_cursor;
        if (cursor === null) break;
      }
      const waiting = [...system.facts.requests.values()].filter((request) => request.deployment !== undefined);
      for (const request of waiting.sort((left, right) => left.due - right.due || (left.id < right.id ? -1 : 1))) {
        const owner = request.deployment?.deployment_id ?? "";
        // A runner had it already.
        if (existsSync(homePaths.run(home, request.id))) gate.noteActive(owner, candidateOf(request));
        else {
          const { held, listed } = admit(request);
          if (held !== undefined) await change(request.id, { held, ...stateOf(request, held) });
          listed?.();
        }
      }
    },
    whyHeld: (runId) => (later.has(runId) ? forLater : gate.why(runId)),
    release,
  };
}

function stateOf({ due }: RunRequest, held: string): RequestChange {
  if (held === forLater) return {};
  const details = { scheduled_time: due };
  return { state: makeState("SCHEDULED", Date.now(), { name: "AwaitingConcurrencySlot", message: held, details }) };
}

function candidateOf({ id, scheduled, deployment }: RunRequest): Candidate {
  return { id, schedule_id: scheduled?.schedule_id, backfill: deployment?.backfill_id !== undefined };
}

function candidateOfRun({ id, backfill_id }: FlowRun): Candidate {
  return { id, schedule_id: undefined, backfill: (backfill_id ?? null) !== null };
}
