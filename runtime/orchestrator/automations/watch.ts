/**
 * What has to be noticed: states that runs enter, runs that are late or take long, silence, failures in numbers. Finds
 * what is to be fired; whether that was fired before, and doing it, is not its business.
 */
import type { ApiState, FlowRun } from "../../protocol/api.ts";
import { formatDuration } from "../../protocol/durations.ts";
import { isTerminal } from "../../protocol/states.ts";
import type { StoredAutomation } from "./facts.ts";
import {
  type Ended,
  type FindDeployment,
  failureRate,
  goingOn,
  isAbout,
  isWanted,
  stateKey,
  wantsPassing,
} from "./matches.ts";

export interface Hit {
  readonly automation: StoredAutomation;
  readonly key: string;
  readonly reason: string;
  readonly run: FlowRun | undefined;
}

export interface Watch {
  /** A run is in this state now; `states` are those it has passed through, where they are asked for. */
  changed(run: FlowRun, states?: readonly ApiState[]): readonly Hit[];
  /** Whether somebody waits for a state that the run may have passed through unseen. */
  wantsStates(run: FlowRun): boolean;
  /** A run of the past, for what counts runs; fires nothing. */
  remember(run: FlowRun): void;
  /** What time alone brings about. */
  look(now: number): readonly Hit[];
  /** When the next look is due at the latest; undefined when time brings nothing. */
  next(now: number): number | undefined;
  /** Rates that have fallen again: they may fire once more. */
  calmed(now: number): readonly { readonly automation: StoredAutomation; readonly key: string }[];
  /** The automation was changed, turned off or removed. */
  drop(automationId: string): void;
  removed(runId: string): void;
}

const defaultAtLeast = 5;
/** The key of a failure rate: it stands while the rate is too high. */
export const rateKey = "rate";

const seconds = (count: number): number => count * 1000;
const words = (count: number): string => formatDuration(seconds(count));

export function createWatch(enabled: () => readonly StoredAutomation[], deployment: FindDeployment): Watch {
  const live = new Map<string, FlowRun>();
  /** By automation: when a run of its states was last seen. */
  const heard = new Map<string, number>();
  const ended = new Map<string, Map<string, Ended>>();

  const about = ({ trigger }: StoredAutomation, run: FlowRun): boolean => isAbout(trigger, run, deployment);

  function endedOf(id: string): Map<string, Ended> {
    const known = ended.get(id) ?? new Map<string, Ended>();
    ended.set(id, known);
    return known;
  }

  /** For what counts: when did what happen last. */
  function note(automation: StoredAutomation, run: FlowRun): void {
    const { trigger, id, since } = automation;
    const at = Date.parse(run.state.timestamp);
    if (at < Date.parse(since)) return;
    if (trigger.type === "silence" && isWanted(trigger.states ?? ["COMPLETED"], run.state)) {
      heard.set(id, Math.max(at, heard.get(id) ?? at));
    }
    if (trigger.type === "failure-rate" && isTerminal(run.state_type)) endedOf(id).set(run.id, { run, at });
  }

  function rateOf(automation: StoredAutomation, now: number) {
    const { trigger, id } = automation;
    if (trigger.type !== "failure-rate") return undefined;
    const from = now - seconds(trigger.within);
    for (const [runId, { at }] of endedOf(id)) if (at <= from) endedOf(id).delete(runId);
    const { failed, all } = failureRate(endedOf(id).values(), from);
    const tooHigh = all >= (trigger.at_least ?? defaultAtLeast) && failed / all >= trigger.rate;
    return { failed, all, tooHigh, within: trigger.within };
  }

  function stateHits(run: FlowRun, state: ApiState): Hit[] {
    return enabled().flatMap((automation) => {
      const { trigger, since } = automation;
      if (trigger.type !== "state" || !isWanted(trigger.states, state)) return [];
      if (Date.parse(state.timestamp) < Date.parse(since) || !about(automation, run)) return [];
      const then = { ...run, state, state_type: state.type, state_name: state.name };
      const reason = `the run is ${state.name}`;
      return [{ automation, key: stateKey(run.id, state), reason, run: then }];
    });
  }

  function lateness(
    automation: StoredAutomation,
    run: FlowRun,
  ): { readonly due: number; readonly hit: Hit } | undefined {
    const { trigger } = automation;
    if (trigger.type === "late" && run.state_type === "SCHEDULED" && run.expected_start_time !== null) {
      if (run.state_name === "AwaitingRetry" || run.state_name === "Resuming") return undefined;
      const due = Date.parse(run.expected_start_time) + seconds(trigger.after);
      const reason = `the run has been due for ${words(trigger.after)} and has not begun`;
      return { due, hit: { automation, key: `${run.id} late`, reason, run } };
    }
    const going = goingOn(run, 0);
    if (trigger.type !== "long-running" || going === undefined) return undefined;
    const reason = `the run has been going on for more than ${words(trigger.than)}`;
    return { due: seconds(trigger.than) - going, hit: { automation, key: `${run.id} long-running`, reason, run } };
  }

  function silence(automation: StoredAutomation): { readonly due: number; readonly hit: Hit } | undefined {
    const { trigger, since, id } = automation;
    if (trigger.type !== "silence") return undefined;
    const last = Math.max(Date.parse(since), heard.get(id) ?? 0);
    const what = (trigger.states ?? ["COMPLETED"]).join(" or ");
    const reason = `no run has been ${what} for ${words(trigger.within)}`;
    return {
      due: last + seconds(trigger.within),
      hit: { automation, key: `silence ${last}`, reason, run: undefined },
    };
  }

  /** Everything that time brings about, whether it is due or not. */
  function* waiting(): Generator<{ readonly due: number; readonly hit: Hit }> {
    for (const automation of enabled()) {
      const { type } = automation.trigger;
      const quiet = silence(automation);
      if (quiet !== undefined) yield quiet;
      if (type !== "late" && type !== "long-running") continue;
      for (const run of live.values()) {
        const found = about(automation, run) ? lateness(automation, run) : undefined;
        // What was late before it was made, or turned on, is late for it from then on.
        if (found !== undefined) yield found;
      }
    }
  }

  return {
    changed(run, states) {
      if (run.parent_flow_run_id !== null) return [];
      if (isTerminal(run.state_type)) live.delete(run.id);
      else live.set(run.id, run);
      const hits = [...(states ?? []), run.state].flatMap((state) => stateHits(run, state));
      const now = Date.parse(run.state.timestamp);
      for (const automation of enabled()) {
        if (!about(automation, run)) continue;
        note(automation, run);
        const rate = isTerminal(run.state_type) ? rateOf(automation, now) : undefined;
        if (rate?.tooHigh !== true) continue;
        const reason = `${rate.failed} of ${rate.all} runs failed within ${words(rate.within)}`;
        hits.push({ automation, key: rateKey, reason, run });
      }
      return hits;
    },
    wantsStates: (run) =>
      run.parent_flow_run_id === null &&
      enabled().some((automation) => wantsPassing(automation.trigger) && about(automation, run)),
    remember(run) {
      if (run.parent_flow_run_id !== null) return;
      if (!isTerminal(run.state_type)) live.set(run.id, run);
      for (const automation of enabled()) if (about(automation, run)) note(automation, run);
    },
    look: (now) => [...waiting()].filter(({ due }) => due <= now).map(({ hit }) => hit),
    next(now) {
      let next: number | undefined;
      for (const { due } of waiting()) if (due > now && (next === undefined || due < next)) next = due;
      return next;
    },
    calmed: (now) =>
      enabled().flatMap((automation) =>
        rateOf(automation, now)?.tooHigh === false ? [{ automation, key: rateKey }] : [],
      ),
    drop(id) {
      heard.delete(id);
      ended.delete(id);
    },
    removed: (runId) => void live.delete(runId),
  };
}
