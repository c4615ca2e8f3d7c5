import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  EmbeddedWarehouse,
  LocalBucket,
  Table,
  writeCsv,
  writeNdjson,
  writeParquet,
} from "../../../runtime/blocks/index.ts";
import { projectRoot, temporaryFolder } from "../../support/places.ts";

const columns = {
  n: "int32",
  big: "int64",
  price: "double",
  name: "text",
  paid: "boolean",
  at: "timestamp",
  on: "date",
} as const;
const row = {
  n: 1,
  big: 2n ** 60n,
  price: 2.5,
  name: "Zoë's",
  paid: true,
  at: new Date("2021-01-31T23:59:01.250Z"),
  on: new Date("2021-02-28"),
};
const none = { n: null, big: null, price: null, name: null, paid: null, at: null, on: null };

for (const engine of ["node:sqlite", "sql.js"] as const) {
  const open = (t: TestContext, folder = temporaryFolder(t)) => {
    const warehouse = new EmbeddedWarehouse({ file: path.join(folder, "deep", "w.sqlite"), engine });
    t.after(() => warehouse.close());
    return { folder, warehouse };
  };

  test(`should load Parquet with every type and nulls (${engine})`, async (t) => {
    const { folder, warehouse } = open(t);
    const { path: file } = await writeParquet(path.join(folder, "a.parquet"), Table.of(columns, [row, none]));
    assert.equal((await warehouse.loadFromParquet("trips", file)).rows, 2);
    const [first, second] = await warehouse.query(
      `SELECT n, big, price, name, paid, at, "on" FROM trips ORDER BY n DESC`,
    );
    assert.deepEqual({ ...first }, { ...row, paid: 1, at: "2021-01-31 23:59:01.250", on: "2021-02-28" });
    assert.deepEqual({ ...second }, none);
    assert.deepEqual(await warehouse.tables(), ["trips"]);
  });

  test(`should load whatever a flow gives: a file, an object of a bucket, a table (${engine})`, async (t) => {
    const { folder, warehouse } = open(t);
    const bucket = new LocalBucket({ basepath: path.join(folder, "bucket") });
    const { path: parquet } = await writeParquet(path.join(folder, "a.parquet"), Table.of(columns, [row]));
    const { path: csv } = await writeCsv(path.join(folder, "b.csv.gz"), Table.of(columns, [none, row]));
    await bucket.uploadFromPath(csv, "trips/b.csv.gz");
    await warehouse.load("trips", parquet);
    await warehouse.load("trips", await bucket.source("trips/b.csv.gz"), { columns });
    const again = await warehouse.load("trips", csv, { columns });
    assert.deepEqual([again.rows, again.alreadyLoaded], [2, true]);
    await warehouse.load("trips", Table.of(columns, [none]), { loadId: "late" });
    assert.equal(await warehouse.rowCount("trips"), 4);
    await warehouse.load("trips", Table.of(columns, [none]));
    await warehouse.load("trips", Table.of(columns, [none]));
    assert.equal(await warehouse.rowCount("trips"), 6);
    assert.equal((await warehouse.load("guessed", csv)).rows, 2);
    assert.equal((await warehouse.fetchOne("SELECT price FROM guessed WHERE n = 1"))?.["price"], 2.5);
    const { path: ndjson } = await writeNdjson(path.join(folder, "c.ndjson.gz"), Table.of(columns, [row]));
    assert.equal((await warehouse.load("lines", ndjson, { columns })).rows, 1);
    assert.equal((await warehouse.fetchOne("SELECT big FROM lines"))?.["big"], row.big);
    const more = path.join(folder, "d.ndjson");
    writeFileSync(more, '{"n":7,"name":"seven","more":1}\n{"price":1.5}\n');
    await warehouse.load("trips", more, { columns });
    assert.deepEqual([(await warehouse.load("trips", more, { columns })).alreadyLoaded], [true]);
    assert.equal(await warehouse.rowCount("trips"), 8);
    await assert.rejects(warehouse.load("trips", path.join(folder, "b.txt")), { message: /b\.txt: the name tells no/ });
  });

  test(`should take dates and booleans as parameters, and give rows one by one (${engine})`, async (t) => {
    const { warehouse } = open(t);
    await warehouse.createTable("trips", columns);
    await warehouse.executeMany("INSERT INTO trips (n, paid, at) VALUES (?, ?, ?)", [
      [1, true, row.at],
      [2, false, null],
    ]);
    const found: unknown[] = [];
    for await (const { n } of warehouse.rows("SELECT n FROM trips WHERE paid = :paid AND at <= :until", {
      paid: true,
      until: row.at,
    })) {
      found.push(n);
    }
    assert.deepEqual(found, [1]);
    await assert.rejects(warehouse.query("SELECT ?", [{ a: 1 }]), { code: "bad-parameters", message: /parameter 1/ });
  });

  test(`should not load the same file twice, also after the warehouse was closed (${engine})`, async (t) => {
    const { folder, warehouse } = open(t);
    const { path: file } = await writeParquet(path.join(folder, "a.parquet"), Table.of(columns, Array(5000).fill(row)));
    const first = await warehouse.loadFromParquet("trips", file);
    assert.deepEqual([first.rows, first.alreadyLoaded], [5000, false]);
    await warehouse.close();
    const again = open(t, folder).warehouse;
    const second = await again.loadFromParquet("trips", file);
    assert.deepEqual(second, { ...first, alreadyLoaded: true });
    assert.equal(await again.rowCount("trips"), 5000);
    assert.equal((await again.loadFromParquet("copy", file)).alreadyLoaded, false);
  });

  test(`should replace what was loaded under a name when the content changes, and nothing else (${engine})`, async (t) => {
    const { folder, warehouse } = open(t);
    const file = path.join(folder, "a.csv");
    const load = (loadId: string) => warehouse.loadFromCsv("trips", file, { columns: { n: "int32" }, loadId });
    writeFileSync(file, "n\n1\n2\n3\n");
    await load("january");
    await load("february");
    await warehouse.execute("INSERT INTO trips (n) VALUES (?)", [100]);
    writeFileSync(file, "n\n7\n8\n");
    const replaced = await load("january");
    assert.deepEqual([replaced.rows, replaced.replacedRows, replaced.alreadyLoaded], [2, 3, false]);
    const rows = await warehouse.query("SELECT n FROM trips ORDER BY n");
    assert.deepEqual(
      rows.map(({ n }) => n),
      [1, 2, 3, 7, 8, 100],
    );
    assert.deepEqual(
      (await warehouse.loads("trips")).map((each) => [each.loadId, each.rows]),
      [
        ["february", 3],
        ["january", 2],
      ],
    );
  });

  test(`should keep nothing of a load that fails in the middle (${engine})`, async (t) => {
    const { folder, warehouse } = open(t);
    const { path: file } = await writeCsv(
      path.join(folder, "a.csv.gz"),
      Table.of({ n: "int32" }, Array(30_000).fill({ n: 1 })),
    );
    const bad = path.join(folder, "bad.csv");
    writeFileSync(bad, `n\n${"1\n".repeat(30_000)}x\n`);
    await warehouse.loadFromCsv("trips", file, { columns: { n: "int32" } });
    await assert.rejects(
      warehouse.loadFromCsv("trips", bad, { columns: { n: "int32" } }),
      /bad\.csv:30002: column "n"/,
    );
    assert.equal(await warehouse.rowCount("trips"), 30_000);
    await assert.rejects(warehouse.loadFromCsv("other", bad, { columns: { n: "int32" } }));
    assert.deepEqual(await warehouse.tables(), ["trips"]);
  });

  test(`should load again what was in a table that was dropped (${engine})`, async (t) => {
    const { warehouse } = open(t);
    const table = Table.of({ n: "int32" }, [{ n: 1 }]);
    await warehouse.loadTable("trips", table, { loadId: "one" });
    await warehouse.dropTable("trips");
    assert.equal((await warehouse.loadTable("trips", table, { loadId: "one" })).alreadyLoaded, false);
    assert.equal(await warehouse.rowCount("trips"), 1);
  });

  test(`should query with parameters by position and by name (${engine})`, async (t) => {
    const { warehouse } = open(t);
    await warehouse.createTable("trips", { n: "int32", name: "text" });
    await warehouse.executeMany("INSERT INTO trips VALUES (?, ?)", [
      [1, "a"],
      [2, "b"],
      [3, null],
    ]);
    assert.deepEqual(
      await warehouse.fetchOne("SELECT name FROM trips WHERE n = ?", [2]).then((found) => ({ ...found })),
      { name: "b" },
    );
    assert.equal((await warehouse.fetchAll("SELECT * FROM trips WHERE n > :least", { least: 1 })).length, 2);
    assert.equal((await warehouse.fetchMany("SELECT * FROM trips", [], 2)).length, 2);
    assert.equal(await warehouse.execute("UPDATE trips SET name = 'z' WHERE n < ?", [3]), 2);
    await warehouse.execute("CREATE UNIQUE INDEX one ON trips (n)");
    await assert.rejects(
      warehouse.executeMany("INSERT INTO trips VALUES (?, ?)", [
        [9, "x"],
        [1, "y"],
      ]),
      /UNIQUE/,
    );
    assert.equal(await warehouse.fetchOne("SELECT * FROM trips WHERE n = 9"), undefined);
  });

  test(`should keep what single statements changed (${engine})`, async (t) => {
    const { folder, warehouse } = open(t);
    await warehouse.execute("CREATE TABLE trips (n INTEGER)");
    await warehouse.execute("INSERT INTO trips VALUES (1)");
    await warehouse.close();
    assert.equal(await open(t, folder).warehouse.rowCount("trips"), 1);
  });

  test(`should name table and columns that do not fit (${engine})`, async (t) => {
    const { warehouse } = open(t);
    await warehouse.createTable("trips", { n: "int32" });
    await assert.rejects(warehouse.loadTable("trips", Table.of({ m: "int32" }, [{ m: 1 }]), { loadId: "x" }), {
      code: "bad-parameters",
      message: /table "trips" has no column "m"; it has n/,
    });
    await assert.rejects(warehouse.rowCount("a\0b"), /is no name for a table/);
    await assert.rejects(
      warehouse.loadTable("_millrace_loads", Table.of({ m: "int32" }, []), { loadId: "x" }),
      /name another/,
    );
  });

  test(`should keep statements of others out of a load's transaction (${engine})`, async (t) => {
    const { warehouse } = open(t);
    const same = new EmbeddedWarehouse({ file: warehouse.file, engine });
    t.after(() => same.close());
    await warehouse.createTable("trips", { n: "int32" });
    const rows = Table.of({ n: "int32" }, Array(60_000).fill({ n: 1 }));
    const failing = rows.filter(() => true);
    let seen = 0;
    const load = warehouse.loadTable("trips", failing, {
      loadId: "x",
      onProgress: () => {
        if (++seen === 2) throw new Error("stopped");
      },
    });
    const insert = same.execute("INSERT INTO trips (n) VALUES (5)");
    await assert.rejects(load, /stopped/);
    await insert;
    assert.equal(await same.rowCount("trips"), 1);
  });
}

test("should leave no half load when the process is killed in the middle of one", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "w.sqlite");
  const code = `
    const { EmbeddedWarehouse, Table } = await import(${JSON.stringify(pathToFileURL(path.join(projectRoot, "runtime/blocks/index.ts")).href)});
    const rows = Table.of({ n: "int32" }, (function* () { for (let n = 0; n < 1e9; n++) yield { n }; })());
    const warehouse = new EmbeddedWarehouse({ file: ${JSON.stringify(file)} });
    await warehouse.loadTable("trips", Table.of({ n: "int32" }, [{ n: 1 }]), { loadId: "before" });
    await warehouse.loadTable("trips", rows, { loadId: "x", onProgress: ({ rows }) => process.stdout.write(rows + "\\n") });`;
  const child = spawn(process.execPath, ["--experimental-strip-types", "--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  const warehouse = new EmbeddedWarehouse({ file });
  t.after(() => warehouse.close());
  assert.equal(await warehouse.rowCount("trips"), 1);
  assert.equal((await warehouse.loadTable("trips", Table.of({ n: "int32" }, [{ n: 2 }]), { loadId: "x" })).rows, 1);
  assert.equal(await warehouse.rowCount("trips"), 2);
});

for (const engine of ["node:sqlite", "sql.js"] as const) {
  test(`should bring everything into the one file when the process ends without closing (${engine})`, async (t) => {
    const folder = temporaryFolder(t);
    const file = path.join(folder, "w.sqlite");
    const code = `
      const { EmbeddedWarehouse, Table } = await import(${JSON.stringify(pathToFileURL(path.join(projectRoot, "runtime/blocks/index.ts")).href)});
      const warehouse = new EmbeddedWarehouse({ file: ${JSON.stringify(file)}, engine: "${engine}" });
      await warehouse.loadTable("trips", Table.of({ n: "int32" }, [{ n: 1 }]), { loadId: "x" });`;
    const child = spawn(process.execPath, ["--experimental-strip-types", "--input-type=module", "-e", code], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    assert.deepEqual(await once(child, "exit"), [0, null]);
    assert.deepEqual(readdirSync(folder), ["w.sqlite"]);
    const warehouse = new EmbeddedWarehouse({ file, engine });
    t.after(() => warehouse.close());
    assert.equal(await warehouse.rowCount("trips"), 1);
  });
}

test("should wait for another process that writes, without stopping this one", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "w.sqlite");
  const warehouse = new EmbeddedWarehouse({ file });
  t.after(() => warehouse.close());
  await warehouse.createTable("trips", { n: "int32" });
  const code = `
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const database = new DatabaseSync(${JSON.stringify(file)});
    database.exec("BEGIN IMMEDIATE; INSERT INTO trips VALUES (1)");
    process.stdout.write("locked");
    process.stdin.once("data", () => { database.exec("COMMIT"); process.exit(0); });`;
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "-e", code], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  let loaded = false;
  const load = warehouse.loadTable("trips", Table.of({ n: "int32" }, [{ n: 2 }]), { loadId: "x" }).then(() => {
    loaded = true;
  });
  // The event loop goes on: this answer could not be sent if the load were waiting inside SQLite.
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(loaded, false);
  child.stdin.write("go");
  await Promise.all([load, once(child, "exit")]);
  assert.equal(await warehouse.rowCount("trips"), 2);
});

test("should refuse a second process where the engine cannot share the file", async (t) => {
  const file = path.join(temporaryFolder(t), "w.sqlite");
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  t.after(() => child.kill());
  writeFileSync(`${file}.owner`, String(child.pid));
  const refused = new EmbeddedWarehouse({ file, engine: "sql.js" });
  await assert.rejects(refused.tables(), {
    code: "conflict",
    message: new RegExp(`process ${child.pid} has this warehouse open`),
  });
  child.kill();
  await once(child, "exit");
  assert.deepEqual(await refused.tables(), []);
  await refused.close();
  assert.equal(existsSync(`${file}.owner`), false);
});

test("should say that a file is no warehouse", async (t) => {
  const file = path.join(temporaryFolder(t), "w.sqlite");
  writeFileSync(
    file,
    "this is a text, and not a short one either: SQLite looks at the first hundred bytes or so of it...",
  );
  const warehouse = new EmbeddedWarehouse({ file });
  await assert.rejects(warehouse.tables(), { code: "bad-file", message: /cannot be opened as a warehouse/ });
});
