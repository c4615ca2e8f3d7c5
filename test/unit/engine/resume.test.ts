import assert from "node:assert/strict";
import { test } from "node:test";
import { currentRun, flow, log, pause, sleep, task, variable, z } from "../../../runtime/sdk/index.ts";
import { fakeClock, runFlow } from "../../../runtime/testing/index.ts";

test("should give back what completed without running it, with its types and its identity", async () => {
  const ran: string[] = [];
  const make = task({
    name: "make",
    run() {
      ran.push("make");
      return { when: new Date(7), tags: new Set(["a"]), big: 12n };
    },
  });
  const use = task({
    name: "use",
    run(value: { when: Date; tags: Set<string>; big: bigint }) {
      ran.push("use");
      return [value.when.getTime(), value.tags.has("a"), value.big + 1n];
    },
  });
  const crashed = await runFlow(flow({ name: "f", run: async () => use(await make()) }), undefined, { crashAfter: 1 });
  assert.equal(crashed.state.type, "CRASHED");
  const run = await crashed.resume();
  assert.deepEqual(run.result, [7, true, 13n]);
  assert.deepEqual(ran, ["make", "use"]);
  assert.equal(run.flowRun?.run_count, 2);
  const [made] = run.taskRuns;
  assert.deepEqual([...run.kept], [made?.id]);
  assert.deepEqual(
    run.taskRuns.find((each) => each.task_key === "use" && each.state_type === "COMPLETED")?.task_inputs,
    [made?.id],
  );
});

test("should run again what failed, also when the flow had caught it", async () => {
  let broken = true;
  const flaky = task({
    name: "flaky",
    run() {
      if (broken) throw new Error("down");
      return "up";
    },
  });
  const last = task({ name: "last", run: () => 1 });
  const f = flow({
    name: "f",
    async run() {
      const answer = await flaky().catch(() => "caught");
      await last();
      return answer;
    },
  });
  const crashed = await runFlow(f, undefined, { crashAfter: 1 });
  broken = false;
  const run = await crashed.resume();
  assert.equal(run.result, "up");
});

test("should keep the idempotency key over attempts, crashes and resumes, and tell calls apart by it", async () => {
  const keys: (string | undefined)[] = [];
  const charge = task({
    name: "charge",
    retries: 1,
    run(_order: number) {
      keys.push(currentRun().taskRun?.idempotencyKey);
      if (keys.length < 4) throw new Error("timeout");
    },
  });
  const f = flow({ name: "f", run: () => charge(1) });
  const failed = await runFlow(f);
  const run = await failed.resume();
  assert.equal(run.state.type, "COMPLETED");
  assert.equal(keys.length, 4);
  assert.equal(new Set(keys).size, 1);
  await runFlow(flow({ name: "g", run: () => charge.map([1, 2]) }));
  assert.equal(new Set(keys).size, 3);
});

test("should not validate parameters again", async () => {
  let parsed = 0;
  const schema = z.object({
    at: z.string().transform((text) => {
      parsed++;
      return new Date(text);
    }),
  });
  const step = task({ name: "step", run: (at: Date) => at.getTime() });
  const f = flow({
    name: "f",
    parameters: schema,
    async run({ at }) {
      await step(at);
      return at;
    },
  });
  const crashed = await runFlow(f, { at: "2026-01-02" }, { crashAfter: 1 });
  const run = await crashed.resume();
  assert.deepEqual(run.result, new Date("2026-01-02"));
  assert.equal(parsed, 1);
});

test("should give a sleep its due time, a variable its value and a pause its answer again", async () => {
  const clock = fakeClock({ now: 0 });
  const step = task({ name: "step", run: () => 1 });
  let asked = 0;
  const f = flow({
    name: "f",
    async run() {
      await sleep("1h");
      const color = await variable.get("color");
      const answer = await pause({ key: "go" });
      await step();
      await variable.set("color", "red");
      await step();
      return [color, answer];
    },
  });
  const answers = {
    go: () => {
      asked++;
      return "yes";
    },
  };
  const crashed = await runFlow(f, undefined, { clock, crashAfter: 2, variables: { color: "green" }, answers });
  assert.equal(crashed.state.type, "CRASHED");
  const run = await crashed.resume();
  assert.deepEqual(run.result, ["green", "yes"]);
  assert.equal(asked, 1);
  assert.equal(clock.now(), 3_600_000);
});

test("should go on with the same subflow run and keep what it had completed", async () => {
  const ran: number[] = [];
  const step = task({ name: "step", run: (n: number) => ran.push(n) });
  const child = flow({
    name: "child",
    async run({ from }: { from: number }) {
      await step(from);
      await step(from + 1);
    },
  });
  const parent = flow({
    name: "parent",
    async run() {
      await child({ from: 10 });
      await child({ from: 20 });
    },
  });
  const crashed = await runFlow(parent, undefined, { crashAfter: 4 });
  const run = await crashed.resume();
  assert.equal(run.state.type, "COMPLETED", run.state.message);
  assert.deepEqual(ran, [10, 11, 20, 21]);
  assert.deepEqual(
    run.subflowRuns.map((each) => [each.state_type, each.run_count]),
    [
      ["COMPLETED", 1],
      ["COMPLETED", 2],
    ],
  );
});

test("should say which input was A and is B when a call finds no match", async () => {
  const step = task({ name: "step", run: (n: { month: number }) => n.month });
  const stop = task({ name: "stop", run: () => 1 });
  const body = (month: number) =>
    flow({
      name: "f",
      async run() {
        await step({ month });
        await stop();
        await stop();
      },
    });
  const crashed = await runFlow(body(1), undefined, { crashAfter: 2 });
  const run = await crashed.resume({}, body(2));
  const said = run.logs.find((each) => /task "step" runs again/.test(each.message));
  assert.match(said?.message ?? "", /its input was \[\{"month":1\}\] and is \[\{"month":2\}\]/);
});

test("should match a pinned call whatever its inputs are", async () => {
  const ran: number[] = [];
  const step = task({ name: "step", run: (n: number) => ran.push(n) });
  let n = 0;
  const f = flow({
    name: "f",
    async run() {
      await step.with({ id: "today" })(++n);
      await step(-1);
    },
  });
  const crashed = await runFlow(f, undefined, { crashAfter: 1 });
  await crashed.resume();
  assert.deepEqual(ran, [1, -1]);
});

test("should keep nothing on retry, and run what --rerun names with what encloses it", async () => {
  const ran: string[] = [];
  const inner = task({ name: "inner", run: () => ran.push("inner") });
  const outer = task({
    name: "outer",
    async run() {
      ran.push("outer");
      await inner();
    },
  });
  const other = task({ name: "other", run: () => ran.push("other") });
  const f = flow({
    name: "f",
    async run() {
      await outer();
      await other();
    },
  });
  const done = await runFlow(f);
  ran.length = 0;
  const some = await done.resume({ rerun: ["inner"] });
  assert.deepEqual(ran.splice(0), ["outer", "inner"]);
  await some.resume({ mode: "retry" });
  assert.deepEqual(ran, ["outer", "inner", "other"]);
});

test("should run a task that is not persisted again, and keep those around it", async () => {
  const ran: string[] = [];
  const connect = task({
    name: "connect",
    persist: false,
    run() {
      ran.push("connect");
      return { query: () => 1 };
    },
  });
  const load = task({ name: "load", run: (n: number) => ran.push(`load ${n}`) });
  const f = flow({
    name: "f",
    async run() {
      const database = await connect();
      await load(database.query());
      await load(2);
    },
  });
  const crashed = await runFlow(f, undefined, { crashAfter: 2 });
  await crashed.resume();
  assert.deepEqual(ran, ["connect", "load 1", "connect", "load 2"]);
});

test("should find mapped items that moved, and run only what is new", async () => {
  const ran: string[] = [];
  const load = task({
    name: "load",
    run(name: string) {
      ran.push(name);
      return name.toUpperCase();
    },
  });
  const stop = task({ name: "stop", run: () => log.info("stop") });
  const over = (names: string[]) =>
    flow({
      name: "f",
      async run() {
        const loaded = await load.map(names);
        await stop();
        return loaded;
      },
    });
  const crashed = await runFlow(over(["a", "b", "c"]), undefined, { crashAfter: 3 });
  ran.length = 0;
  const run = await crashed.resume({}, over(["new", "c", "a", "b"]));
  assert.deepEqual(run.result, ["NEW", "C", "A", "B"]);
  assert.deepEqual(ran, ["new"]);
});

test("should tell the items of a pinned map apart by their inputs", async () => {
  const load = task({ name: "load", run: (name: string) => name.toUpperCase() });
  const over = (names: string[]) => flow({ name: "f", run: () => load.with({ id: "all" }).map(names) });
  const crashed = await runFlow(over(["a", "b"]), undefined, { crashAfter: 2 });
  const run = await crashed.resume({}, over(["b", "c"]));
  assert.deepEqual(run.result, ["B", "C"]);
});
