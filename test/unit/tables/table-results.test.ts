import assert from "node:assert/strict";
import { test } from "node:test";
import { Table } from "../../../runtime/blocks/index.ts";
import { flow, task } from "../../../runtime/sdk/index.ts";
import { runFlow, testCache } from "../../../runtime/testing/index.ts";

const columns = { id: "int32", name: "text" } as const;

/** Rows that can be read once, as those of a stream. */
async function* once(count: number) {
  for (let id = 0; id < count; id++) yield { id, name: `trip ${id}` };
}

/** A task that returns such a table, and how often it ran. */
function fetching(change: (table: Table<typeof columns>) => unknown = (table) => table) {
  const ran = { times: 0 };
  const fetchTrips = task({
    name: "fetch",
    run: async () => {
      ran.times++;
      return change(Table.of(columns, once(1000)));
    },
  });
  return { ran, fetchTrips };
}

async function idsOf(table: unknown): Promise<number> {
  assert.ok(table instanceof Table);
  let sum = 0;
  for await (const row of table.rows()) sum += Number(row["id"]);
  return sum;
}

const idSum = 499_500;

test("should let a table that can be read once be read by many, once a task has returned it", async () => {
  const { fetchTrips } = fetching();
  const etl = flow({
    name: "etl",
    run: async () => {
      const table = await fetchTrips();
      return [await idsOf(table), await idsOf(table)];
    },
  });
  assert.deepEqual((await runFlow(etl)).result, [idSum, idSum]);
});

test("should give a table back to a run that goes on after a crash", async () => {
  const { ran, fetchTrips } = fetching((table) => ({ deep: [table, table] }));
  const second = task({ name: "second", run: async (fetched: unknown) => idsOf(Object(fetched).deep[1]) });
  const etl = flow({
    name: "etl",
    run: async () => second(await fetchTrips()),
  });
  const crashed = await runFlow(etl, undefined, { crashAfter: 1 });
  assert.equal(crashed.state.type, "CRASHED");
  const resumed = await crashed.resume();
  assert.equal(resumed.result, idSum);
  assert.equal(ran.times, 1);
});

test("should try a task again whose table cannot be read to its end", async () => {
  let attempts = 0;
  async function* breaking() {
    yield { id: 1, name: "a" };
    if (attempts++ === 0) throw new Error("the line was cut");
  }
  const fetchTrips = task({ name: "fetch", retries: 1, run: async () => Table.of(columns, breaking()) });
  const etl = flow({ name: "etl", run: async () => (await fetchTrips()).count() });
  const { state, result, logs } = await runFlow(etl);
  assert.deepEqual([state.type, result, attempts], ["COMPLETED", 1, 2]);
  assert.match(logs.map(({ message }) => message).join("\n"), /the line was cut/);
});

test("should take a table from the cache of another run", async () => {
  const cache = testCache();
  let ran = 0;
  const fetchTrips = task({
    name: "fetch",
    cache: { key: () => "trips" },
    run: async () => {
      ran++;
      return Table.of(columns, once(1000));
    },
  });
  const etl = flow({ name: "etl", run: async () => idsOf(await fetchTrips()) });
  assert.equal((await runFlow(etl, undefined, { cache })).result, idSum);
  assert.equal((await runFlow(etl, undefined, { cache })).result, idSum);
  assert.equal(ran, 1);
});

test("should leave a table as it is that a task does not keep", async () => {
  let read = 0;
  async function* counted() {
    read++;
    yield { id: 1, name: "a" };
  }
  const fetchTrips = task({ name: "fetch", persist: false, run: async () => Table.of(columns, counted()) });
  const etl = flow({
    name: "etl",
    run: async () => {
      const table = await fetchTrips();
      const before = read;
      return [before, await table.count()];
    },
  });
  assert.deepEqual((await runFlow(etl)).result, [0, 1]);
});

test("should tell tables by what is in them when a task is called with them", async () => {
  let ran = 0;
  const { fetchTrips } = fetching();
  const other = task({ name: "other", run: async () => Table.of(columns, once(3)) });
  const count = task({
    name: "count",
    cache: { key: "inputs" },
    run: async (table: unknown) => {
      ran++;
      return idsOf(table);
    },
  });
  const etl = flow({
    name: "etl",
    run: async () => [await count(await fetchTrips()), await count(await fetchTrips()), await count(await other())],
  });
  assert.deepEqual((await runFlow(etl)).result, [idSum, idSum, 3]);
  assert.equal(ran, 2);
});
