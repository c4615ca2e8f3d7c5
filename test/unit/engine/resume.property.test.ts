import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { flow, task } from "../../../runtime/sdk/index.ts";
import { runFlow, type TestRun } from "../../../runtime/testing/index.ts";

/** A flow body as data: what it calls, in which order, at the same time or not. */
type Step =
  | { readonly do: "call"; readonly n: number }
  | { readonly do: "flaky"; readonly n: number }
  | { readonly do: "nest"; readonly n: number }
  | { readonly do: "map"; readonly items: readonly number[]; readonly concurrency: number }
  | { readonly do: "together"; readonly steps: readonly Step[] }
  | { readonly do: "chain"; readonly n: readonly number[] }
  | { readonly do: "child"; readonly steps: readonly Step[] };

const small = fc.integer({ min: 0, max: 3 });
const { step } = fc.letrec<{ step: Step }>((tie) => ({
  step: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ do: fc.constant("call" as const), n: small }),
    fc.record({ do: fc.constant("flaky" as const), n: small }),
    fc.record({ do: fc.constant("nest" as const), n: small }),
    fc.record({
      do: fc.constant("map" as const),
      items: fc.array(small, { maxLength: 5 }),
      concurrency: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({ do: fc.constant("chain" as const), n: fc.array(small, { minLength: 1, maxLength: 3 }) }),
    fc.record({ do: fc.constant("together" as const), steps: fc.array(tie("step"), { maxLength: 3 }) }),
    fc.record({ do: fc.constant("child" as const), steps: fc.array(tie("step"), { maxLength: 3 }) }),
  ),
}));

/** Tasks that end in an order that the seed decides, so that two executions of a flow end theirs differently. */
function makeWorld(seed: number) {
  let state = seed + 1;
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const linger = async () => {
    for (let turn = random(4); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
  };
  const call = task({
    name: "call",
    async run(n: number) {
      await linger();
      return { n };
    },
  });
  const failures = new Map<number, number>();
  const flaky = task({
    name: "flaky",
    retries: 1,
    async run(n: number) {
      await linger();
      const failed = failures.get(n) ?? 0;
      failures.set(n, failed + 1);
      if (failed % 2 === 0) throw new Error("flaky");
      return { n };
    },
  });
  const nest = task({
    name: "nest",
    async run(n: number) {
      await linger();
      const [a, b] = await Promise.all([call(n), call(n + 1)]);
      await linger();
      return a.n + b.n;
    },
  });
  const child = flow({ name: "child", run: ({ steps }: { steps: readonly Step[] }) => perform(steps) });

  async function perform(steps: readonly Step[]): Promise<unknown[]> {
    const results: unknown[] = [];
    for (const each of steps) results.push(await one(each));
    return results;
  }
  async function one(each: Step): Promise<unknown> {
    switch (each.do) {
      case "call":
        return (await call(each.n)).n;
      case "flaky":
        return (await flaky.settle(each.n)).result?.n;
      case "nest":
        return await nest(each.n);
      case "map":
        return (await call.map(each.items, { concurrency: each.concurrency })).map(({ n }) => n);
      case "chain":
        return await Promise.all(each.n.map((n) => call(n).then((made) => nest(made.n))));
      case "together":
        return await Promise.all(each.steps.map(one));
      case "child":
        return await child({ steps: each.steps });
    }
  }
  return { perform };
}

function completions(run: TestRun<unknown>): string[] {
  const calls = new Map<string, string>();
  const completed: string[] = [];
  for (const { record } of run.records) {
    if (record.kind === "task-run") calls.set(record.id, record.call);
    if (record.kind === "task-run-state" && record.state.type === "COMPLETED")
      completed.push(calls.get(record.id) ?? "?");
  }
  return completed;
}

test("should end with the result of an undisturbed run and run no completion twice, wherever it crashed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }),
      fc.integer({ min: 0, max: 1000 }),
      async (steps, crashes, seed) => {
        const undisturbed = await runFlow(flow({ name: "f", run: () => makeWorld(seed).perform(steps) }));
        assert.equal(undisturbed.state.type, "COMPLETED", undisturbed.state.message);
        const [first, ...others] = crashes;
        const world = makeWorld(seed + 1);
        const f = flow({ name: "f", run: () => world.perform(steps) });
        let run = await runFlow(f, undefined, first === undefined ? {} : { crashAfter: first });
        for (const crashAfter of others) if (run.state.type === "CRASHED") run = await run.resume({ crashAfter });
        if (run.state.type === "CRASHED") run = await run.resume();
        assert.equal(run.state.type, "COMPLETED", run.state.message);
        // What is flaky may have failed at another time; everything else gives what it gives undisturbed.
        assert.deepEqual(withoutFlaky(run.result, steps), withoutFlaky(undisturbed.result, steps));
        const completed = completions(run);
        assert.equal(new Set(completed).size, completed.length, "a completion ran again");
      },
    ),
    { numRuns: 150 },
  );
});

function withoutFlaky(results: unknown, steps: readonly Step[]): unknown {
  if (!Array.isArray(results)) return results;
  return results.map((result, index) => {
    const each = steps[index];
    if (each === undefined || each.do === "flaky") return "flaky";
    return each.do === "together" || each.do === "child" ? withoutFlaky(result, each.steps) : result;
  });
}

test("should run only the new items of a map whose items were inserted, removed and moved", async () => {
  const item = fc.integer({ min: 0, max: 6 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(item, { minLength: 1, maxLength: 8 }),
      fc.array(item, { maxLength: 8 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 4 }),
      async (before, after, crashAfter, concurrency) => {
        const ran: number[] = [];
        const load = task({
          name: "load",
          run(n: number) {
            ran.push(n);
            return n * 10;
          },
        });
        const over = (items: number[]) =>
          flow({
            name: "f",
            async run() {
              const loaded = await load.map(items, { concurrency });
              if (items === before) throw new Error("fix me");
              return loaded;
            },
          });
        const crashed = await runFlow(over(before), undefined, { crashAfter });
        const done = completions(crashed).length;
        assert.equal(done, Math.min(crashAfter, before.length));
        const kept = crashed.records.flatMap(({ record }) =>
          record.kind === "task-run-state" && record.result?.kind === "inline" ? [record.result.data] : [],
        );
        const left = kept.map((data) => (Array.isArray(data) ? Number(data[0]) / 10 : -1));
        ran.length = 0;
        const run = await crashed.resume({}, over(after));
        assert.deepEqual(
          run.result,
          after.map((n) => n * 10),
        );
        const expected = after.filter((n) => {
          const index = left.indexOf(n);
          if (index >= 0) left.splice(index, 1);
          return index < 0;
        });
        assert.deepEqual([...ran].sort(), [...expected].sort());
      },
    ),
    { numRuns: 100 },
  );
});

test("should keep what is before a change in the code, and run what the change touches", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(small, { minLength: 2, maxLength: 8 }),
      fc.nat({ max: 7 }),
      fc.nat({ max: 7 }),
      async (inputs, at, crash) => {
        const ran: string[] = [];
        const work = task({ name: "work", run: (n: number, extra: string) => ran.push(`${n}${extra}`) });
        const changed = at % inputs.length;
        const body = (extra: string) =>
          flow({
            name: "f",
            async run() {
              for (const [index, n] of inputs.entries()) await work(n, index === changed ? extra : "");
            },
          });
        const crashAfter = (crash % inputs.length) + 1;
        const crashed = await runFlow(body("old"), undefined, { crashAfter });
        const completed = Math.min(crashAfter, inputs.length);
        ran.length = 0;
        const run = await crashed.resume({}, body("new"));
        assert.equal(run.state.type, "COMPLETED");
        const expected = inputs.length - completed + (changed < completed ? 1 : 0);
        assert.equal(ran.length, expected);
        assert.ok(ran.includes(`${inputs[changed]}new`));
      },
    ),
    { numRuns: 100 },
  );
});
