import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { startSampleServer } from "../../examples/demo/sample-server.ts";
import { PostgresDatabase } from "../../runtime/blocks/index.ts";
import { commandFile, projectRoot, temporaryFolder } from "../support/places.ts";
import { postgresForTests, skip } from "../support/postgres.ts";
import { startNode } from "../support/zoomcamp.ts";

const postgres = postgresForTests();

/** A home in which the course's Postgres block is saved, and flows run against it. */
async function course(t: TestContext, schema: string) {
  const folder = temporaryFolder(t);
  const home = path.join(folder, "home");
  mkdirSync(home);
  const blocks = { "postgres-database/zoom": { url: { $env: "ZOOM_URL" }, query: { search_path: schema } } };
  writeFileSync(path.join(home, "published.json"), JSON.stringify({ version: 1, limits: {}, variables: {}, blocks }));
  const server = await startSampleServer({ rows: 3000 });
  t.after(() => server.close());
  const database = new PostgresDatabase({ url: postgres.server().url, query: { search_path: schema } });
  t.after(() => database.close());
  await database.execute(`CREATE SCHEMA ${schema}`);
  const run = (file: string, ...parameters: string[]) =>
    startNode(
      [
        ...[commandFile, "run", path.join(projectRoot, "examples", "zoomcamp", file)],
        ...[`source=${server.url}`, "warehouse=postgres-database/zoom", ...parameters].flatMap((each) => ["-p", each]),
      ],
      {
        cwd: folder,
        environment: { HOME: folder, USERPROFILE: folder, MILLRACE_HOME: home, ZOOM_URL: postgres.server().url },
      },
    ).ended;
  return { database, run };
}

test("should ingest a month into Postgres by naming another block, once", { skip }, async (t) => {
  const { database, run } = await course(t, "ingesting");
  for (const attempt of [1, 2]) {
    const { code, output } = await run("ingest.ts", "month=2");
    assert.equal(code, 0, output);
    assert.match(
      output,
      attempt === 1 ? /2940 of 3000 rows are in yellow_taxi_trips now/ : /in yellow_taxi_trips already/,
    );
    assert.doesNotMatch(output, new RegExp(postgres.server().password));
  }
  assert.equal(await database.rowCount("yellow_taxi_trips"), 2940);
});

test("should take months through the bucket into Postgres with the flow that fills the embedded warehouse", {
  skip,
}, async (t) => {
  const { database, run } = await course(t, "parent");
  const { code, output } = await run("etl-parent.ts", "color=green");
  assert.equal(code, 0, output);
  assert.equal(await database.rowCount("green_trips"), 5880);
  const loads = (await database.loads("green_trips")).map(({ loadId, rows }) => [loadId, rows]);
  assert.deepEqual(loads, [
    ["green/green_tripdata_2021-01.parquet", 2940],
    ["green/green_tripdata_2021-02.parquet", 2940],
  ]);
});
