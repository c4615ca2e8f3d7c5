import { executeFlow } from "../engine/execute.ts";
import { memoryValueStore } from "../journal/value-store.ts";
import type { FlowRun, TaskRun } from "../protocol/api.ts";
import { toErrorRecord } from "../protocol/error-record.ts";
import type { ErrorRecord } from "../protocol/errors.ts";
import { foldRun } from "../protocol/fold/index.ts";
import { newId } from "../protocol/ids.ts";
import type { ArtifactRecord, JournalRecord, LogRecord, PositionedRecord } from "../protocol/records.ts";
import type { ExecuteOutcome } from "../protocol/sdk-runtime.ts";
import { makeState, type State } from "../protocol/states.ts";
import type { Flow } from "../sdk/flow.ts";
import { flowOf, typed } from "../sdk/marks.ts";
import { type FakeClock, fakeClock } from "./fake-clock.ts";
import { memoryExecution, type TestWorld } from "./memory-host.ts";
import type { PauseAnswers } from "./memory-pauses.ts";
import { mockedBodies, type TaskMock } from "./mocks.ts";
import { type TestCache, testCache } from "./test-cache.ts";

export interface RunFlowOptions {
  /** Bodies that stand for those of tasks. */
  readonly mocks?: readonly TaskMock[];
  /** A fake clock that moves by itself over sleeps and retry delays when left out. */
  readonly clock?: FakeClock;
  readonly cache?: TestCache;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Concurrency limits by name: "tag:…", "task:…", or as given to `concurrency`. */
  readonly limits?: Readonly<Record<string, number>>;
  /** Answers to pauses, by key. */
  readonly answers?: PauseAnswers;
  readonly tags?: readonly string[];
  /** The run crashes once so many tasks have completed; then `resume()` goes on. */
  readonly crashAfter?: number;
  /** Cancels the run when it aborts. */
  readonly signal?: AbortSignal;
  /** Sees each record as it is written. */
  readonly onRecord?: (record: JournalRecord) => void;
}

export interface ResumeFlowOptions extends Pick<RunFlowOptions, "mocks" | "crashAfter" | "signal" | "onRecord"> {
  /** "retry" keeps nothing; "resume" (the default) keeps what completed. */
  readonly mode?: "resume" | "retry";
  /** Task keys, names or ids: these and what depends on them run again. */
  readonly from?: readonly string[];
  readonly rerun?: readonly string[];
}

/** A run as it stood when it ended or crashed. */
export interface TestRun<Result> {
  /** CRASHED after `crashAfter`; else the flow's final state. */
  readonly state: State;
  /** The flow's result when it is COMPLETED. */
  readonly result: Result | undefined;
  /** What it failed with, as it was thrown; `errorRecord` as it was recorded. */
  readonly error: unknown;
  readonly errorRecord: ErrorRecord | undefined;
  readonly flowRun: FlowRun | undefined;
  readonly subflowRuns: readonly FlowRun[];
  /** Of all executions so far, in the order they came into being. */
  readonly taskRuns: readonly TaskRun[];
  /** Ids of the task runs that the last execution got back instead of running them. */
  readonly kept: ReadonlySet<string>;
  readonly logs: readonly LogRecord[];
  /** The newest of each key. */
  readonly artifacts: readonly ArtifactRecord[];
  readonly records: readonly PositionedRecord[];
  /** The variables as the run left them. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Goes on with the run, as `millrace runs resume` does. A changed flow may be given. */
  resume(options?: ResumeFlowOptions, changed?: Flow<never, Result>): Promise<TestRun<Result>>;
}

/**
 * Runs a flow in memory: no server, no files, no waiting. Works under any test runner.
 *
 * @throws TypeError when what is given is no flow. A flow that fails does not throw: look at `state` and `error`.
 * @example
 * const run = await runFlow(etl, { months: [1] }, { mocks: [mockTask(fetchTrips, async () => sample)] });
 * assert.equal(run.state.type, "COMPLETED");
 * const crashed = await runFlow(etl, { months: [1, 2] }, { crashAfter: 3 });
 * const resumed = await crashed.resume();
 */
export function runFlow<Input, Result>(
  flow: Flow<Input, Result>,
  parameters?: Input,
  options: RunFlowOptions = {},
): Promise<TestRun<Awaited<Result>>> {
  const world: TestWorld = {
    runId: newId(),
    values: memoryValueStore(),
    clock: options.clock ?? fakeClock(),
    cache: options.cache ?? testCache(),
    variables: new Map(Object.entries(options.variables ?? {})),
    limits: options.limits ?? {},
    answers: options.answers ?? {},
    records: [],
    logs: [],
    segments: [],
  };
  return execute(flow, parameters, world, options, undefined);
}

async function execute<Result>(
  flow: unknown,
  parameters: unknown,
  world: TestWorld,
  options: RunFlowOptions,
  resume: ResumeFlowOptions | undefined,
): Promise<TestRun<Result>> {
  const definition = flowOf(flow);
  if (definition === undefined) throw new TypeError("runFlow: the first argument must be a flow");
  const { mode = "resume", from = [], rerun = [] } = resume ?? {};
  const { host, crashed, cancel } = memoryExecution(world, {
    crashAfter: options.crashAfter,
    resume: resume === undefined ? undefined : { mode, from, rerun },
    onRecord: options.onRecord,
  });
  const onAbort = () => cancel("cancelled by the test");
  if (options.signal?.aborted) onAbort();
  else options.signal?.addEventListener("abort", onAbort, { once: true });
  const stopWaiting = hurryAfter(host.cancellation, world.clock);
  const executed = executeFlow(definition, host, {
    parameters: typeof parameters === "object" && parameters !== null ? { ...parameters } : {},
    trigger: "testing",
    ...(options.tags === undefined ? {} : { tags: options.tags }),
    mocks: mockedBodies(options.mocks ?? []),
  });
  const outcome = await Promise.race([
    executed,
    crashed.then(
      (error): ExecuteOutcome => ({
        run_id: world.runId,
        state: makeState("CRASHED", world.clock.now(), { message: error.message }),
        error: toErrorRecord(error),
        exit_code: 3,
        thrown: error,
      }),
    ),
  ]);
  stopWaiting();
  options.signal?.removeEventListener("abort", onAbort);
  return testRun(flow, parameters, world, options, outcome);
}

/** A body that does not listen to the signal gets its time to clean up in fake time too. */
function hurryAfter(cancellation: AbortSignal, clock: TestWorld["clock"]): () => void {
  let timer: NodeJS.Timeout | undefined;
  const hurry = () => {
    if (!("advance" in clock) || typeof clock.advance !== "function") return;
    const { advance } = clock;
    timer = setInterval(() => void Reflect.apply(advance, clock, [250]), 5);
  };
  if (cancellation.aborted) hurry();
  else cancellation.addEventListener("abort", hurry, { once: true });
  return () => {
    clearInterval(timer);
    cancellation.removeEventListener("abort", hurry);
  };
}

function testRun<Result>(
  flow: unknown,
  parameters: unknown,
  world: TestWorld,
  options: RunFlowOptions,
  outcome: ExecuteOutcome,
): TestRun<Result> {
  const records = [...world.records];
  const { flowRun, subflowRuns, taskRuns, artifacts, kept } = foldRun(world.runId, records);
  return {
    state: outcome.state,
    result: typed<Result | undefined>(outcome.result),
    error: outcome.thrown,
    errorRecord: outcome.error,
    flowRun,
    subflowRuns,
    taskRuns,
    kept,
    logs: [...world.logs],
    artifacts,
    records,
    variables: Object.fromEntries(world.variables),
    resume(resumeOptions = {}, changed) {
      const { crashAfter: _, signal: __, onRecord: ___, ...rest } = options;
      return execute(changed ?? flow, parameters, world, { ...rest, ...resumeOptions }, resumeOptions);
    },
  };
}
