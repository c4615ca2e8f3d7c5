import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { valueCodec } from "../../../runtime/journal/values.ts";
import { type PreviewTask, previewValue } from "../../../runtime/orchestrator/preview/preview-value.ts";
import { createPreviews } from "../../../runtime/orchestrator/preview/previews.ts";
import { printValue } from "../../../runtime/orchestrator/preview/print.ts";
import type { ValueRecord } from "../../../runtime/protocol/records.ts";
import { sha256 } from "../../../runtime/protocol/sha256.ts";
import { projectRoot, temporaryFolder } from "../../support/places.ts";

function kept(value: unknown): ValueRecord {
  return { kind: "inline", data: valueCodec.encode(value, "value").data };
}

function task(t: TestContext, record: ValueRecord, more: Partial<PreviewTask> = {}): PreviewTask {
  const folder = more.folder ?? temporaryFolder(t);
  return { record, folder, cwd: folder, isInputs: false, artifact: null, offset: 0, limit: 200, ...more };
}

const show = (t: TestContext, value: unknown, more: Partial<PreviewTask> = {}) =>
  previewValue(task(t, kept(value), more));

test("should show a list of objects as rows, with types and the share of nulls, by page", async (t) => {
  const rows = Array.from({ length: 1500 }, (_, n) => ({
    n,
    ratio: n / 4,
    name: n % 2 === 0 ? null : `row ${n}`,
    at: new Date(n * 1000),
    big: 2n ** 60n,
    tags: ["a", n],
    ...(n === 3 ? { late: true } : {}),
  }));
  const found = await show(t, rows, { offset: 1499, limit: 10 });
  assert.ok(found.kind === "rows");
  assert.deepEqual(
    found.columns.map(({ name, type, null_share }) => [name, type, null_share]),
    [
      ["n", "integer", 0],
      ["ratio", "number", 0],
      ["name", "text", 0.5],
      ["at", "timestamp", 0],
      ["big", "integer", 0],
      ["tags", "list", 0],
      ["late", "boolean", 0.999],
    ],
  );
  assert.deepEqual(found.rows, [
    [1499, 374.75, "row 1499", "1970-01-01T00:24:59.000Z", "1152921504606846976", '["a", 1499]', null],
  ]);
  assert.deepEqual([found.total_rows, found.sampled_rows, found.offset, found.file], [1500, 1000, 1499, null]);
  assert.ok((found.size_bytes ?? 0) > 1000);
});

test("should show columns as rows, and a table artifact's first line as headings", async (t) => {
  const columns = await show(t, { a: [1, 2], b: ["x", null], c: new Float64Array([0.5, 1]) });
  assert.ok(columns.kind === "rows");
  assert.deepEqual(columns.rows, [
    [1, "x", 0.5],
    [2, null, 1],
  ]);
  assert.equal((await show(t, { items: [1, 2] })).kind, "json");
  assert.equal((await show(t, { a: [1], b: [1, 2] })).kind, "json");
  const lists = [
    ["month", "rows"],
    [1, 10],
  ];
  assert.equal((await show(t, lists)).kind, "json");
  const artifact = await show(t, lists, { artifact: "table" });
  assert.ok(artifact.kind === "rows");
  assert.deepEqual([artifact.columns.map(({ name }) => name), artifact.rows], [["month", "rows"], [[1, 10]]]);
});

test("should show everything else as text that says what it is, and cut what is long", async (t) => {
  const loop: Record<string, unknown> = { when: new Date(0), id: 12n };
  loop["self"] = loop;
  const found = await show(t, { map: new Map([["k", new Set([1])]]), loop, none: undefined, bytes: new Uint8Array(3) });
  assert.ok(found.kind === "json");
  assert.match(found.text, /"map": Map\(1\) \{\n {4}"k" => Set\(1\) \[\n {6}1\n/);
  assert.match(found.text, /"when": "1970-01-01T00:00:00.000Z"/);
  assert.match(found.text, /"id": 12n/);
  assert.match(found.text, /"self": "\[circular\]"/);
  assert.match(found.text, /"bytes": Uint8Array\(3\) \[0, 0, 0\]/);
  const long = await show(t, { text: "x".repeat(1_000_000) });
  assert.ok(long.kind === "json" && long.truncated && long.text.length === 200_000);
  const text = await show(t, "y".repeat(300_000));
  assert.ok(text.kind === "text" && text.truncated && text.text.length === 200_000 && text.size_bytes === 300_004);
  assert.deepEqual(JSON.parse(printValue({ a: [1, { b: null }], "c d": "e\n" }, 1000).text), {
    a: [1, { b: null }],
    "c d": "e\n",
  });
});

test("should show one input as it is, and several as a list", async (t) => {
  assert.equal((await show(t, [[{ a: 1 }]], { isInputs: true })).kind, "rows");
  const two = await show(t, ["a", 2], { isInputs: true });
  assert.ok(two.kind === "json" && JSON.parse(two.text).length === 2);
});

test("should read rows from the file that a value names, and say so when it is gone", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "Ünï codé", "trips.csv");
  mkdirSync(path.dirname(file));
  writeFileSync(file, "id,fare\n1,2.5\n2,\n");
  for (const value of [file, "Ünï codé/trips.csv"]) {
    const found = await show(t, value, { folder });
    assert.ok(found.kind === "rows");
    assert.deepEqual(
      [found.file, found.rows, found.size_bytes],
      [
        file,
        [
          [1, 2.5],
          [2, null],
        ],
        17,
      ],
    );
    assert.deepEqual(
      found.columns.map(({ type, null_share }) => [type, null_share]),
      [
        ["integer", 0],
        ["number", 0.5],
      ],
    );
  }
  const gone = await show(t, path.join(folder, "gone.parquet"));
  assert.ok(gone.kind === "missing" && gone.reason.includes("gone.parquet"));
  assert.equal((await show(t, "bucket/key.csv", { folder })).kind, "text");
  assert.equal((await show(t, "https://example.org/x.csv", { folder })).kind, "text");
  writeFileSync(path.join(folder, "bad.parquet"), "PAR1 this is none");
  const bad = await show(t, path.join(folder, "bad.parquet"));
  assert.ok(bad.kind === "missing" && /bad\.parquet cannot be read/.test(bad.reason));
});

test("should see that a file has changed since the last page", async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "a.csv");
  writeFileSync(file, "a\n1\n");
  await show(t, file);
  writeFileSync(file, "b\n1\n2\n");
  const found = await show(t, file);
  assert.ok(found.kind === "rows");
  assert.deepEqual([found.columns[0]?.name, found.rows.length], ["b", 2]);
});

test("should give images of artifacts, from text and from files, up to a size", async (t) => {
  const folder = temporaryFolder(t);
  const bytes = Buffer.from("89504e470d0a", "hex");
  writeFileSync(path.join(folder, "chart.png"), bytes);
  writeFileSync(path.join(folder, "huge.png"), Buffer.alloc(6 * 1024 * 1024));
  const image = (url: string) => show(t, { url }, { folder, artifact: "image" });
  const expected = { kind: "image", media_type: "image/png", base64: bytes.toString("base64"), size_bytes: 6 };
  assert.deepEqual(await image(`data:image/png;base64,${bytes.toString("base64")}`), expected);
  assert.deepEqual(await image("chart.png"), expected);
  const svg = await image("data:image/svg+xml;charset=utf-8,%3Csvg%2F%3E");
  assert.ok(svg.kind === "image" && Buffer.from(svg.base64, "base64").toString() === "<svg/>");
  const huge = await image("huge.png");
  assert.ok(huge.kind === "missing" && huge.reason.includes("6 MB"));
  const far = await image("https://example.org/chart.png");
  assert.ok(far.kind === "text" && far.text === "https://example.org/chart.png");
});

test("should read values from the run's folder, and say what is wrong with those that are not there", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(path.join(folder, "results"));
  const text = valueCodec.encode([{ a: 1 }], "v").text;
  const hash = sha256(text, "hex");
  const record: ValueRecord = { kind: "file", hash, size: text.length };
  const gone = await previewValue(task(t, record, { folder }));
  assert.ok(gone.kind === "missing" && gone.reason.includes("gone"));
  writeFileSync(path.join(folder, "results", hash), text);
  assert.equal((await previewValue(task(t, record, { folder }))).kind, "rows");
  writeFileSync(path.join(folder, "results", hash), "[1]");
  const damaged = await previewValue(task(t, record, { folder }));
  assert.ok(damaged.kind === "missing" && damaged.reason.includes("damaged"));
  const none = await previewValue(task(t, { kind: "none", reason: "persist: false", preview: "[1,2" }));
  assert.ok(none.kind === "missing" && none.reason === "The value was not kept: persist: false. It begins with [1,2");
});

test("should make previews in a thread, end it when nobody asks, and give up on what takes too long", async (t) => {
  const worker = path.join(projectRoot, "runtime/orchestrator/preview/preview-worker.ts");
  const previews = createPreviews({ worker, idleAfter: 1 });
  t.after(() => previews.close());
  const [one, other] = await Promise.all([previews.make(task(t, kept("a"))), previews.make(task(t, kept(["b"])))]);
  assert.deepEqual([one.kind, other.kind], ["text", "json"]);
  const hasty = createPreviews({ worker, limit: 0 });
  t.after(() => hasty.close());
  const late = await hasty.make(task(t, kept("a")));
  assert.ok(late.kind === "missing" && late.reason.includes("took longer"));
});
