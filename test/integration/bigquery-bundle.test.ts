/**
 * BigQueryWarehouse as it is shipped: the built library in a folder with no node_modules above it, on every Node that is
 * supported.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { startBigQuery } from "../support/bigquery.ts";
import { supportedNodes } from "../support/nodes.ts";
import { distFolder } from "../support/places.ts";

const script = `
import { BigQueryWarehouse, GcpCredentials, Table } from "./sdk/blocks.js";
const [keyFile, apiEndpoint] = process.argv.slice(2);
const gcpCredentials = new GcpCredentials({ serviceAccountFile: keyFile });
const warehouse = new BigQueryWarehouse({ gcpCredentials, dataset: "zoomcamp", apiEndpoint });
const rows = [{ n: 1n, fare: 2.5, pickup: new Date(0) }, { n: 2n ** 60n, fare: null, pickup: null }];
const { rows: loaded } = await warehouse.load("trips", Table.of({ n: "int64", fare: "double", pickup: "timestamp" }, rows));
await warehouse.insertStream("trips", [{ n: 3, fare: 0.5 }]);
const found = await warehouse.query("SELECT * FROM trips WHERE n < :n ORDER BY n", { n: 2n ** 61n });
const exact = await warehouse.fetchOne("SELECT NUMERIC '0.10' AS exact, DATE '2021-01-31' AS day");
console.log(JSON.stringify({ loaded, found, exact }, (_, value) => typeof value === "bigint" ? String(value) : value));
`;

for (const { name, binary } of supportedNodes()) {
  test(`should load, stream and query although each step fails once, bundled, on ${name}`, async (t) => {
    const { bigquery, cloud, folder } = await startBigQuery(t);
    cpSync(path.join(distFolder, "sdk"), path.join(folder, "sdk"), { recursive: true });
    writeFileSync(path.join(folder, "script.mjs"), script);
    for (const operation of [
      "jobs.upload",
      "jobs.insert",
      "jobs.get",
      "jobs.getQueryResults",
      "tabledata.insertAll",
    ] as const) {
      bigquery.fail({ operation, times: 1, status: 503 });
      bigquery.fail({ operation, times: 1, loseAnswer: true });
    }
    const { stdout } = await promisify(execFile)(binary, ["script.mjs", cloud.keyFile, bigquery.url], { cwd: folder });
    assert.deepEqual(JSON.parse(stdout), {
      loaded: 2,
      found: [
        { n: 1, fare: 2.5, pickup: "1970-01-01 00:00:00" },
        { n: 3, fare: 0.5, pickup: null },
        { n: String(2n ** 60n), fare: null, pickup: null },
      ],
      exact: { exact: "0.1", day: "2021-01-31" },
    });
    assert.deepEqual(bigquery.complaints, []);
  });
}
