/**
 * One call of a task, from the call to its promise's end. The states of its task run:
 *
 *   (call) ─ kept by resume ──────────────────────────────→ resolves, nothing written but its id
 *     └→ SCHEDULED/AwaitingConcurrencySlot → RUNNING ⇄ SCHEDULED/AwaitingRetry → COMPLETED | FAILED | CANCELLED
 *     └→ PENDING → COMPLETED/Cached, or FAILED when an input failed
 *
 * The promise resolves after COMPLETED is durable. The path without retries, cache, limits and timeouts makes no
 * promise of its own beyond the call's and the commit's: it is run a thousand times a millisecond's patience.
 */
import type { SourceLocation } from "../protocol/errors.ts";
import { MillraceError } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import type { TaskRunRecord } from "../protocol/records.ts";
import { type Canonical, canonical } from "./canonical.ts";
import { currentScope, type Scope } from "./context.ts";
import { giveBack } from "./give-back.ts";
import { identifyCall, type MapPlacement } from "./identity.ts";
import { awaitInputs, scanInputs, UpstreamFailure } from "./inputs.ts";
import { callPlainly } from "./plain-call.ts";
import { type FlowRun, refusal, writeQueued } from "./run.ts";
import { attemptTask } from "./task-attempt.ts";
import type { CompiledTask, TaskDefinition } from "./task-definition.ts";
import { failCall, rejectCall } from "./task-outcome.ts";
import { type CallEnd, Settler, type TaskPromise } from "./task-promise.ts";
import { queueRunning, startPending } from "./task-records.ts";
import { startSlowly } from "./task-start.ts";

export interface TaskCall {
  readonly definition: TaskDefinition;
  readonly settings: CompiledTask;
  readonly flowRun: FlowRun;
  /** Where it was called. */
  readonly caller: Scope;
  readonly end: CallEnd;
  /** Where in the user's source it was called. */
  readonly source: SourceLocation | undefined;
  readonly map: MapPlacement | undefined;
  inputs: readonly unknown[];
  edges: readonly string[];
  /** Identity of the call; "" until the inputs are known. */
  identity: string;
  /** Canonical text of the inputs: what the record shows of inputs too large to stand in it. */
  canonical: Canonical;
  /** The task run's id and name; "" until it has a record. */
  id: string;
  name: string;
  runCount: number;
  /** The attempt going on. */
  attempt: Scope | undefined;
  cacheKey: string | undefined;
  /** The subflow run that this call stands for. */
  childFlowRunId: string | undefined;
  /** What was written when it started; kept only where a later attempt of the flow may need it. */
  record: TaskRunRecord | undefined;
  /** Gives back the slots that the attempt holds. */
  release: (() => Promise<void>) | undefined;
}

const noEdges: readonly string[] = [];
const unknownInputs: Canonical = { text: "", exact: true };

export function callTask(
  definition: TaskDefinition,
  settings: CompiledTask,
  inputs: readonly unknown[],
  source: SourceLocation | undefined,
  map?: MapPlacement,
): TaskPromise<unknown> {
  const caller = currentScope();
  if (caller === undefined) return callPlainly(definition, inputs);
  const settler = new Settler(definition.key);
  callInScope(caller, definition, settings, inputs, source, map, settler);
  return settler.promise;
}

/** The call without a promise of its own: its outcome goes to `end`. */
export function callInScope(
  caller: Scope,
  definition: TaskDefinition,
  settings: CompiledTask,
  inputs: readonly unknown[],
  source: SourceLocation | undefined,
  map: MapPlacement | undefined,
  end: CallEnd,
): void {
  const call: TaskCall = {
    definition,
    settings,
    flowRun: caller.flowRun,
    caller,
    end,
    source,
    map,
    inputs,
    edges: noEdges,
    identity: "",
    canonical: unknownInputs,
    id: "",
    name: definition.key,
    runCount: 0,
    attempt: undefined,
    cacheKey: undefined,
    childFlowRunId: undefined,
    record: undefined,
    release: undefined,
  };
  caller.flowRun.pending++;
  try {
    const scan = scanInputs(inputs, caller.flowRun.run.origins);
    call.edges = scan.edges;
    if (scan.hasPromises) awaitAndBegin(call);
    else begin(call);
  } catch (error) {
    // A getter among the inputs threw: whoever called hears of it as of any failure, and the flow does not wait for it.
    rejectCall(call, error);
  }
}

async function awaitAndBegin(call: TaskCall): Promise<void> {
  const edges = new Set(call.edges);
  try {
    call.inputs = await awaitInputs(call.inputs, edges);
  } catch (failure) {
    failUpstream(call, failure);
    return;
  }
  call.edges = [...edges];
  try {
    begin(call);
  } catch (error) {
    rejectCall(call, error);
  }
}

function begin(call: TaskCall): void {
  const { flowRun, caller, settings, definition } = call;
  const { run } = flowRun;
  const refused = refusal(caller);
  if (refused !== undefined) {
    rejectCall(call, refused);
    return;
  }
  call.canonical = canonical(call.inputs);
  call.identity = identifyCall(caller, definition.key, call.canonical.text, settings.id, call.map);
  if (run.history !== undefined && giveBack(call, run.history)) return;
  if (definition.isFlow === true) call.childFlowRunId = run.history?.flowRun(call.identity)?.id ?? newId();
  settings.limitNames ??= [`task:${definition.key}`, ...settings.tags.map((tag) => `tag:${tag}`)];
  if (settings.cache !== undefined || run.host.limits.isLimited(settings.limitNames)) {
    startSlowly(call);
    return;
  }
  queueRunning(call);
  // The body starts a moment later, so that the starts of one turn are written together before the first of them runs.
  // A reaction of its own for each: it comes back in what the caller stored in other async local storages.
  moment.then(() => {
    writeQueued(run);
    attemptTask(call);
  });
}

const moment = Promise.resolve();

/** An input failed, so the task cannot run: its own failure names the one upstream. */
function failUpstream(call: TaskCall, failure: unknown): void {
  const refused = refusal(call.caller);
  if (refused !== undefined || !(failure instanceof UpstreamFailure)) {
    rejectCall(call, refused ?? failure);
    return;
  }
  call.inputs = [];
  call.canonical = unknownInputs;
  const pinned = call.settings.id ?? `upstream ${failure.taskRunId ?? failure.path}`;
  call.identity = identifyCall(call.caller, call.definition.key, "", pinned, call.map);
  if (failure.taskRunId !== undefined) call.edges = [...call.edges, failure.taskRunId];
  startPending(call);
  const from = failure.error instanceof Error ? failure.error.message : String(failure.error);
  const upstream = upstreamName(failure);
  const error = new MillraceError(
    "upstream-failed",
    `task "${call.name}" did not run: its input ${failure.path} is the result of ${upstream}, which failed: ${from}`,
    { cause: failure.error },
  );
  failCall(call, error);
}

function upstreamName(failure: UpstreamFailure): string {
  return failure.taskName === undefined ? "a promise" : `task "${failure.taskName}"`;
}
