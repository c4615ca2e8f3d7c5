import assert from "node:assert/strict";
import { test } from "node:test";
import { flow, task } from "../../../runtime/sdk/index.ts";
import { fakeClock, runFlow, testCache } from "../../../runtime/testing/index.ts";

test("should give back a cached result of another run as COMPLETED/Cached until it expires", async () => {
  let runs = 0;
  const fetch = task({
    name: "fetch",
    cache: { key: "inputs", ttl: "1d" },
    run: (query: { month: number; color?: string }) => ({ query, at: new Date(5), runs: ++runs }),
  });
  const f = flow({ name: "f", run: () => fetch({ month: 1, color: "green" }) });
  const same = flow({ name: "g", run: () => fetch({ color: "green", month: 1 }) });
  const cache = testCache();
  const clock = fakeClock();
  const first = await runFlow(f, undefined, { cache, clock });
  const second = await runFlow(same, undefined, { cache, clock });
  assert.deepEqual(second.result, first.result);
  assert.ok(second.result?.at instanceof Date);
  assert.equal(second.taskRuns[0]?.state_name, "Cached");
  const { cached_from, cache_expiration } = second.taskRuns[0]?.state.state_details ?? {};
  assert.deepEqual(cached_from, { flow_run_id: first.taskRuns[0]?.flow_run_id, task_run_id: first.taskRuns[0]?.id });
  assert.equal(Date.parse(String(cache_expiration)), Date.parse(first.taskRuns[0]?.end_time ?? "") + 24 * 60 * 60_000);
  await runFlow(flow({ name: "h", run: () => fetch({ month: 2 }) }), undefined, { cache, clock });
  assert.equal(runs, 2);
  await clock.advance("25h");
  await runFlow(f, undefined, { cache, clock });
  assert.equal(runs, 3);
});

test("should tell results of other versions, other tasks and refreshed ones apart", async () => {
  const cache = testCache();
  const seen: string[] = [];
  const make = (name: string, version: number | undefined, mark: string) =>
    task({
      name,
      cache: version === undefined ? { key: "inputs" } : { key: "inputs", version },
      run: (_n: number) => void seen.push(mark),
    });
  const run = (each: ReturnType<typeof make>) => runFlow(flow({ name: "f", run: () => each(1) }), undefined, { cache });
  await run(make("a", 1, "a1"));
  await run(make("a", 1, "a1 again"));
  await run(make("a", 2, "a2"));
  await run(make("b", 1, "b1"));
  await run(make("a", 1, "refreshed").with({ refreshCache: true }));
  assert.deepEqual(seen, ["a1", "a2", "b1", "refreshed"]);
});

test("should take the source as the version when none is given", async () => {
  const cache = testCache();
  let runs = 0;
  const one = task({ name: "same", cache: { key: "inputs" }, run: (n: number) => n + ++runs });
  const two = task({ name: "same", cache: { key: "inputs" }, run: (n: number) => n - ++runs });
  await runFlow(flow({ name: "f", run: async () => [await one(1), await one(1), await two(1)] }), undefined, { cache });
  assert.equal(runs, 2);
});

test("should share a custom key, and not cache when the function gives none", async () => {
  const cache = testCache();
  let runs = 0;
  const byDay = task({
    name: "byDay",
    cache: { key: (day: string) => (day === "" ? undefined : day) },
    run: (_day: string) => ++runs,
  });
  await runFlow(
    flow({ name: "f", run: async () => [await byDay("mon"), await byDay("mon"), await byDay(""), await byDay("")] }),
    undefined,
    { cache },
  );
  assert.equal(runs, 3);
});

test("should run uncached with a warning that names the path of an input that cannot be compared", async () => {
  const cache = testCache();
  const take = task({ name: "take", cache: { key: "inputs" }, run: (_value: object) => 1 });
  const run = await runFlow(flow({ name: "f", run: () => take({ rows: [{ format: () => "" }] }) }), undefined, {
    cache,
  });
  assert.equal(run.state.type, "COMPLETED");
  assert.deepEqual(cache.keys, []);
  assert.ok(
    run.logs.some((each) => /uncached: its input \[0\]\.rows\[0\]\.format cannot be compared/.test(each.message)),
  );
});
