/** Tables as results of tasks: kept beside the journal, given back on a resume, shared by the cache, shown on pages. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { connectOrStart } from "../../runtime/client/connect.ts";
import { plainValue } from "../../runtime/protocol/fold/plain-values.ts";
import type { ValueRecord } from "../../runtime/protocol/records.ts";
import { makePlace, type Place } from "./cli-support.ts";

const flow = `import { appendFileSync, existsSync } from "node:fs";
import { flow, task } from "millrace";
import { Table } from "millrace/blocks";
const columns = { id: "int64", name: "text", fare: "double", at: "timestamp", day: "date", paid: "boolean", zone: "int32" } as const;
async function* rows() {
  for (let n = 0; n < 45_000; n++) {
    yield { id: BigInt(n), name: n % 7 === 0 ? null : "trip " + n, fare: n / 4, at: new Date(n * 1000), day: new Date(n % 9 * 86_400_000), paid: n % 2 === 0, zone: n % 265 };
  }
}
const fetchTrips = task({ name: "fetch", run: async () => { appendFileSync("fetched", "x"); return Table.of(columns, rows()); } });
const clean = task({ name: "clean", run: async (trips) => { appendFileSync("cleaned", "x"); return { trips: trips.filter((row) => row.paid), source: "test" }; } });
const report = task({ name: "report", run: async (cleaned) => {
  if (!existsSync("fixed")) throw new Error("not yet");
  let sum = 0;
  let first;
  for await (const row of cleaned.trips.rows()) { first ??= row; sum += row.fare; }
  return { count: await cleaned.trips.count(), sum, first, last: cleaned.source };
} });
export const trips = flow({ name: "trips", async run() {
  const fetched = await fetchTrips();
  const cleaned = await clean(fetched);
  return { rows: await fetched.count(), ...(await report(cleaned)) };
} });
`;

const expected = {
  rows: 45_000,
  count: 22_500,
  sum: Array.from({ length: 22_500 }, (_, n) => n / 2).reduce((sum, fare) => sum + fare, 0),
  first: {
    id: "0",
    name: null,
    fare: 0,
    at: "1970-01-01T00:00:00.000Z",
    day: "1970-01-01T00:00:00.000Z",
    paid: true,
    zone: 0,
  },
  last: "test",
};

function resultsOf(home: string): string[] {
  const runs = path.join(home, "runs");
  return readdirSync(runs).flatMap((day) =>
    readdirSync(path.join(runs, day)).flatMap((run) => {
      const folder = path.join(runs, day, run, "results");
      return readdirSync(folder).map((name) => path.join(folder, name));
    }),
  );
}

const times = (place: Place, name: string) => readFileSync(path.join(place.cwd, name), "utf8").length;

async function failOnce(place: Place): Promise<string> {
  place.write("millrace.json", "{}");
  place.write("trips.ts", flow);
  const failed = await place.millrace("run", "trips.ts");
  assert.equal(failed.code, 1, failed.out + failed.err);
  assert.match(failed.out, /not yet/);
  return (await place.millrace("runs", "ls", "--json")).out.match(/"id": "([0-9a-f-]+)"/)?.[1] ?? "";
}

async function resume(place: Place, id: string): Promise<unknown> {
  place.write("fixed", "");
  const resumed = await place.millrace("runs", "resume", id, "--json");
  assert.equal(resumed.code, 0, resumed.out + resumed.err);
  const { result }: { result: ValueRecord } = JSON.parse((await place.millrace("runs", "show", id, "--json")).out);
  return plainValue(result);
}

test("should give a table that a task has returned back on a resume, without running the task again", async (t) => {
  const place = makePlace(t);
  const id = await failOnce(place);
  const files = resultsOf(place.home);
  assert.equal(files.length, 2);
  assert.ok(
    files.every((file) => /[0-9a-f]{64}$/.test(file) && readFileSync(file).subarray(0, 4).toString() === "PAR1"),
  );
  assert.deepEqual(await resume(place, id), expected);
  assert.deepEqual([times(place, "fetched"), times(place, "cleaned")], [1, 1]);
});

test("should run a task again whose table is damaged, and no other", async (t) => {
  const place = makePlace(t);
  const id = await failOnce(place);
  const [smaller = ""] = resultsOf(place.home).sort(
    (left, right) => readFileSync(left).length - readFileSync(right).length,
  );
  truncateSync(smaller, 1000);
  assert.deepEqual(await resume(place, id), expected);
  assert.deepEqual([times(place, "fetched"), times(place, "cleaned")], [1, 2]);
});

test("should resume a run with tables that was exported and imported into another home", async (t) => {
  const place = makePlace(t);
  const id = await failOnce(place);
  const file = path.join(place.cwd, "run.export");
  assert.equal((await place.millrace("runs", "export", id, "-o", file)).code, 0);
  const other = makePlace(t);
  for (const name of ["millrace.json", "trips.ts"]) other.write(name, readFileSync(path.join(place.cwd, name), "utf8"));
  const imported = await other.millrace("runs", "import", file);
  assert.equal(imported.code, 0, imported.err);
  assert.equal(resultsOf(other.home).length, 2);
  place.write("fixed", "");
  assert.deepEqual(await resume(other, id), expected);
  const fetchedAgain = existsSync(path.join(other.cwd, "fetched"));
  assert.deepEqual([times(place, "fetched"), fetchedAgain], [1, false]);
});

test("should share a table between runs by the cache, and outlive the run that it came from", async (t) => {
  const place = makePlace(t);
  place.write("millrace.json", "{}");
  place.write("fixed", "");
  place.write("trips.ts", flow.replace('name: "fetch",', 'name: "fetch", cache: { key: () => "trips" },'));
  const first = await place.millrace("run", "trips.ts");
  assert.equal(first.code, 0, first.out + first.err);
  for (const file of resultsOf(place.home)) writeFileSync(file, "");
  const second = await place.millrace("run", "trips.ts");
  assert.equal(second.code, 0, second.out + second.err);
  assert.match(second.out, /45,?000|45_000/);
  assert.deepEqual([times(place, "fetched"), times(place, "cleaned")], [1, 2]);
});

test("should keep no table with a secret in it", async (t) => {
  const place = makePlace(t);
  place.write("millrace.json", "{}");
  place.write(".env", "API_TOKEN=planted-table-secret\n");
  place.write("trips.ts", flow.replace('"trip " + n', '(n === 44_999 ? process.env.API_TOKEN : "trip " + n)'));
  const refused = await place.millrace("run", "trips.ts");
  assert.equal(refused.code, 1);
  assert.match(refused.out + refused.err, /column "name" of the table holds a secret/);
  assert.deepEqual(resultsOf(place.home), []);
});

test("should show a table on the run's page, row by row, and as part of another value", async (t) => {
  let place: Place | undefined;
  t.after(() => place?.millrace("orchestrator", "stop"));
  place = makePlace(t);
  const id = await failOnce(place);
  const client = await connectOrStart(place.home);
  t.after(() => client.close());
  const tasks = await client.request("POST /api/flow_runs/:id/task_runs", { params: { id }, body: {} });
  const preview = (name: string, of: "result" | "inputs") => {
    const task_run_id = tasks.items.find((each) => each.name.startsWith(name))?.id ?? "";
    return client.request("POST /api/values/preview", {
      body: { source: { of, task_run_id }, offset: 40_000, limit: 3 },
    });
  };
  for (const shown of [await preview("fetch", "result"), await preview("clean", "inputs")]) {
    assert.equal(shown.kind, "rows", JSON.stringify(shown));
    if (shown.kind !== "rows") return;
    assert.deepEqual([shown.total_rows, shown.file], [45_000, null]);
    assert.deepEqual(shown.columns.map(({ name, type }) => `${name} ${type}`).slice(0, 4), [
      "id integer",
      "name text",
      "fare number",
      "at timestamp",
    ]);
    assert.equal(shown.rows.length, 3);
    assert.match(JSON.stringify(shown.rows[0]), /40000|40,000/);
  }
  const part = await preview("clean", "result");
  assert.equal(part.kind, "json");
  if (part.kind === "json") assert.match(part.text, /"trips": \{\s+"rows": 22500,\s+"columns": \{\s+"id": "int64"/);
});
