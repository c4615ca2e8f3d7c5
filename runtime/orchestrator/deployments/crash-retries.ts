/** A deployment's run that crashed is started again by itself, as often as the deployment says. */
import { writeRestingState } from "../../journal/sealing.ts";
import type { FlowRun } from "../../protocol/api.ts";
import { formatDuration } from "../../protocol/durations.ts";
import { homePaths } from "../../protocol/home.ts";
import { makeState } from "../../protocol/states.ts";
import type { Core } from "../core.ts";
import type { LiveRuns } from "../live/live-runs.ts";
import type { Resumes } from "../runs/resumes.ts";
import type { RunViews } from "../runs/run-views.ts";
import type { StoredDeployment } from "./stored.ts";

export interface CrashRetries {
  /** Whether the run that crashed is started again; then it is AwaitingRetry soon. */
  takes(run: FlowRun): boolean;
  look(now: number): void;
  restore(): Promise<void>;
}

export interface CrashRetriesOptions {
  readonly core: Core;
  readonly live: LiveRuns;
  readonly resumes: Resumes;
  readonly views: RunViews;
  readonly deployment: (id: string) => StoredDeployment | undefined;
  readonly wakeBy: (time: number) => void;
}

/** Milliseconds before the nth start: what crashes at once again must not do so all the time. */
const delayBefore = (count: number): number => Math.min(60_000, 1000 * 2 ** (count - 1));

export function createCrashRetries(options: CrashRetriesOptions): CrashRetries {
  const { core, live, resumes, views, deployment, wakeBy } = options;
  const { disk, home, store, identity, log } = core;
  const due = new Map<string, number>();
  const underWay = new Set<string>();

  const waitFor = (runId: string, time: number): void => {
    due.set(runId, time);
    wakeBy(time);
  };

  async function retry(run: FlowRun, most: number): Promise<void> {
    const view = await views.of(run.id);
    const earlier = view.states(run.id).map(({ state_details }) => state_details["crash_retry"]);
    const count = Math.max(0, ...earlier.filter((value) => typeof value === "number")) + 1;
    if (count > most) return;
    const delay = delayBefore(count);
    const scheduled_time = Date.now() + delay;
    const message = `It crashed: started again in ${formatDuration(delay)} (${count} of ${most}).`;
    const details = { scheduled_time, crash_retry: count };
    const state = makeState("SCHEDULED", Date.now(), { name: "AwaitingRetry", message, details });
    await writeRestingState(disk, homePaths.run(home, run.id), { state, writer: identity, writerIsGone: true });
    await live.folding.fold(run.id);
    waitFor(run.id, scheduled_time);
  }

  return {
    takes(run) {
      const most = deployment(run.deployment_id ?? "")?.crash_retries ?? 0;
      if (run.state_type !== "CRASHED" || most === 0 || underWay.has(run.id)) return false;
      underWay.add(run.id);
      retry(run, most)
        .catch((thrown: unknown) => log.error(`starting run ${run.id} again`, thrown))
        .finally(() => underWay.delete(run.id));
      return true;
    },
    look(now) {
      for (const [runId, time] of due) {
        if (time > now) continue;
        due.delete(runId);
        store
          .flowRun(runId)
          .then(async (run) => {
            // Somebody has resumed or cancelled it meanwhile.
            if (run?.state_name !== "AwaitingRetry") return;
            await resumes.resume(runId, { mode: "resume" }, { sameCode: true });
          })
          .catch((thrown: unknown) => log.error(`starting run ${runId} again`, thrown));
      }
    },
    async restore() {
      const { items } = await store.flowRuns({ state_types: ["SCHEDULED"], limit: 1000 });
      for (const { id, state } of items) {
        if (state.state_details["crash_retry"] === undefined) continue;
        waitFor(id, Date.parse(String(state.state_details["scheduled_time"])));
      }
    },
  };
}
