/** The end of a requested run that never got a runner, or whose runner died before it said anything. */
import { sealAndContinue, writeRestingState } from "../../journal/sealing.ts";
import { createSegment } from "../../journal/segments.ts";
import type { JournalWriter } from "../../journal/types.ts";
import { diskValueStore } from "../../journal/value-store.ts";
import { type ErrorRecord, toError } from "../../protocol/errors.ts";
import { homePaths, runPaths } from "../../protocol/home.ts";
import { makeState, type State } from "../../protocol/states.ts";
import type { NoRun } from "../../worker/worker.ts";
import type { Core } from "../core.ts";
import type { RunRequest } from "../index/store.ts";
import { crashedState, lastLines } from "../live/verdict.ts";

/**
 * Writes the run's whole journal: what was asked for and how it ended. `segment` leaves those before it to a worker that
 * may bring them yet. Of a run that was to go on there is one already, and it says how that ended.
 * @throws MillraceError "conflict" when a runner has the run after all.
 */
export async function writeOutcome(
  core: Core,
  request: RunRequest,
  state: State,
  error?: ErrorRecord,
  segment = 1,
): Promise<void> {
  const { disk, home, identity } = core;
  const folder = homePaths.run(home, request.id);
  if (request.resume !== undefined) {
    return writeRestingState(disk, folder, {
      state,
      writer: identity,
      writerIsGone: true,
      ...(error === undefined ? {} : { error }),
    });
  }
  const begun = disk.exists(runPaths.journal(folder, 1));
  const options = { reason: "verdict", writer: identity } as const;
  const journal: JournalWriter = begun
    ? (await sealAndContinue(disk, folder, options)).journal
    : createSegment(disk, folder, request.id, segment, options);
  const { run } = request;
  journal.append({
    kind: "flow-run",
    id: request.id,
    at: request.created,
    name: request.name,
    flow: request.flow,
    parameters: await diskValueStore(disk, folder).keep(run.parameters ?? {}, "parameters"),
    tags: run.tags ?? [],
    trigger: run.trigger ?? "api",
    ...(run.idempotency_key === undefined ? {} : { idempotency_key: run.idempotency_key }),
    ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
    work_pool_name: request.work_pool,
    work_queue_name: request.queue,
    ...request.deployment,
  });
  journal.append({ kind: "flow-run-state", id: request.id, state, ...(error === undefined ? {} : { error }) });
  await journal.close();
}

/** How a request ended of which no run was made: FAILED when the code could not be loaded, CRASHED otherwise. */
export async function outcomeOf({
  refusal,
  end,
  output,
  error,
}: NoRun): Promise<{ state: State; error?: ErrorRecord }> {
  if (refusal !== undefined) {
    return { state: makeState("FAILED", Date.now(), { message: refusal.error.message }), error: refusal.error };
  }
  if (error !== undefined) {
    const { name, message } = toError(error);
    const state = makeState("CRASHED", Date.now(), { message: `No runner could be started: ${message}` });
    return { state, error: { name, message } };
  }
  const lines = output === undefined ? [] : await lastLines(output);
  return { state: crashedState(end, lines, Date.now(), end?.reason) };
}
