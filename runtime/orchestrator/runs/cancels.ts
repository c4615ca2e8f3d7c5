/** Stopping and removing runs, and answering pauses. */
import { setTimeout as pause } from "node:timers/promises";
import { removeLiveEntry } from "../../journal/live.ts";
import { writeRestingState, writeVerdict } from "../../journal/sealing.ts";
import type { FlowRun } from "../../protocol/api.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import { isTerminal, makeState, waitsToGoOn } from "../../protocol/states.ts";
import type { Core } from "../core.ts";
import { removeRun } from "../index/retention.ts";
import type { LiveRuns } from "../live/live-runs.ts";
import type { Supervision } from "../live/supervision.ts";
import type { Claims } from "../pools/claims.ts";
import type { RemoteRuns } from "../remote/remote-runs.ts";
import { findFlowRun } from "./find.ts";
import { writeOutcome } from "./outcome.ts";
import type { Requests } from "./requests.ts";
import type { ResumesElsewhere } from "./resumes-elsewhere.ts";

export interface Cancels {
  /** Resolves once the run is told; it ends by itself or, after the grace (milliseconds), with its process. */
  cancel(runId: string, reason: string | undefined, grace: number | undefined): Promise<FlowRun>;
  /** @throws MillraceError "conflict" when the run waits for nothing, "bad-parameters" when it refused the value. */
  answer(runId: string, pauseKey: string | undefined, value: unknown): Promise<FlowRun>;
  /** Removes a run that has ended, with everything in it. */
  remove(runId: string): Promise<void>;
}

/** Time a run gets to stop by itself, unless the request says otherwise; milliseconds. */
const defaultGrace = 10_000;
/** Time a runner may take from having a run to being reachable; milliseconds. */
const registersWithin = 5000;
/** Time from a pause on a terminal until it is known here; milliseconds. */
const foldedWithin = 2000;

export interface CancelsOptions {
  readonly core: Core;
  readonly live: LiveRuns;
  readonly requests: Requests;
  readonly claims: Claims;
  readonly remote: RemoteRuns;
  readonly elsewhere: Pick<ResumesElsewhere, "withdraw">;
}

export function createCancels({ core, live, requests, claims, remote, elsewhere }: CancelsOptions): Cancels {
  const { disk, home, store, events, identity, system } = core;

  const refold = async (runId: string): Promise<FlowRun> => {
    await live.folding.fold(runId);
    return findFlowRun(store, runId);
  };

  /** Resolves when the run waits no more for the answer it waits for now. */
  async function goesOn({ id, state }: FlowRun, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = (await findFlowRun(store, id)).state;
      if (now.type !== "PAUSED" || now.state_details["pause_key"] !== state.state_details["pause_key"]) return;
      await pause(10);
    }
  }

  /** Undefined when a runner has the run and has not registered it yet. */
  async function cancelWithoutProcess(run: FlowRun, message: string): Promise<FlowRun | undefined> {
    const state = makeState("CANCELLED", Date.now(), { message });
    const request = system.facts.requests.get(run.id);
    const hasNobody = request === undefined || (await remote.revoke(run.id));
    // Suspended, or it waits to go on: there is a journal and nobody who writes it.
    const rests = run.state_name === "Suspended" || waitsToGoOn(run.state.state_details);
    if (rests && hasNobody && !live.has(run.id)) {
      await writeRestingState(disk, homePaths.run(home, run.id), { state, writer: identity });
      if (request !== undefined) await elsewhere.withdraw(run.id);
      return refold(run.id);
    }
    if (run.state_type === "PAUSED") {
      await writeVerdict(disk, homePaths.run(home, run.id), { state, writer: identity });
      return refold(run.id);
    }
    if (request === undefined || !hasNobody) return undefined;
    try {
      // Whoever creates the journal has the run: a runner that is just loading its file finds it taken.
      await writeOutcome(core, request, state);
    } catch (thrown) {
      if (thrown instanceof MillraceError && thrown.code === "conflict") return undefined;
      throw thrown;
    }
    requests.begun(run.id);
    claims.end(run.id);
    return refold(run.id);
  }

  /** A terminal tells of a pause a moment before its record is folded here: who answers at once waits for that. */
  async function waitingRun(runId: string): Promise<{ run: FlowRun; supervision: Pick<Supervision, "continue"> }> {
    for (const deadline = performance.now() + foldedWithin; ; await pause(20)) {
      live.look(runId);
      const over = performance.now() >= deadline;
      const run = await findFlowRun(store, runId).catch((thrown: unknown) => {
        if (over) throw thrown;
        return undefined;
      });
      if (run === undefined) continue;
      const supervision = remote.reach(run.root_flow_run_id) ?? live.supervision(run.root_flow_run_id);
      if (run.state_type === "PAUSED" && supervision !== undefined) return { run, supervision };
      if (over || isTerminal(run.state_type)) {
        throw new MillraceError("conflict", `${run.name} is ${run.state_name}: it waits for no answer.`);
      }
    }
  }

  return {
    async cancel(runId, reason = "Cancelled on request.", grace = defaultGrace) {
      const given = await findFlowRun(store, runId);
      // A subflow runs in its root's process; there is nothing smaller to stop.
      const run = given.parent_flow_run_id === null ? given : await findFlowRun(store, given.root_flow_run_id);
      if (isTerminal(run.state_type)) {
        throw new MillraceError("conflict", `${run.name} is ${run.state_name} already: there is nothing to cancel.`);
      }
      for (const deadline = performance.now() + registersWithin; performance.now() < deadline; await pause(20)) {
        live.look(run.id);
        const supervision = remote.reach(run.id) ?? live.supervision(run.id);
        supervision?.cancel(reason, grace);
        if (supervision !== undefined) return findFlowRun(store, run.id);
        const cancelled = await cancelWithoutProcess(run, reason);
        if (cancelled !== undefined) return cancelled;
      }
      throw new MillraceError("conflict", `${run.name} is just being handed to a runner: try again.`);
    },
    async answer(runId, pauseKey, value) {
      const { run, supervision } = await waitingRun(runId);
      const waitsFor = run.state.state_details["pause_key"];
      const key = pauseKey ?? (typeof waitsFor === "string" ? waitsFor : "");
      const over = new AbortController();
      try {
        await Promise.race([supervision.continue(key, value), goesOn(run, over.signal)]);
      } finally {
        over.abort();
      }
      return findFlowRun(store, runId);
    },
    async remove(runId) {
      const run = await findFlowRun(store, runId);
      if (run.parent_flow_run_id !== null) {
        throw new MillraceError(
          "bad-usage",
          `${run.name} is a subflow run: remove ${run.root_flow_run_id}, which it is part of.`,
        );
      }
      if (live.has(runId) || !isTerminal(run.state_type)) {
        throw new MillraceError("conflict", `${run.name} is ${run.state_name}: cancel it before you remove it.`);
      }
      claims.end(runId);
      await removeRun(disk, home, store, runId);
      removeLiveEntry(disk, home, runId);
      events.publish({ type: "removed", flow_run_id: runId });
    },
  };
}
