import assert from "node:assert/strict";
import { test } from "node:test";
import { textWidth } from "../../../runtime/cli/terminal/width.ts";
import { applyRecord } from "../../../runtime/cli/view/from-records.ts";
import { makeModel, type RunModel } from "../../../runtime/cli/view/model.ts";
import { treeLines } from "../../../runtime/cli/view/tree.ts";
import type { JournalRecord } from "../../../runtime/protocol/records.ts";
import { asciiStyle, colorStyle, plainStyle, say } from "./support.ts";

function modelOf(records: readonly JournalRecord[]): RunModel {
  const model = makeModel();
  for (const record of records) applyRecord(model, record);
  return model;
}

const draw = (model: RunModel, options: Partial<Parameters<typeof treeLines>[1]> = {}) =>
  treeLines(model, { style: plainStyle, width: 70, ...options }).lines;

const nested: JournalRecord[] = [
  say.flow("run", "parent"),
  say.flowState("run", "RUNNING", "Running", 0),
  say.task("fetch-0", 0, { retries: 2 }),
  say.taskState("fetch-0", "COMPLETED", "Completed", 400),
  say.task("child-0", 500, { child_flow_run_id: "sub" }),
  say.flow("sub", "child", { flow: "run", task: "child-0" }),
  say.flowState("sub", "RUNNING", "Running", 500),
  say.task("load-0", 600, { flow_run_id: "sub" }),
];

test("should nest subflows and show what runs", () => {
  assert.deepEqual(
    draw(modelOf(nested), { now: say.start + 2000 }),
    [
      "⠴ parent run-name      2.0s",
      "├─ ✓ fetch-0          400ms",
      "└─ ⠴ child sub-name    1.5s",
      "   └─ ⠴ load-0         1.4s",
    ].map((line) => line.replaceAll("⠴", spinnerAt(say.start + 2000))),
  );
});

function spinnerAt(time: number): string {
  return "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏".charAt(Math.floor(time / 80) % 10);
}

test("should use words where glyphs cannot be shown", () => {
  const lines = draw(
    modelOf([
      ...nested,
      say.taskState("load-0", "FAILED", "Failed", 700, { error: { name: "TypeError", message: "no" } }),
      say.flowState("sub", "FAILED", "Failed", 710),
      say.flowState("run", "FAILED", "Failed", 720),
    ]),
    { style: asciiStyle },
  );
  assert.deepEqual(lines, [
    "FAILED parent run-name     720ms  Failed",
    "|- ok     fetch-0          400ms",
    "`- FAILED child sub-name   210ms",
    "   `- FAILED load-0        100ms  TypeError: no",
  ]);
});

test("should show a retry with its attempt, when it is due, and why", () => {
  const model = modelOf([
    ...nested.slice(0, 3),
    say.taskState("fetch-0", "SCHEDULED", "AwaitingRetry", 300, {
      run_count: 1,
      due: 5300,
      error: { name: "Error", message: "connection reset" },
    }),
  ]);
  assert.match(
    draw(model, { now: say.start + 1300 })[1] ?? "",
    /└─ ↻ fetch-0 .* attempt 1\/3 failed, again in 4\.0s · conn…?/,
  );
});

test("should collapse a map to one line with counts, a bar and what failed", () => {
  const items = Array.from({ length: 10 }, (_, index) =>
    say.task(`item-${index}`, 0, { map: { id: "m", index, size: 40 } }),
  );
  const done = [0, 1, 2, 3].map((index) => say.taskState(`item-${index}`, "COMPLETED", "Completed", 100));
  const failed = say.taskState("item-4", "FAILED", "Failed", 120, { error: { name: "Error", message: "bad row" } });
  const lines = draw(modelOf([...nested.slice(0, 2), ...items, ...done, failed]), { now: say.start + 1000 });
  assert.equal(lines.length, 3);
  assert.match(lines[1] ?? "", /item ×40 +1\.0s {2}━━────────────── 5\/40 · 1 failed$/);
  assert.match(lines[2] ?? "", /✗ item-4 +120ms {2}bad row$/);
});

test("should collapse a long loop, and keep a short one apart", () => {
  const loop = (count: number) =>
    Array.from({ length: count }, (_, index) => [
      say.task(`step-${index}`, index, { dynamic_key: String(index) }),
      say.taskState(`step-${index}`, "COMPLETED", "Completed", index + 1),
    ]).flat();
  assert.equal(draw(modelOf([...nested.slice(0, 2), ...loop(6)])).length, 7);
  const long = draw(modelOf([...nested.slice(0, 2), ...loop(300)]));
  assert.equal(long.length, 2);
  assert.match(long[1] ?? "", /✓ step ×300/);
});

test("should end what was open when the run has ended", () => {
  const lines = draw(modelOf([...nested, say.flowState("run", "CANCELLED", "Cancelled", 900)]));
  assert.match(lines[2] ?? "", /⊘ child sub-name/);
  assert.match(lines[3] ?? "", /⊘ load-0 +300ms {2}cancelled/);
});

test("should mark what a resume has kept, and what came from the cache", () => {
  const lines = draw(
    modelOf([
      ...nested.slice(0, 4),
      { kind: "kept", task_run_ids: ["fetch-0"], at: 0 },
      say.task("clean-0", 0),
      say.taskState("clean-0", "COMPLETED", "Cached", 1),
    ]),
  );
  assert.match(lines[1] ?? "", /✓ fetch-0 +kept$/);
  assert.match(lines[2] ?? "", /✓ clean-0 +1ms {2}cached$/);
});

test("should fold what has completed when the terminal is low, and keep the first line", () => {
  const many = Array.from({ length: 5 }, (_, flow) => [
    say.task(`sub-${flow}`, 0, { task_key: `sub${flow}`, child_flow_run_id: `s${flow}` }),
    say.flow(`s${flow}`, "sub", { flow: "run", task: `sub-${flow}` }),
    say.task(`inner-${flow}`, 0, { flow_run_id: `s${flow}` }),
    ...(flow === 4
      ? []
      : [
          say.taskState(`inner-${flow}`, "COMPLETED", "Completed", 5),
          say.flowState(`s${flow}`, "COMPLETED", "Completed", 6),
        ]),
  ]).flat();
  const model = modelOf([...nested.slice(0, 2), ...many]);
  assert.equal(draw(model).length, 11);
  const folded = draw(model, { height: 8 });
  assert.equal(folded.length, 7);
  assert.match(folded[1] ?? "", /✓ sub s0-name .*1 tasks?$/);
  const low = draw(model, { height: 5 });
  assert.equal(low.length, 4);
  assert.match(low[1] ?? "", /4 completed/);
  const lowest = draw(model, { height: 3 });
  assert.equal(lowest.length, 3);
  assert.match(lowest[0] ?? "", /parent run-name/);
});

test("should never be wider than the terminal, whatever the names", () => {
  const model = modelOf([
    ...nested.slice(0, 2),
    say.task("データを取り込む-0", 0, { name: "データを取り込む".repeat(9) }),
    say.taskState("データを取り込む-0", "FAILED", "Failed", 5, {
      error: { name: "Error", message: "x\ny".repeat(90) },
    }),
  ]);
  for (const style of [plainStyle, asciiStyle, colorStyle]) {
    for (const width of [30, 44, 80, 200]) {
      for (const line of draw(model, { width, style })) assert.ok(textWidth(line) <= width, `${width}: ${line}`);
    }
  }
});

test("should add a hundred thousand tasks in a time that does not grow with each", () => {
  const model = makeModel();
  for (const record of nested.slice(0, 2)) applyRecord(model, record);
  for (let index = 0; index < 100_000; index++) {
    applyRecord(model, say.task(`step-${index}`, index));
    applyRecord(model, say.taskState(`step-${index}`, "COMPLETED", "Completed", index));
  }
  assert.equal(model.root?.children.entries.length, 1);
  assert.equal(draw(model).length, 2);
});
