import assert from "node:assert/strict";
import { test } from "node:test";
import { matchCall, numbered } from "../../../extension/code/match-calls.ts";
import { hintText, lensTitle } from "../../../extension/code/run-words.ts";
import { commandLine, quote } from "../../../extension/commands/command-line.ts";
import { planItems, planWords } from "../../../extension/commands/resume.ts";
import { keptSource, logAddress, logOf, sourceAddress } from "../../../extension/documents/addresses.ts";
import { logText } from "../../../extension/documents/log-text.ts";
import { flowKey, isInside, pathKey } from "../../../extension/paths.ts";
import { statusText } from "../../../extension/status/status-text.ts";
import type { LastTaskCall } from "../../../runtime/protocol/editor-api.ts";
import type { CallSite } from "../../../runtime/protocol/language.ts";
import { flowRun } from "../../support/fake-client.ts";

const nine = Date.UTC(2026, 10, 21, 9);

test("should say in the lens how and when the last run ended, and of a live one only its state", () => {
  assert.equal(lensTitle(flowRun("a"), nine + 120_000), "$(pass) Completed · 1.2s · 2m ago");
  assert.equal(lensTitle(flowRun("a", { state_type: "FAILED" }), nine), "$(error) Failed · 1.2s · just now");
  assert.equal(lensTitle(flowRun("a", { state_type: "RUNNING" }), nine + 9_000_000), "$(sync~spin) Running");
  assert.equal(lensTitle(flowRun("a", { state_type: "PAUSED" }), nine), "$(debug-pause) Paused");
});

const call: LastTaskCall = {
  ...{ flow_run_id: "r", task_run_id: "t", task_key: "k", name: "fetch", line: 12, column: 9 },
  ...{ state_type: "COMPLETED", state_name: "Completed", duration: 1.25, count: 1, failed: 0, source_hash: "h" },
};

test("should say in a hint what a call did, in as few words as it takes", () => {
  assert.equal(hintText(call), "1.3s");
  assert.equal(hintText({ ...call, count: 1500, duration: 61 }), "×1,500 · 1m 1s");
  assert.equal(
    hintText({ ...call, count: 500, failed: 3, state_type: "FAILED", state_name: "Failed" }),
    "×500 · 3 failed · 1.3s",
  );
  assert.equal(hintText({ ...call, failed: 1, state_type: "FAILED", state_name: "TimedOut" }), "timed out · 1.3s");
  assert.equal(hintText({ ...call, state_name: "Cached" }), "cached");
  assert.equal(hintText({ ...call, state_type: "RUNNING", state_name: "Running" }), "running");
});

function site(name: string, line: number, character: number, endLine = line): CallSite {
  return {
    ...{ name, callee: "task", form: "call", flow: "etl" },
    range: { start: { line, character }, end: { line: endLine, character: character + 10 } },
  };
}

test("should tell calls of one name on one line apart by their order, and prefer the call that begins there", () => {
  const sites = [site("load", 4, 30), site("load", 4, 10), site("fetch", 4, 20), site("load", 2, 0, 6)];
  assert.equal(matchCall(sites, { name: "load" }, 4, 0), sites[1]);
  assert.equal(matchCall(sites, { name: "load" }, 4, 1), sites[0]);
  assert.equal(matchCall(sites, { name: "load" }, 5, 0), sites[3]);
  assert.equal(matchCall(sites, { name: "load" }, 9, 0), undefined);
  const calls = [
    { name: "load", line: 5, column: 31 },
    { name: "load", line: 5, column: 11 },
    { name: "load", line: 6, column: 1 },
  ];
  assert.deepEqual(
    numbered(calls).map(({ call: { line, column }, nth }) => [line, column, nth]),
    [
      [5, 11, 0],
      [5, 31, 1],
      [6, 1, 0],
    ],
  );
});

test("should quote the command line for the shell that the terminal has", () => {
  const run = flowRun("a", { flow_file: "/it's here/etl.ts", parameters: { city: 'New "York"' } });
  assert.equal(
    commandLine(run, "linux"),
    `millrace run '/it'\\''s here/etl.ts:etl' --params '{"city":"New \\"York\\""}'`,
  );
  assert.equal(commandLine(flowRun("a"), "linux"), "millrace run /work/etl.ts:etl");
  assert.equal(quote("C:\\a b\\etl.ts", "win32"), "'C:\\a b\\etl.ts'");
  assert.equal(quote("C:\\etl.ts:etl", "win32"), "C:\\etl.ts:etl");
  assert.equal(quote("$HOME", "linux"), "'$HOME'");
});

test("should compare paths as the system does", () => {
  assert.equal(pathKey("c:\\Work\\etl.ts", "win32"), pathKey("C:/work/ETL.ts", "win32"));
  assert.notEqual(pathKey("/work/etl.ts", "linux"), pathKey("/work/ETL.ts", "linux"));
  assert.equal(pathKey("/Work/e\u0301tl.ts", "darwin"), pathKey("/work/\u00e9tl.ts", "darwin"));
  assert.equal(isInside("/work/flows/a.ts", ["/wor", "/work/flows"], "linux"), true);
  assert.equal(isInside("/workshop/a.ts", ["/work"], "linux"), false);
  assert.equal(isInside("/a.ts", ["/"], "linux"), true);
  assert.notEqual(flowKey("/a.ts", null, "etl"), flowKey("/a.ts", "etl", "etl"));
});

test("should say in the status bar what runs, then what failed unseen, then only that Millrace is there", () => {
  const running = flowRun("a", { state_type: "RUNNING", task_run_counts: { COMPLETED: 3, RUNNING: 4 } });
  const failed = flowRun("b", { state_type: "FAILED" });
  assert.equal(statusText([running, failed], true, "connected", false)?.text, "$(sync~spin) etl · 3 done");
  const begun = flowRun("c", { state_type: "RUNNING", task_run_counts: { RUNNING: 4 } });
  assert.equal(statusText([begun], true, "connected", false)?.text, "$(sync~spin) etl");
  assert.equal(statusText([running, running], true, "connected", false)?.text, "$(sync~spin) 2 runs");
  assert.equal(statusText([failed], true, "connected", true)?.text, "$(error) etl");
  assert.equal(statusText([failed], true, "connected", false)?.text, "$(play) Millrace");
  assert.equal(statusText([], false, "stopped", false), undefined);
  assert.equal(statusText([], false, "failed", false)?.text, "$(warning) Millrace");
});

test("should show of a plan what can be decided about, changed tasks first", () => {
  const task = (name: string, changed?: boolean) => ({
    ...{ task_run_id: name, name, task_key: name, state_name: "Completed" as const },
    ...(changed === undefined ? {} : { changed }),
  });
  const plan = {
    run_id: "r",
    kept: [task("one"), task("two", true)],
    runs_again: [{ ...task("three"), reason: "failed" }],
    missing: [],
  };
  assert.equal(planWords(plan), "2 kept, 1 will run, 1 changed since");
  assert.deepEqual(
    planItems(plan).map((item) => item.label),
    ["two", "one"],
  );
  assert.equal(planWords({ ...plan, kept: [], missing: [task("four")] }), "0 kept, 2 will run, 1 result missing");
});

test("should write a log as text, without terminal colours, later lines of a message under its first", () => {
  const at = new Date(2026, 10, 21, 9, 2, 3, 45).getTime();
  const text = logText(
    [
      { at, level: 20, message: "\u001b[32mgreen\u001b[0m", name: "console", flow_run_id: "r", task_run_id: "t" },
      { at, level: 40, message: "a\nb", name: "log", flow_run_id: "r", fields: { n: 1 } },
    ],
    (id) => (id === "t" ? "fetch-0" : undefined),
  );
  assert.equal(
    text,
    '2026-11-21 09:02:03.045  INFO   fetch-0  green\n2026-11-21 09:02:03.045  ERROR  a\n    b {"n":1}\n',
  );
});

test("should keep in a document's address all that it takes to read it again", () => {
  const source = { run_id: "r", hash: "abc", file: "C:\\flows\\été b.ts" };
  const address = sourceAddress("millrace-source", source, "calm-otter");
  assert.deepEqual(keptSource(address), source);
  assert.match(address.path, /été b \(calm-otter\)\.ts$/);
  assert.deepEqual(logOf(logAddress({ run_id: "r", task_run_id: "t" }, "etl / x")), { run_id: "r", task_run_id: "t" });
  assert.deepEqual(logOf(logAddress({ run_id: "r" }, "etl")), { run_id: "r" });
});
