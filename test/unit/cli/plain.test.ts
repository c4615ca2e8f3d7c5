import assert from "node:assert/strict";
import { test } from "node:test";
import { makePlainView } from "../../../runtime/cli/view/plain.ts";
import type { JournalRecord, LogRecord } from "../../../runtime/protocol/records.ts";
import { asciiStyle, say } from "./support.ts";

function linesOf(
  records: readonly JournalRecord[],
  detail: "quiet" | "normal" | "verbose" = "normal",
  logs: readonly LogRecord[] = [],
): string[] {
  const lines: string[] = [];
  const view = makePlainView({ write: (line) => lines.push(line), style: asciiStyle, detail });
  for (const record of records) view.record(record);
  for (const log of logs) view.log(log);
  // The clock is local.
  return lines.map((line) => line.replace(/^\d\d:\d\d:\d\d /, ""));
}

const run = [say.flow("run", "etl"), say.flowState("run", "RUNNING", "Running", 0)];

test("should print one line per change that matters", () => {
  const records = [
    ...run,
    say.task("fetch-0", 0, { retries: 2 }),
    say.taskState("fetch-0", "SCHEDULED", "AwaitingRetry", 100, {
      run_count: 1,
      due: 5100,
      error: { name: "Error", message: "reset\nby peer" },
    }),
    say.taskState("fetch-0", "RUNNING", "Retrying", 5100, { run_count: 2 }),
    say.taskState("fetch-0", "COMPLETED", "Completed", 5200, { run_count: 2 }),
    say.task("clean-0", 5200),
    say.taskState("clean-0", "FAILED", "TimedOut", 5300, { error: { name: "TimeoutError", message: "took too long" } }),
    say.flowState("run", "FAILED", "Failed", 5400),
  ];
  assert.deepEqual(linesOf(records), [
    "running   etl run-name",
    "retry     fetch-0  attempt 1 of 3 failed, again in 5.0s: reset by peer",
    "running   fetch-0  attempt 2 of 3",
    "completed fetch-0  100ms",
    "timed out clean-0  TimeoutError: took too long",
  ]);
  assert.deepEqual(linesOf(records, "quiet"), []);
  assert.ok(linesOf(records, "verbose").includes("running   fetch-0"));
});

test("should print a large map by quarters and its failures one by one", () => {
  const items = Array.from({ length: 100 }, (_, index) => [
    say.task(`item-${index}`, 0, { map: { id: "m", index, size: 100 } }),
    index === 30
      ? say.taskState(`item-${index}`, "FAILED", "Failed", 10, { error: { name: "Error", message: "bad" } })
      : say.taskState(`item-${index}`, "COMPLETED", "Completed", 10),
  ]).flat();
  assert.deepEqual(linesOf([...run, ...items]), [
    "running   etl run-name",
    "progress  item  25/100",
    "failed    item-30  bad",
    "progress  item  50/100, 1 failed",
    "progress  item  75/100, 1 failed",
    "completed item  100/100, 1 failed",
  ]);
});

test("should print logs with level and task, without escape sequences, each line apart", () => {
  const log = (level: number, message: string, rest: Partial<LogRecord> = {}): LogRecord => ({
    at: say.start,
    level,
    message,
    name: "log",
    flow_run_id: "run",
    ...rest,
  });
  const logs = [
    log(10, "not shown"),
    log(20, "got \u001b[31m12\u001b[0m rows\nand more", { task_run_id: "fetch-0" }),
    log(30, "late", { fields: { by: "2s", n: 3 } }),
    log(30, 'task "fetch-0" failed: x - retry 1 of 2 in 300ms', { name: "millrace", task_run_id: "fetch-0" }),
  ];
  assert.deepEqual(linesOf([...run, say.task("fetch-0", 0)], "normal", logs).slice(1), [
    "info      fetch-0: got 12 rows",
    "info      fetch-0: and more",
    "warn      late by=2s n=3",
  ]);
});
