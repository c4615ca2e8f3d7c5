import assert from "node:assert/strict";
import { test } from "node:test";
import { Table } from "../../../runtime/blocks/tables/index.ts";
import { rowsOf } from "./support.ts";

const columns = { n: "int32", name: "text" } as const;
const rows = Array.from({ length: 45_000 }, (_, n) => ({ n, name: n % 3 === 0 ? null : `row ${n}` }));

test("should keep the rows that a filter wants, in order and with their nulls", async () => {
  const kept = await rowsOf(Table.of(columns, rows).filter((row) => (row.n ?? 0) % 2 === 0));
  assert.deepEqual(
    kept,
    rows.filter(({ n }) => n % 2 === 0),
  );
});

test("should be readable again from the beginning", async () => {
  const table = Table.of(columns, rows).filter((row) => row.name !== null);
  assert.equal(await table.count(), 30_000);
  assert.equal(await table.count(), 30_000);
});

test("should make other columns row by row", async () => {
  const table = Table.of(columns, rows.slice(0, 3)).map({ twice: "int64", known: "boolean" }, ({ n, name }) => ({
    twice: BigInt(n ?? 0) * 2n,
    known: name !== null,
  }));
  assert.deepEqual(await rowsOf(table), [
    { twice: 0n, known: false },
    { twice: 2n, known: true },
    { twice: 4n, known: true },
  ]);
});

test("should hold one batch at a time", async () => {
  let made = 0;
  async function* endless() {
    for (;;) yield { n: made++, name: null };
  }
  for await (const row of Table.of(columns, endless()).rows()) {
    if (row.n === 100) break;
  }
  assert.ok(made <= 20_001, `${made} rows were made to look at 101`);
});

test("should refuse a value that does not fit its column", async () => {
  const bad = [{ n: 1.5, name: "x" }];
  await assert.rejects(Table.of(columns, bad).count(), {
    code: "bad-file",
    message: /column "n": number 1\.5 is not a int32/,
  });
});
