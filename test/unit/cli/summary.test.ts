import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceExcerpt } from "../../../runtime/cli/view/source-excerpt.ts";
import { type RunEnd, summaryLines } from "../../../runtime/cli/view/summary.ts";
import { makeTally } from "../../../runtime/cli/view/tally.ts";
import { asciiStyle, plainStyle, say } from "./support.ts";

const source = ["const a = 1;", "function load() {", "\treturn rows.x.y;", "}", "load();"].join("\n");
const view = { style: plainStyle, width: 80, cwd: "/work", readSource: () => source };

const end = (rest: Partial<RunEnd> = {}): RunEnd => ({
  runId: "01a1fc96-68ac-7340-bef2-00d649469e6e",
  runName: "quiet-otter",
  flowName: "etl",
  state: { type: "COMPLETED", name: "Completed", timestamp: say.start },
  durationMs: 12_400,
  counts: new Map([["COMPLETED", 14]]),
  kept: 0,
  cached: 0,
  failed: [],
  error: undefined,
  ...rest,
});

test("should tell a completed run in few lines", () => {
  assert.deepEqual(summaryLines(end({ kept: 3, cached: 1 }), view), [
    "✓ etl quiet-otter completed in 12.4s",
    "  14 tasks: 14 completed, 1 from the cache, 3 kept",
    "",
    "  millrace runs show 49469e6e  look at it again",
  ]);
});

test("should name the failing task, the place with its code, and what to do next", () => {
  const error = {
    name: "TypeError",
    message: "x of undefined",
    location: { file: "/work/flows/etl.ts", line: 3, column: 9 },
  };
  const failed = end({
    state: { type: "FAILED", name: "Failed", timestamp: say.start },
    counts: new Map([
      ["COMPLETED", 12],
      ["FAILED", 2],
    ]),
    failed: [
      { id: "a", name: "other", error: { name: "Error", message: "also" }, attempts: 1 },
      { id: "b", name: "clean", error, attempts: 3 },
    ],
    error,
  });
  assert.deepEqual(summaryLines(failed, view), [
    "✗ etl quiet-otter failed in 12.4s",
    "  14 tasks: 12 completed, 2 failed",
    "",
    "  task clean after 3 attempts",
    "  TypeError: x of undefined",
    "    at flows/etl.ts:3:9",
    "      1 │ const a = 1;",
    "      2 │ function load() {",
    "    ❯ 3 │   return rows.x.y;",
    "        │          ^",
    "      4 │ }",
    "",
    "  also failed: other  also",
    "",
    "  millrace runs resume 49469e6e  go on, keeping the 12 completed tasks",
    "  millrace runs show 49469e6e    look at it again",
    "  millrace runs logs 49469e6e    read its log",
  ]);
});

test("should not offer to resume a run whose parameters were refused", () => {
  const error = { name: "MillraceError", code: "bad-parameters", message: "parameters:\n  year: expected number" };
  const lines = summaryLines(
    end({ state: { type: "FAILED", name: "Failed", timestamp: 0 }, counts: new Map(), error }),
    view,
  );
  assert.ok(
    lines.includes("    year: expected number") || lines.some((line) => line.includes("year: expected number")),
  );
  assert.ok(!lines.some((line) => line.includes("resume")));
});

test("should show the last output of a process that crashed", () => {
  const state = {
    type: "CRASHED",
    name: "Crashed",
    timestamp: 0,
    message: "exit code 137",
    details: { last_output: ["a", "out of memory"] },
  } as const;
  const lines = summaryLines(end({ state }), view);
  assert.ok(lines.includes("  exit code 137"));
  assert.deepEqual(lines.slice(lines.indexOf("  last output of the process:") + 1).slice(0, 2), [
    "    a",
    "    out of memory",
  ]);
});

test("should put the caret under wide characters and behind tabs, and move with long lines", () => {
  const options = { style: asciiStyle, width: 60 };
  assert.deepEqual(
    sourceExcerpt('\tlog("テ", x)', 1, 11, options),
    ['> 1 |   log("テ", x)', "    |           ^".replace("          ^", `${" ".repeat(12)}^`)].map((line) => line),
  );
  const long = sourceExcerpt(`${"a".repeat(200)}throw`, 1, 201, options);
  const caret = long[1]?.indexOf("^") ?? 0;
  assert.equal(long[0]?.slice(caret, caret + 5), "throw");
  assert.deepEqual(sourceExcerpt("a", 9, 1, options), []);
  assert.deepEqual(sourceExcerpt("a", 1, 30, options), []);
});

test("should count tasks by the state they end in, without subflows", () => {
  const tally = makeTally();
  for (const record of [
    say.flow("run", "etl"),
    say.task("a-0", 0),
    say.taskState("a-0", "COMPLETED", "Cached", 5),
    say.task("s-0", 0, { child_flow_run_id: "sub" }),
    say.taskState("s-0", "COMPLETED", "Completed", 5),
    say.task("b-0", 0),
    say.taskState("b-0", "FAILED", "Failed", 5, { run_count: 2, error: { name: "Error", message: "x" } }),
  ]) {
    tally.apply(record);
  }
  assert.deepEqual(
    [...tally.counts].filter(([, count]) => count > 0),
    [
      ["COMPLETED", 1],
      ["FAILED", 1],
    ],
  );
  assert.equal(tally.cached(), 1);
  assert.deepEqual(
    tally.failed.map(({ name, attempts }) => [name, attempts]),
    [["b-0", 2]],
  );
});
