import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { PostgresDatabase, Table } from "../../runtime/blocks/index.ts";
import { flow, task, z } from "../../runtime/sdk/index.ts";
import { runFlow } from "../../runtime/testing/index.ts";
import { distFolder, temporaryFolder } from "../support/places.ts";
import { postgresForTests, skip } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { startNode } from "../support/zoomcamp.ts";

const postgres = postgresForTests();

const endless: readonly [string, (database: PostgresDatabase) => Promise<unknown>][] = [
  ["a query", (database) => database.query("SELECT pg_sleep(600) AS endless")],
  ["a cursor", (database) => database.fetchOne("SELECT pg_sleep(600) AS endless")],
  [
    "a transaction",
    (database) => database.transaction((tx) => tx.execute("INSERT INTO marks SELECT 1 FROM pg_sleep(600) AS endless")),
  ],
  [
    "a load",
    (database) =>
      database.load(
        "endless",
        Table.of(
          { n: "int32" },
          (async function* () {
            for (let n = 0; ; n++) {
              if (n % 1000 === 0) await wait(1);
              yield { n };
            }
          })(),
        ),
      ),
  ],
];

for (const [what, work] of endless) {
  test(`should end ${what} in the server when the run is cancelled`, { skip }, async (t) => {
    const database = await postgres.schema(t);
    await database.createTable("marks", { n: "int32" });
    const watcher = new PostgresDatabase({ url: postgres.server().url });
    t.after(() => watcher.close());
    const busy = async () =>
      Number(
        (
          await watcher.fetchOne(
            "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND query ILIKE '%endless%' AND pid <> pg_backend_pid()",
          )
        )?.["n"],
      );
    const stop = new AbortController();
    const slow = task({ name: "slow", run: () => work(database) });
    const main = flow({ name: "main", parameters: z.object({}), run: () => slow() });
    const running = runFlow(main, {}, { signal: stop.signal });
    await until(async () => (await busy()) === 1);
    stop.abort();
    assert.equal((await running).state.type, "CANCELLED");
    await until(async () => (await busy()) === 0);
    assert.equal(await database.rowCount("marks"), 0);
    assert.deepEqual(await database.tables(), ["marks"]);
  });
}

test("should let the process of a run end that closes nothing, from the built library alone", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const code = `
    const { PostgresDatabase, Table } = await import(${JSON.stringify(pathToFileURL(path.join(distFolder, "sdk", "blocks.js")).href)});
    const database = new PostgresDatabase({ url: process.env.URL });
    const load = await database.load("built", Table.of({ n: "int32" }, [{ n: 1 }, { n: 2 }]), { loadId: "a" });
    for await (const rows of database.batches("SELECT n FROM built ORDER BY n")) console.log(load.rows, JSON.stringify(rows));`;
  const { code: status, output } = await startNode(["--input-type=module", "-e", code], {
    cwd: folder,
    environment: { HOME: folder, USERPROFILE: folder, URL: postgres.server().url },
  }).ended;
  assert.equal(status, 0, output);
  assert.equal(output, '2 [{"n":1},{"n":2}]\n');
});
