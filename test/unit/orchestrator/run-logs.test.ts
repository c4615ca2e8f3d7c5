import assert from "node:assert/strict";
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { readLine } from "../../../runtime/orchestrator/logs/line-filter.ts";
import { createRunLogs, type RunLogs, shortened } from "../../../runtime/orchestrator/logs/run-logs.ts";
import type { LogWindowFilter } from "../../../runtime/protocol/editor-api.ts";
import type { LogRecord } from "../../../runtime/protocol/records.ts";
import { temporaryFolder } from "../../support/places.ts";

const levels = [10, 20, 30, 40];
const tasks = ["task-a", "task-b"];
const runs = ["root", "sub"];

const messages = fc.oneof(
  fc.constantFrom(
    "Done",
    'dONE "quoted"',
    "back\\slash \\n not a line",
    "two\nlines",
    "ÄPFEL und Ⅳ",
    "\u0130stanbul done",
    "",
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({ maxLength: 300 }),
);

const fields = fc.option(
  fc.record(
    { level: fc.constantFrom(10, 40), task_run_id: fc.constantFrom(...tasks), note: messages },
    { requiredKeys: [], noNullPrototype: true },
  ),
  { nil: undefined, freq: 4 },
);

const records: fc.Arbitrary<LogRecord> = fc
  .record({
    at: fc.integer({ min: 1, max: 1e13 }),
    level: fc.constantFrom(...levels),
    message: messages,
    flow_run_id: fc.constantFrom(...runs),
    task_run_id: fc.option(fc.constantFrom(...tasks), { nil: undefined }),
    fields,
  })
  .map(({ at, level, message, flow_run_id, task_run_id, fields: more }) => ({
    at,
    level,
    message,
    name: "log",
    flow_run_id,
    ...(task_run_id === undefined ? {} : { task_run_id }),
    ...(more === undefined ? {} : { fields: more }),
  }));

const filters: fc.Arbitrary<LogWindowFilter> = fc.record(
  {
    level: fc.constantFrom(0, ...levels, 50),
    task_run_id: fc.constantFrom(...tasks, "none"),
    flow_run_id: fc.constantFrom(...runs),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const textOf = (lines: readonly LogRecord[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

function passing(lines: readonly LogRecord[], { level = 0, task_run_id, flow_run_id }: LogWindowFilter): LogRecord[] {
  return lines.filter(
    (line) =>
      line.level >= level &&
      (task_run_id === undefined || line.task_run_id === task_run_id) &&
      (flow_run_id === undefined || line.flow_run_id === flow_run_id),
  );
}

function logs(t: TestContext, options = {}): { readonly logs: RunLogs; readonly file: string } {
  const made = createRunLogs(options);
  t.after(() => made.close());
  return { logs: made, file: path.join(temporaryFolder(t), "logs.ndjson") };
}

/** A line that is longer than a piece, among others. */
const many = (count: number): LogRecord[] =>
  Array.from({ length: count }, (_, n) => ({
    at: n + 1,
    level: levels[n % 4] ?? 20,
    message: n === 700 ? "x".repeat(2_000_000) : `line ${n}${n % 1000 === 0 ? " NEEDLE" : ""}`,
    name: "log",
    flow_run_id: n % 10 === 0 ? "sub" : "root",
    ...(n % 4000 === 3 ? { task_run_id: "rare" } : {}),
  }));

test("should give any window of what passes any filter, while the log grows by whole and torn lines", async (t) => {
  const { logs: read, file } = logs(t);
  const growth = fc.array(fc.tuple(fc.array(records, { maxLength: 12 }), fc.double({ min: 0, max: 1, noNaN: true })), {
    minLength: 1,
    maxLength: 4,
  });
  const questions = fc.array(fc.tuple(filters, fc.integer({ min: -60, max: 60 }), fc.nat(40)), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(growth, questions, async (steps, asked) => {
      writeFileSync(file, "");
      const written: LogRecord[] = [];
      let rest = "";
      for (const [lines, cut] of steps) {
        const bytes = Buffer.from(textOf(lines));
        const torn = lines.length === 0 ? 0 : Math.floor(cut * Buffer.byteLength(textOf(lines.slice(-1))));
        appendFileSync(file, rest);
        appendFileSync(file, bytes.subarray(0, bytes.length - torn));
        rest = bytes.subarray(bytes.length - torn).toString("latin1");
        written.push(...lines);
        const whole = torn > 0 ? written.slice(0, -1) : written;
        for (const [filter, start, count] of asked) {
          const wanted = passing(whole, filter);
          const first = Math.min(wanted.length, start < 0 ? Math.max(0, wanted.length + start) : start);
          assert.deepEqual(await read.window(file, filter, start, count), {
            start: first,
            lines: wanted.slice(first, first + count),
            total: wanted.length,
          });
        }
        appendFileSync(file, Buffer.from(rest, "latin1"));
        rest = "";
      }
    }),
    { numRuns: 60 },
  );
});

test("should find the lines that contain a text in any case, forwards and backwards, among those that pass", async (t) => {
  const { logs: read, file } = logs(t);
  const needles = fc.oneof(
    fc.constantFrom("done", "DONE", '"', "\\", "n", "level", "task", "äpfel", "ⅳ", "note", "stanbul", "\n"),
    fc.string({ minLength: 1, maxLength: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(records, { maxLength: 40 }),
      filters,
      needles,
      fc.nat(45),
      async (lines, filter, text, from) => {
        writeFileSync(file, textOf(lines));
        const hits = passing(lines, filter).flatMap((line, index) => (has(line, text) ? [index] : []));
        const answer = async (backwards: boolean) => {
          const { index, position } = await read.find(file, filter, text, from, backwards);
          assert.equal(position, index === null ? null : hits.indexOf(index) + 1);
          return index;
        };
        assert.equal((await read.find(file, filter, text, from, false)).matches, hits.length);
        assert.equal(await answer(false), hits.find((index) => index >= from) ?? null);
        assert.equal(await answer(true), hits.findLast((index) => index <= from) ?? null);
      },
    ),
    { numRuns: 300 },
  );
});

function has({ message, fields: more = {} }: LogRecord, text: string): boolean {
  const values = Object.values(more).map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  return [message, ...Object.keys(more), ...values].some((part) => part.toLowerCase().includes(text.toLowerCase()));
}

test("should read far into a long log, over a line larger than a piece, for common and for rare lines", async (t) => {
  const { logs: read, file } = logs(t);
  const lines = many(20_000);
  writeFileSync(file, textOf(lines));
  const ats = async (filter: LogWindowFilter, start: number, count: number): Promise<number[]> =>
    (await read.window(file, filter, start, count)).lines.map(({ at }) => at);
  assert.deepEqual(await ats({}, 12_345, 3), [12_346, 12_347, 12_348]);
  assert.deepEqual(await ats({}, -2, 10), [19_999, 20_000]);
  assert.deepEqual(await ats({ task_run_id: "rare" }, 1, 3), [4004, 8004, 12_004]);
  assert.deepEqual(await ats({ level: 40, flow_run_id: "root" }, 0, 2), [4, 8]);
  assert.deepEqual(await ats({ level: 40 }, 4998, 2), [19_996, 20_000]);
  assert.match(
    (await read.window(file, {}, 700, 1)).lines[0]?.message ?? "",
    /^x{32768}… \(1967232 more characters\)$/,
  );
  assert.deepEqual(await read.find(file, {}, "needle", 1001, false), { index: 2000, matches: 20, position: 3 });
  assert.deepEqual(await read.find(file, {}, "needle", 999, true), { index: 0, matches: 20, position: 1 });
  assert.equal((await read.find(file, {}, "needle", 19_001, false)).index, null);
});

test("should see that a log was replaced by one without its middle", async (t) => {
  const { logs: read, file } = logs(t);
  const lines = many(3000);
  writeFileSync(file, textOf(lines.slice(0, 2000)));
  assert.equal((await read.window(file, {}, 0, 1)).total, 2000);
  await read.find(file, {}, "needle", 0, false);
  writeFileSync(`${file}.tmp`, textOf([...lines.slice(0, 100), ...lines.slice(701)]));
  renameSync(`${file}.tmp`, file);
  const { total, lines: shown } = await read.window(file, {}, 100, 1);
  assert.deepEqual([total, shown[0]?.at], [2399, 702]);
  assert.equal((await read.find(file, {}, "needle", 0, false)).matches, 3);
});

test("should let others have their turn while it reads a long log", async (t) => {
  const { logs: read, file } = logs(t);
  writeFileSync(file, textOf(many(20_000)));
  let turns = 0;
  const ticking = setInterval(() => {
    turns++;
  }, 0);
  await read.find(file, { level: 30 }, "no such text", 0, false);
  clearInterval(ticking);
  assert.ok(turns > 1, `${turns} turns`);
});

test("should forget what nobody asks for, and have no lines for a file that is not there", async (t) => {
  const { logs: few, file } = logs(t, { most: 2 });
  assert.deepEqual(await few.window(file, {}, -10, 10), { start: 0, lines: [], total: 0 });
  writeFileSync(file, textOf(many(3)));
  for (const level of [10, 20, 30]) await few.window(file, { level }, 0, 1);
  assert.equal(few.held(), 2);
  const { logs: read } = logs(t, { idleAfter: 20 });
  await read.window(file, {}, 0, 1);
  while (read.held() > 0) await pause(10);
  assert.equal((await read.window(file, {}, 0, 5)).lines.length, 3);
});

test("should show a line that is no record as it stands", () => {
  assert.equal(readLine("not json").message, "not json");
  assert.equal(readLine('{"message":3}').message, '{"message":3}');
});

test("should shorten messages more where an answer would grow too large", () => {
  const line: LogRecord = { at: 1, level: 20, message: "y".repeat(30_000), name: "log", flow_run_id: "r" };
  const lines = shortened(Array.from({ length: 2000 }, () => line));
  assert.equal(lines[0]?.message.length, 30_000);
  assert.ok((lines.at(-1)?.message.length ?? 0) < 1100);
});
