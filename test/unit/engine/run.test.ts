import assert from "node:assert/strict";
import { test } from "node:test";
import {
  artifact,
  concurrency,
  currentRun,
  flow,
  log,
  pause,
  sleep,
  task,
  variable,
  z,
} from "../../../runtime/sdk/index.ts";
import { runFlow } from "../../../runtime/testing/index.ts";

const double = task({ name: "double", run: async (n: number) => n * 2 });

test("should run independent calls at the same time and give their results", async () => {
  let running = 0;
  let most = 0;
  const slow = task({
    name: "slow",
    async run(n: number) {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return n;
    },
  });
  const run = await runFlow(flow({ name: "f", run: () => Promise.all([slow(1), slow(2), slow(3)]) }));
  assert.deepEqual(run.result, [1, 2, 3]);
  assert.equal(most, 3);
});

test("should know edges by promise, by object identity and inside arrays, objects, maps and sets", async () => {
  const make = task({ name: "make", run: (n: number) => ({ n }) });
  const take = task({ name: "take", run: (value: unknown) => JSON.stringify(value) });
  const f = flow({
    name: "f",
    async run() {
      const first = await make(1);
      await take(first);
      await take(make(2));
      await take([{ deep: make(3) }, first]);
      await take(new Map([["a", make(4)]]));
      await take(new Set([first]));
      await take(first.n);
    },
  });
  const run = await runFlow(f);
  assert.equal(run.state.type, "COMPLETED", run.state.message);
  const makes = run.taskRuns.filter((each) => each.task_key === "make").map((each) => each.id);
  const inputs = run.taskRuns.filter((each) => each.task_key === "take").map((each) => [...each.task_inputs].sort());
  const [one = "", two = "", three = "", four = ""] = makes;
  assert.deepEqual(inputs, [[one], [two], [one, three].sort(), [four], [one], []]);
});

test("should fail the flow for a failure nobody looked at, naming the task and the line of the call", async () => {
  const boom = task({
    name: "boom",
    run() {
      throw new Error("no bucket");
    },
  });
  const f = flow({
    name: "f",
    async run() {
      boom();
      return "fine";
    },
  });
  const run = await runFlow(f);
  assert.equal(run.state.type, "FAILED");
  assert.match(
    run.state.message ?? "",
    /task "boom-0", called at .*run\.test\.ts:\d+, failed and nobody waited for it: no bucket/,
  );
});

test("should not fail the flow for a failure that was caught, settled or handed on", async () => {
  const boom = task({
    name: "boom",
    run() {
      throw new Error("no bucket");
    },
  });
  const f = flow({
    name: "f",
    async run() {
      const late = boom();
      const state = await boom.settle();
      await boom().catch(() => undefined);
      await late.catch(() => undefined);
      return state;
    },
  });
  const run = await runFlow(f);
  assert.equal(run.state.type, "COMPLETED");
  assert.equal(run.result?.type, "FAILED");
});

test("should wait for what is outstanding when the flow returns, and for what that starts", async () => {
  const f = flow({
    name: "f",
    async run() {
      double(1).then(double).then(double);
    },
  });
  const run = await runFlow(f);
  assert.equal(run.taskRuns.length, 3);
  assert.ok(run.taskRuns.every((each) => each.state_type === "COMPLETED"));
});

test("should fail a task whose input failed, naming the task upstream", async () => {
  const boom = task({
    name: "fetch",
    run(): number {
      throw new Error("404");
    },
  });
  const run = await runFlow(flow({ name: "f", run: () => double(boom()) }));
  assert.equal(run.state.type, "FAILED");
  assert.match(
    run.state.message ?? "",
    /task "double-0" did not run: its input \[0\] is the result of task "fetch", which failed: 404/,
  );
  const states = Object.fromEntries(run.taskRuns.map((each) => [each.task_key, each.state_type]));
  assert.deepEqual(states, { fetch: "FAILED", double: "FAILED" });
});

test("should record a subflow as a run of its own with a task run that stands for it", async () => {
  const child = flow({
    name: "child",
    parameters: z.object({ n: z.number(), extra: z.number().default(7) }),
    run: ({ n, extra }) => double(n + extra),
  });
  const run = await runFlow(flow({ name: "parent", run: () => child({ n: double(1) }) }));
  assert.equal(run.result, 18);
  const [sub] = run.subflowRuns;
  const standing = run.taskRuns.find((each) => each.child_flow_run_id !== null);
  assert.equal(standing?.child_flow_run_id, sub?.id);
  assert.equal(sub?.parent_task_run_id, standing?.id);
  assert.deepEqual(sub?.parameters, { n: 2, extra: 7 });
  assert.equal(standing?.task_inputs.length, 1);
});

test("should fail a run with bad parameters before any task, naming each field", async () => {
  const f = flow({
    name: "etl",
    parameters: z.object({ months: z.array(z.int().max(12)), color: z.enum(["yellow", "green"]) }),
    run: ({ months }) => double.map(months),
  });
  const given: { months: number[]; color: "yellow" } = JSON.parse('{ "months": [1, 13], "color": "red" }');
  const run = await runFlow(f, given);
  assert.equal(run.state.type, "FAILED");
  assert.equal(run.errorRecord?.code, "bad-parameters");
  assert.match(run.state.message ?? "", /months\[1\]: [\s\S]*color: /);
  assert.equal(run.taskRuns.length, 0);
  assert.deepEqual(run.flowRun?.parameters, given);
});

test("should fail a task whose result cannot be kept, naming the path, unless it says persist: false", async () => {
  const broken = { name: "connect", run: () => ({ pool: { close() {} } }) };
  const fails = await runFlow(flow({ name: "f", run: () => task(broken)().then(() => 1) }));
  assert.equal(fails.errorRecord?.code, "result-not-kept");
  assert.match(fails.state.message ?? "", /connect.*pool\.close/);
  const works = await runFlow(flow({ name: "f", run: () => task({ ...broken, persist: false })().then(() => 1) }));
  assert.equal(works.state.type, "COMPLETED");
});

test("should attribute logs and console output to the task that wrote them", async () => {
  const talk = task({
    name: "talk",
    run(word: string) {
      console.log("%s!", word);
      log.warn("careful", { word });
    },
  });
  const f = flow({
    name: "f",
    async run() {
      console.error("in the flow");
      await Promise.all([talk("a"), talk("b")]);
    },
  });
  const run = await runFlow(f);
  const names = new Map(run.taskRuns.map((each) => [each.id, each.name]));
  const lines = run.logs.map((each) => [each.name, each.level, each.message, names.get(each.task_run_id ?? "")]);
  assert.deepEqual(lines, [
    ["console", 40, "in the flow", undefined],
    ["console", 20, "a!", "talk-0"],
    ["log", 30, "careful", "talk-0"],
    ["console", 20, "b!", "talk-1"],
    ["log", 30, "careful", "talk-1"],
  ]);
  assert.deepEqual(run.logs[2]?.fields, { word: "a" });
});

test("should keep artifacts by key, the last progress and the newest version", async () => {
  const f = flow({
    name: "f",
    async run() {
      await artifact.markdown("summary", "# one");
      await artifact.markdown("summary", "# two", { description: "second" });
      await artifact.table("rows", [{ month: 1, rows: 3 }]);
      for (let percent = 0; percent < 100; percent++) artifact.progress("files", percent);
    },
  });
  const run = await runFlow(f);
  const byKey = Object.fromEntries(run.artifacts.map((each) => [each.key, each]));
  assert.equal(byKey["summary"]?.description, "second");
  assert.deepEqual(byKey["files"]?.data, { kind: "inline", data: [99] });
  const written = run.records.filter(({ record }) => record.kind === "artifact" && record.key === "files");
  assert.ok(written.length < 10, `${written.length} records of one progress`);
  assert.throws(() => artifact.progress("files", 101), TypeError);
  await assert.rejects(artifact.markdown("Bad Key", ""), /lower-case/);
});

test("should pause until an answer fits the schema, and say PAUSED meanwhile", async () => {
  const f = flow({
    name: "f",
    run: () => pause({ key: "approve", message: "Load?", schema: z.object({ rows: z.number() }) }),
  });
  const refusals: (readonly string[])[] = [];
  const approve = (refused: readonly string[]) => {
    refusals.push(refused);
    return { rows: refused.length === 0 ? "many" : 3 };
  };
  const run = await runFlow(f, undefined, { answers: { approve } });
  assert.match(refusals[1]?.[0] ?? "", /rows: .*expected number/);
  assert.deepEqual(run.result, { rows: 3 });
  const states = run.records.flatMap(({ record }) => (record.kind === "flow-run-state" ? [record.state] : []));
  assert.deepEqual(
    states.map((state) => state.type),
    ["RUNNING", "PAUSED", "RUNNING", "COMPLETED"],
  );
  assert.equal(states[1]?.details?.pause_key, "approve");
  assert.ok(run.logs.some((each) => /rows/.test(each.message)));
});

test("should hold tasks back by limits on tags, names and free names", async () => {
  let running = 0;
  let most = 0;
  const body = async () => {
    most = Math.max(most, ++running);
    await sleep(5);
    running--;
  };
  const tagged = task({ name: "load", tags: ["db"], run: (_n: number) => body() });
  const byTag = await runFlow(flow({ name: "f", run: () => tagged.map([1, 2, 3, 4]) }), undefined, {
    limits: { "tag:db": 2 },
  });
  assert.equal(byTag.state.type, "COMPLETED", byTag.state.message);
  assert.equal(most, 2);
  const waited = byTag.records.filter(
    ({ record }) => record.kind === "task-run" && record.state.name === "AwaitingConcurrencySlot",
  );
  assert.equal(waited.length, 2);
  most = 0;
  const free = task({ name: "free", run: (_n: number) => concurrency("api", body) });
  await runFlow(flow({ name: "f", run: () => free.map([1, 2, 3]) }), undefined, { limits: { api: 1 } });
  assert.equal(most, 1);
});

test("should call hooks in order and log one that throws without breaking the run", async () => {
  const seen: string[] = [];
  const hook = (what: string) => (event: { state: { name: string } }) => {
    seen.push(`${what} ${event.state.name}`);
    if (what === "task done") throw new Error("slack is down");
  };
  const work = task({ name: "work", onRunning: hook("task runs"), onCompletion: hook("task done"), run: () => 1 });
  const f = flow({ name: "f", onRunning: hook("flow runs"), onCompletion: [hook("flow done")], run: () => work() });
  const run = await runFlow(f);
  assert.deepEqual(seen, ["flow runs Running", "task runs Running", "task done Completed", "flow done Completed"]);
  assert.equal(run.state.type, "COMPLETED");
  assert.ok(run.logs.some((each) => /slack is down/.test(each.message)));
});

test("should just run a task outside a flow, and give it a signal that never aborts", async () => {
  const plain = task({ name: "plain", run: (n: number) => [n, currentRun().signal.aborted, currentRun().taskRun] });
  assert.deepEqual(await plain(double(2)), [4, false, undefined]);
});

test("should read and set variables", async () => {
  const f = flow({
    name: "f",
    async run() {
      await variable.set("color", `${await variable.get("color")}er`);
    },
  });
  const run = await runFlow(f, undefined, { variables: { color: "green" } });
  assert.deepEqual(run.variables, { color: "greener" });
  await assert.rejects(variable.get("color"), /outside a run/);
});

test("should refuse a call from code that the flow did not wait for", async () => {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let late: Promise<unknown> = Promise.resolve();
  const f = flow({
    name: "f",
    async run() {
      late = gate.then(() => double(1));
    },
  });
  await runFlow(f);
  open();
  await assert.rejects(late, /is over/);
});

test("should name runs as their options say", async () => {
  const child = flow({ name: "child", runName: ({ n }: { n: number }) => `child ${n}`, run: (_: { n: number }) => 1 });
  const step = task({ name: "step", runName: (n: number) => `step for ${n}`, run: (_n: number) => 1 });
  const f = flow({ name: "f", runName: "nightly", run: async () => [await child({ n: 3 }), await step(4)] });
  const run = await runFlow(f);
  assert.equal(run.flowRun?.name, "nightly");
  assert.equal(run.subflowRuns[0]?.name, "child 3");
  assert.deepEqual(
    run.taskRuns.map((each) => each.name),
    ["child-0", "step for 4"],
  );
});
