/** What is to be said of a run's state beyond what its journal says. */
import type { FlowRun } from "../../protocol/api.ts";
import { isTerminal } from "../../protocol/states.ts";
import type { LiveRuns } from "../live/live-runs.ts";
import type { RemoteRuns } from "../remote/remote-runs.ts";
import { defaultName } from "../system/records.ts";
import type { Requests } from "./requests.ts";

export interface NotesOptions {
  readonly live: Pick<LiveRuns, "has">;
  readonly remote: Pick<RemoteRuns, "noteOn" | "reach">;
  readonly requests: Pick<Requests, "whyWaiting">;
}

/** That its worker is away, why it waits, that it goes on elsewhere than it began. */
export function createNotes({ live, remote, requests }: NotesOptions): (run: FlowRun) => string | undefined {
  const goesOnHere = ({ id, state_type, work_pool_name: pool }: FlowRun): string | undefined => {
    const isOfWorkers = (pool ?? defaultName) !== defaultName;
    if (!isOfWorkers || isTerminal(state_type) || !live.has(id) || remote.reach(id) !== undefined) return undefined;
    return (
      `It goes on at the orchestrator's own worker, on this machine: the work pool "${pool}", whose worker had it, was ` +
      "gone when it was resumed."
    );
  };
  return (run) => remote.noteOn(run.id) ?? requests.whyWaiting(run.id) ?? goesOnHere(run);
}

/** The run as it is shown: a state that says something itself is not talked over. */
export function withNote(run: FlowRun, noteOn: (run: FlowRun) => string | undefined): FlowRun {
  const message = run.state.message === null ? noteOn(run) : undefined;
  return message === undefined ? run : { ...run, state: { ...run.state, message } };
}
