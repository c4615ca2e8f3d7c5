/** Executes the root flow run over a host: parameters, body, final state. */
import { timeLimitsOff } from "../protocol/debugging.ts";
import { toErrorRecord } from "../protocol/error-record.ts";
import { exitCodes, MillraceError, toError } from "../protocol/errors.ts";
import type { ValueRecord } from "../protocol/records.ts";
import type { ExecuteOutcome } from "../protocol/sdk-runtime.ts";
import { makeState, type State } from "../protocol/states.ts";
import { captureConsole } from "./capture.ts";
import { makeScope, shared } from "./context.ts";
import { isCancelled, isJournalLoss, isTimeout } from "./errors.ts";
import type { FlowDefinition } from "./flow-definition.ts";
import { commitFlowState, flowEvent, flowName, recordFlowRun, recordFlowState } from "./flow-records.ts";
import { type FlowOutcome, runFlowBody } from "./flow-run.ts";
import { callHooks } from "./hooks.ts";
import type { RunHost } from "./host.ts";
import {
  append,
  type FlowRun,
  openRun,
  type Run,
  type RunOptions,
  stopRun,
  untouched,
  watchCancellation,
  writeLog,
} from "./run.ts";
import { flowRunName } from "./run-name.ts";
import { validate } from "./schema.ts";

/**
 * Runs the flow until it has a final state, which is durable when this resolves. Never rejects: what went wrong is in
 * the outcome. With `host.history` the run is resumed: its parameters are those of its first execution.
 */
export async function executeFlow(
  definition: FlowDefinition,
  host: RunHost,
  options: RunOptions = {},
): Promise<ExecuteOutcome> {
  const run = openRun(host, options);
  captureConsole();
  shared.runs.add(run);
  const unwatch = watchCancellation(run);
  try {
    return await executeRoot(run, definition);
  } catch (error) {
    return crashed(run, error);
  } finally {
    unwatch();
    shared.runs.delete(run);
    await host.logs.flush().catch(() => {});
  }
}

async function executeRoot(run: Run, definition: FlowDefinition): Promise<ExecuteOutcome> {
  const { host, options } = run;
  if (options.exportName !== undefined) definition.exportName ??= options.exportName;
  const opened = await openParameters(run, definition);
  const flowRun: FlowRun = {
    run,
    id: host.runId,
    name: host.history?.root.name ?? options.name ?? flowRunName(definition, opened.value, host.runId),
    definition,
    parameters: opened.value,
    tags: [...new Set([...definition.settings.tags, ...(options.tags ?? [])])],
    scopeId: "",
    caller: undefined,
    runCount: (host.history?.root.run_count ?? 0) + 1,
    ...untouched(),
  };
  if (host.history === undefined) {
    recordFlowRun(flowRun, opened.record, {
      file: options.file,
      ...(opened.problem === undefined ? {} : { parameters_refused: true }),
      ...(options.trigger === undefined ? {} : { trigger: options.trigger }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.idempotency_key === undefined ? {} : { idempotency_key: options.idempotency_key }),
      ...(options.work_pool_name === undefined ? {} : { work_pool_name: options.work_pool_name }),
      ...(options.work_queue_name === undefined ? {} : { work_queue_name: options.work_queue_name }),
      ...(options.flow_version === undefined ? {} : { flow_version: options.flow_version }),
      ...options.deployment,
      node: process.version,
    });
  }
  if (options.debugging === true) {
    append(run, { kind: "note", flow_run_id: flowRun.id, message: timeLimitsOff, at: host.clock.now() });
    writeLog(makeScope(flowRun, undefined, ""), "info", timeLimitsOff);
  }
  run.onEnd = (reason) => {
    if (run.broken === undefined && isCancelled(reason)) {
      recordFlowState(flowRun, { type: "CANCELLING", message: reason.message });
    }
  };
  try {
    const outcome: FlowOutcome =
      opened.problem === undefined
        ? await runFlowBody(flowRun, host.history === undefined ? "Running" : "Rerunning")
        : { ok: false, error: opened.problem };
    return await conclude(flowRun, outcome);
  } catch (error) {
    const crash = crashed(run, error);
    const scope = flowRun.scope ?? makeScope(flowRun, undefined, "");
    await callHooks(definition.settings.onCrashed, flowEvent(flowRun, crash.state, error), "onCrashed", scope);
    return crash;
  }
}

interface OpenedParameters {
  readonly value: unknown;
  readonly record: ValueRecord;
  readonly problem: unknown;
}

async function openParameters(run: Run, definition: FlowDefinition): Promise<OpenedParameters> {
  const { host, options } = run;
  const earlier = host.history?.root;
  if (earlier !== undefined && earlier.parameters_refused !== true) {
    return { value: host.values.read(earlier.parameters), record: earlier.parameters, problem: undefined };
  }
  const given = earlier === undefined ? (options.parameters ?? {}) : host.values.read(earlier.parameters);
  const what = `parameters of flow "${flowName(definition)}"`;
  try {
    const value = definition.schema === undefined ? given : await validate(definition.schema, given, what);
    return { value, record: await host.values.keep(value, what), problem: undefined };
  } catch (problem) {
    return { value: given, record: await keepAnyway(run, given), problem };
  }
}

/** Bad parameters stand in the record too, as far as they can be kept: the run's page shows what was asked for. */
async function keepAnyway(run: Run, value: unknown): Promise<ValueRecord> {
  try {
    return await run.host.values.keep(value, "parameters");
  } catch (error) {
    return { kind: "none", reason: toError(error).message };
  }
}

async function conclude(flowRun: FlowRun, outcome: FlowOutcome): Promise<ExecuteOutcome> {
  const { run } = flowRun;
  const scope = flowRun.scope ?? makeScope(flowRun, undefined, "");
  const { settings } = flowRun.definition;
  if (run.broken !== undefined) throw run.broken;
  if (isCancelled(run.stopped)) {
    const state = await commitFlowState(flowRun, { type: "CANCELLED", message: run.stopped.message });
    await callHooks(settings.onCancellation, flowEvent(flowRun, state), "onCancellation", scope);
    return { ...outcomeOf(run, state, exitCodes.crashed), error: toErrorRecord(run.stopped), thrown: run.stopped };
  }
  if (outcome.ok && run.stopped === undefined) {
    const result = await keepResult(flowRun, outcome.value);
    const state = await commitFlowState(flowRun, { type: "COMPLETED" }, { result });
    await callHooks(settings.onCompletion, flowEvent(flowRun, state), "onCompletion", scope);
    return { ...outcomeOf(run, state, exitCodes.completed), result: outcome.value };
  }
  const error = run.stopped ?? (outcome.ok ? undefined : outcome.error);
  const name = isTimeout(error) ? "TimedOut" : "Failed";
  const state = await commitFlowState(
    flowRun,
    { type: "FAILED", name, message: toErrorRecord(error).message },
    { error },
  );
  await callHooks(settings.onFailure, flowEvent(flowRun, state, error), "onFailure", scope);
  // Parameters that were refused are the user's to correct: nothing of the flow has run.
  const exitCode = flowRun.scope === undefined && isRefusal(error) ? exitCodes.usage : exitCodes.failed;
  return { ...outcomeOf(run, state, exitCode), error: toErrorRecord(error), thrown: error };
}

function isRefusal(error: unknown): boolean {
  return error instanceof MillraceError && error.code === "bad-parameters";
}

/** Nobody needs a root flow's result to go on, so one that cannot be kept is no failure of the run. */
async function keepResult(flowRun: FlowRun, value: unknown): Promise<ValueRecord> {
  try {
    return await flowRun.run.host.values.keep(value, "the flow's result");
  } catch (error) {
    const reason = toError(error).message;
    if (flowRun.scope !== undefined) writeLog(flowRun.scope, "warn", `the flow's result is not kept: ${reason}`);
    return { kind: "none", reason };
  }
}

function outcomeOf(run: Run, state: State, exitCode: number): ExecuteOutcome {
  return { run_id: run.host.runId, state, exit_code: exitCode };
}

/** The journal is lost, or the engine itself failed: nothing more can be recorded. */
function crashed(run: Run, thrown: unknown): ExecuteOutcome {
  const error = isJournalLoss(run.broken) ? run.broken : toError(thrown);
  const state = makeState("CRASHED", run.host.clock.now(), { message: error.message });
  return { ...outcomeOf(run, state, exitCodes.crashed), error: toErrorRecord(error), thrown: error };
}

/**
 * For errors that belong to no task (an unhandled rejection, an uncaught exception): every run going on in this
 * process fails with it. False when none is going on: then the error is somebody else's.
 */
export function failRuns(thrown: unknown): boolean {
  const error = toError(thrown);
  // One that is ending anyway takes the error too: it is still the run's and not the process's.
  for (const run of shared.runs) stopRun(run, error);
  return shared.runs.size > 0;
}
