import assert from "node:assert/strict";
import { test } from "node:test";
import { clampedPoissonInterval, compileDelay } from "../../../runtime/engine/retry-policy.ts";
import { currentRun, flow, NonRetryableError, sleep, task } from "../../../runtime/sdk/index.ts";
import { fakeClock, runFlow, type TestRun } from "../../../runtime/testing/index.ts";

function failing(times: number, options: Parameters<typeof task>[0] extends infer T ? Partial<T> : never) {
  let left = times;
  return task({
    name: "flaky",
    ...options,
    run() {
      if (left-- > 0) throw new Error(`failure with ${left} left`);
      return currentRun().taskRun?.runCount;
    },
  });
}

function taskStates(run: TestRun<unknown>): [string, number | undefined, number][] {
  return run.records.flatMap(({ record }) => {
    if (record.kind === "task-run")
      return [[record.state.name, undefined, record.state.timestamp] as [string, undefined, number]];
    if (record.kind !== "task-run-state") return [];
    return [[record.state.name, record.run_count, record.state.timestamp] as [string, number | undefined, number]];
  });
}

test("should wait as SCHEDULED/AwaitingRetry by the list, whose last entry repeats, and run as Retrying", async () => {
  const clock = fakeClock({ now: 0 });
  const flaky = failing(3, { retries: 5, retryDelay: ["1s", "5s"] });
  const run = await runFlow(flow({ name: "f", run: () => flaky() }), undefined, { clock });
  assert.equal(run.result, 4);
  assert.deepEqual(taskStates(run), [
    ["Running", undefined, 0],
    ["AwaitingRetry", 1, 0],
    ["Retrying", 2, 1000],
    ["AwaitingRetry", 2, 1000],
    ["Retrying", 3, 6000],
    ["AwaitingRetry", 3, 6000],
    ["Retrying", 4, 11_000],
    ["Completed", 4, 11_000],
  ]);
});

test("should retry at once without a delay, and keep the error of the attempt", async () => {
  const run = await runFlow(flow({ name: "f", run: () => failing(1, { retries: 1 })() }));
  assert.deepEqual(
    taskStates(run).map(([name]) => name),
    ["Running", "Retrying", "Completed"],
  );
  const retrying = run.records.find(
    ({ record }) => record.kind === "task-run-state" && record.state.name === "Retrying",
  );
  assert.ok(
    retrying?.record.kind === "task-run-state" && /failure with 0 left/.test(retrying.record.error?.message ?? ""),
  );
});

test("should give up after its retries, on NonRetryableError, and when retryIf says no", async () => {
  const attempts: number[] = [];
  const fails = (options: object, error: Error) =>
    task({
      name: "fails",
      retries: 2,
      ...options,
      run() {
        attempts.push(currentRun().taskRun?.runCount ?? 0);
        throw error;
      },
    });
  await runFlow(flow({ name: "f", run: () => fails({}, new Error("x"))() }));
  assert.deepEqual(attempts.splice(0), [1, 2, 3]);
  await runFlow(flow({ name: "f", run: () => fails({}, new NonRetryableError("x"))() }));
  assert.deepEqual(attempts.splice(0), [1]);
  await runFlow(flow({ name: "f", run: () => fails({ retryIf: () => false }, new Error("x"))() }));
  assert.deepEqual(attempts.splice(0), [1]);
  await runFlow(flow({ name: "f", run: () => fails({}, new Error("x")).with({ retries: 1 })() }));
  assert.deepEqual(attempts.splice(0), [1, 2]);
});

test("should compute delays from the attempt and refuse what is no delay", () => {
  assert.equal(compileDelay((attempt) => attempt * 100, undefined, "task")(3), 300);
  assert.equal(compileDelay("2s", undefined, "task")(9), 2000);
  assert.throws(() => compileDelay("soon", undefined, 'task "x"'), /task "x": retryDelay.*soon/);
  assert.throws(() => compileDelay("1s", -1, "task"), /retryJitter/);
});

test("should spread jitter around the delay and never beyond its factor", () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const samples = Array.from({ length: 20_000 }, () => clampedPoissonInterval(1000, 0.3, random));
  const mean = samples.reduce((sum, each) => sum + each, 0) / samples.length;
  assert.ok(Math.max(...samples) <= 1300 + 1e-6);
  assert.ok(Math.abs(mean - 1000) < 30, `mean ${mean}`);
  assert.ok(new Set(samples.map(Math.round)).size > 100);
});

test("should abort the signal at the timeout, fail as TimedOut and retry that too", async () => {
  const clock = fakeClock();
  const reasons: unknown[] = [];
  const stuck = task({
    name: "stuck",
    timeout: "2m",
    retries: 1,
    async run() {
      const { signal } = currentRun();
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  });
  const f = flow({ name: "f", run: () => stuck().catch((error) => reasons.push(error)) });
  const running = runFlow(f, undefined, { clock });
  await clock.advance("3m");
  await clock.advance("3m");
  const run = await running;
  assert.match(String(reasons[0]), /TimeoutError: task "stuck-0" took longer than its timeout of 2m/);
  const [taskRun] = run.taskRuns;
  assert.deepEqual([taskRun?.state_type, taskRun?.state_name, taskRun?.run_count], ["FAILED", "TimedOut", 2]);
});

test("should not let an attempt that timed out go on calling tasks", async () => {
  const clock = fakeClock();
  const inner = task({ name: "inner", run: () => 1 });
  let later: Promise<unknown> = Promise.resolve();
  const outer = task({
    name: "outer",
    timeout: "1s",
    async run() {
      await new Promise((resolve) => currentRun().signal.addEventListener("abort", resolve));
      later = inner();
      await later;
    },
  });
  const running = runFlow(flow({ name: "f", run: () => outer.settle() }), undefined, { clock });
  await clock.advance("2s");
  const run = await running;
  assert.equal(run.result?.name, "TimedOut");
  await assert.rejects(later, /timeout/);
});

test("should time out a flow, with the tasks below it", async () => {
  const clock = fakeClock();
  const stuck = task({ name: "stuck", run: () => new Promise<void>(() => undefined) });
  const child = flow({ name: "child", timeout: "10s", run: () => stuck() });
  const f = flow({
    name: "f",
    run: () =>
      child().then(
        () => "no",
        (error) => String(error),
      ),
  });
  const running = runFlow(f, undefined, { clock });
  for (let second = 0; second < 30; second++) await clock.advance("1s");
  const run = await running;
  assert.match(run.result ?? "", /TimeoutError: flow run ".*" took longer than its timeout of 10.0s/);
  assert.equal(run.subflowRuns[0]?.state_name, "TimedOut");
  const states = Object.fromEntries(run.taskRuns.map((each) => [each.task_key, each.state_name]));
  assert.deepEqual(states, { child: "TimedOut", stuck: "Cancelled" });
});

test("should keep completed tasks when the flow is retried", async () => {
  const calls: string[] = [];
  const step = task({ name: "step", run: (name: string) => void calls.push(name) });
  let failures = 2;
  const child = flow({ name: "child", run: () => step("in child") });
  const f = flow({
    name: "f",
    retries: 2,
    retryDelay: "1s",
    async run() {
      await step("a");
      await sleep("1h");
      await child();
      await step.map(["x", "y"]);
      if (failures-- > 0) throw new Error("not yet");
      return calls.length;
    },
  });
  const clock = fakeClock({ now: 0 });
  const run = await runFlow(f, undefined, { clock });
  assert.equal(run.result, 4);
  assert.equal(clock.now(), 3_602_000, "a retried flow must not sleep again");
  const states = run.records.flatMap(({ record }) =>
    record.kind === "flow-run-state" && record.id === run.flowRun?.id
      ? [`${record.state.name} ${record.run_count}`]
      : [],
  );
  assert.deepEqual(states, [
    "Running 1",
    "AwaitingRetry 1",
    "Retrying 2",
    "AwaitingRetry 2",
    "Retrying 3",
    "Completed 3",
  ]);
});
