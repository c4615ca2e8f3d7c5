/**
 * Whether a run of a deployment may begin: its overlap policy and its concurrency limit. A run that has to wait is held
 * back before any worker is asked, in the order in which the runs came; the end of one lets the next go.
 */
import type { StoredDeployment } from "./stored.ts";

export type Verdict =
  | { readonly verdict: "start" }
  | { readonly verdict: "hold"; readonly why: string }
  /** It will never run. */
  | { readonly verdict: "drop"; readonly why: string }
  /** Those that go on are to be cancelled; it begins when they have ended. */
  | { readonly verdict: "replace"; readonly why: string; readonly cancel: readonly string[] };

export interface Candidate {
  readonly id: string;
  readonly schedule_id: string | undefined;
  /** Of a backfill: it counts for the limit, but the schedule's own runs do not wait for it. */
  readonly backfill?: boolean;
}

export interface Surroundings {
  /** Runs of the deployment, but for backfills, that go on, or were let go and are about to. */
  readonly active: readonly string[];
  /** The same with backfills: how many. */
  readonly running: number;
  /** Those that were there before it and are still held back. */
  readonly ahead: number;
}

/** Pure. */
export function judge(
  deployment: StoredDeployment,
  candidate: Candidate,
  { active, running, ahead }: Surroundings,
): Verdict {
  const schedule = deployment.schedules.find(({ id }) => id === candidate.schedule_id);
  const overlap = schedule?.overlap ?? "allow";
  const busy = active.length > 0 || ahead > 0;
  if (busy && overlap === "skip") {
    return { verdict: "drop", why: "An earlier run of the deployment was still going on when it was due." };
  }
  if (busy && overlap === "cancel") {
    const why = "It waits for the end of the earlier run, which is being cancelled for it.";
    return { verdict: "replace", why, cancel: active };
  }
  if (busy && overlap === "queue") {
    return { verdict: "hold", why: "It waits for the end of an earlier run of the deployment." };
  }
  const limit = deployment.concurrency_limit;
  if (limit === null || running < limit) return { verdict: "start" };
  const many = `${limit} ${limit === 1 ? "run" : "runs"} of the deployment may go on at the same time`;
  return deployment.collision_strategy === "CANCEL_NEW"
    ? { verdict: "drop", why: `${many}, and as many were going on when it was due.` }
    : { verdict: "hold", why: `${many}; it begins when one of them ends.` };
}

export interface Gate {
  /** Notes the run as active when it may start, as waiting when it may not. */
  admit(deployment: StoredDeployment, candidate: Candidate): Verdict;
  /** A run that was there before us. */
  noteActive(deploymentId: string, candidate: Candidate): void;
  /** The run has ended, or will never begin. */
  ended(deploymentId: string, runId: string): void;
  /** Those that may go now, in order; they are active from now on. */
  release(deployment: StoredDeployment): readonly string[];
  /** Why a run is held back; undefined for one that is not. */
  why(runId: string): string | undefined;
  /** Runs of deployments that hold something back. */
  readonly waiting: (deploymentId: string) => number;
}

export function createGate(): Gate {
  /** By deployment: run → whether it is one of a backfill. */
  const active = new Map<string, Map<string, boolean>>();
  const waiting = new Map<string, Map<string, { readonly candidate: Candidate; readonly why: string }>>();

  const activeOf = (id: string): Map<string, boolean> => {
    const known = active.get(id) ?? new Map();
    active.set(id, known);
    return known;
  };
  const note = (deploymentId: string, { id, backfill = false }: Candidate): void =>
    void activeOf(deploymentId).set(id, backfill);
  const counted = (deploymentId: string): string[] =>
    [...(active.get(deploymentId) ?? [])].flatMap(([id, backfill]) => (backfill ? [] : [id]));
  return {
    admit(deployment, candidate) {
      const { id } = deployment;
      const held = waiting.get(id);
      const running = active.get(id)?.size ?? 0;
      const verdict = judge(deployment, candidate, { active: counted(id), running, ahead: held?.size ?? 0 });
      if (verdict.verdict === "start") note(id, candidate);
      if (verdict.verdict === "hold" || verdict.verdict === "replace") {
        waiting.set(id, (held ?? new Map()).set(candidate.id, { candidate, why: verdict.why }));
      }
      return verdict;
    },
    noteActive: note,
    ended(deploymentId, runId) {
      waiting.get(deploymentId)?.delete(runId);
      const running = active.get(deploymentId);
      running?.delete(runId);
      if (running?.size === 0) active.delete(deploymentId);
    },
    release(deployment) {
      const held = waiting.get(deployment.id);
      const released: string[] = [];
      for (const [runId, { candidate }] of held ?? []) {
        // Whoever has waited is no newcomer: it is not dropped, and it cancels nobody a second time.
        const schedule = deployment.schedules.find(({ id }) => id === candidate.schedule_id);
        if ((schedule?.overlap ?? "allow") !== "allow" && counted(deployment.id).length > 0) break;
        const running = active.get(deployment.id)?.size ?? 0;
        if (deployment.concurrency_limit !== null && running >= deployment.concurrency_limit) break;
        held?.delete(runId);
        note(deployment.id, candidate);
        released.push(runId);
      }
      if (held?.size === 0) waiting.delete(deployment.id);
      return released;
    },
    why(runId) {
      for (const held of waiting.values()) {
        const found = held.get(runId);
        if (found !== undefined) return found.why;
      }
      return undefined;
    },
    waiting: (deploymentId) => waiting.get(deploymentId)?.size ?? 0,
  };
}
