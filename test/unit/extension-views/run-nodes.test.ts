import assert from "node:assert/strict";
import { test } from "node:test";
import { childLimit, placesOf, runNode, stateCounts, taskNodes } from "../../../extension/views/run-nodes.ts";
import type { TaskRun } from "../../../runtime/protocol/api.ts";
import { flowRun, taskRun } from "../../support/runs-told.ts";

const ended = flowRun("run", {
  state_type: "COMPLETED",
  end_time: "2026-11-21T08:00:01.200Z",
  total_run_time: 1.2,
  task_run_counts: { COMPLETED: 3 },
});
const now = Date.parse("2026-11-21T08:02:10.000Z");

test("should tell of a run that has ended: flow, duration, when", () => {
  const node = runNode(ended, now);
  assert.equal(node.label, "calm-otter");
  assert.equal(node.description, "etl-parent · 1.2s · 2m ago");
  assert.deepEqual(node.icon, { kind: "codicon", name: "pass", color: "charts.green" });
  assert.equal(node.says, "Run calm-otter of etl-parent, Completed, 1.2s, 2m ago");
  assert.deepEqual(node.words, ["run", "ended", "source"]);
});

test("should tell flows of one name apart by what their files do not share", () => {
  const places = placesOf([
    flowRun("one", { flow_file: "/work/client-a/flows/etl.ts" }),
    flowRun("two", { flow_file: "/work/client-b/flows/etl.ts" }),
    flowRun("three", { flow_file: "/work/client-b/flows/etl.ts" }),
    flowRun("four", { flow_name: "other", flow_file: "/work/other.ts" }),
  ]);
  assert.deepEqual([...places.values()], ["client-a", "client-b"]);
  const node = runNode(ended, now, "client-a");
  assert.equal(node.description, "etl-parent · client-a · 1.2s · 2m ago");
  assert.match(node.says ?? "", /^Run calm-otter of etl-parent in client-a,/);
  const nested = placesOf([
    flowRun("one", { flow_file: "C:\\work\\etl.ts" }),
    flowRun("two", { flow_file: "C:\\work\\sub\\etl.ts" }),
  ]);
  assert.deepEqual([...nested.values()], ["etl.ts", "sub/etl.ts"]);
});

test("should tell of a live run what changes with its states only, never the time", () => {
  const live = flowRun("run", { task_run_counts: { COMPLETED: 3, RUNNING: 1, PENDING: 3 } });
  assert.equal(runNode(live, now).description, "etl-parent · 3 done");
  assert.deepEqual(runNode(live, now), runNode(live, now + 60_000));
  assert.deepEqual(runNode(live, now).icon, { kind: "codicon", name: "sync~spin", color: "charts.blue" });
});

test("should tell of the age in whole minutes, so that nothing moves each second", () => {
  const at = (seconds: number) => runNode(ended, Date.parse("2026-11-21T08:00:01.200Z") + seconds * 1000).description;
  assert.equal(at(3), "etl-parent · 1.2s · just now");
  assert.equal(at(3), at(59));
  assert.equal(at(61), "etl-parent · 1.2s · 1m ago");
});

test("should count the tasks of a run between two of them", () => {
  assert.equal(runNode(flowRun("run", { task_run_counts: { COMPLETED: 8 } }), now).description, "etl-parent · 8 done");
});

test("should name calls as one would: by their number only where there are several", () => {
  const call = (key: string, number: string) =>
    taskRun(`${key}${number}`, { name: `${key}-${number}`, task_key: key, dynamic_key: number });
  const mapped = { ...call("load", "0"), map_id: "m", map_index: 0 };
  const nodes = taskNodes(ended, [call("list", "0"), call("sum", "0"), call("sum", "1"), mapped]);
  assert.deepEqual(
    nodes.map(({ label }) => label),
    ["list", "sum-0", "sum-1", "load ×1"],
  );
  assert.equal(nodes[3]?.children?.[0]?.label, "load[0]");
});

test("should offer what each state allows", () => {
  const words = (type: TaskRun["state_type"]) => runNode(flowRun("run", { state_type: type }), now).words;
  assert.deepEqual(words("RUNNING"), ["run", "live", "cancellable", "source"]);
  assert.deepEqual(words("CANCELLING"), ["run", "live", "source"]);
  assert.deepEqual(words("PAUSED"), ["run", "live", "cancellable", "paused", "source"]);
  assert.deepEqual(words("FAILED"), ["run", "ended", "resumable", "source"]);
  assert.deepEqual(words("CRASHED"), ["run", "ended", "resumable", "source"]);
  const error = { name: "Error", message: "boom" };
  const failed = runNode(flowRun("run", { state_type: "FAILED", error }), now);
  assert.deepEqual(failed.words, ["run", "ended", "resumable", "failed", "source"]);
  assert.equal(failed.tooltip?.note, "Error: boom");
});

test("should show mapped tasks as one line with counts, those that need a look first", () => {
  const items = Array.from({ length: 5 }, (_, index) =>
    taskRun(`t${index}`, {
      map_id: "m",
      map_index: index,
      state_type: index === 3 ? "FAILED" : index === 4 ? "RUNNING" : "COMPLETED",
      start_time: "2026-11-21T08:00:00.000Z",
    }),
  );
  const before = taskRun("before", { name: "list", state_type: "COMPLETED" });
  const after = taskRun("after", { name: "sum", state_type: "PENDING" });
  const nodes = taskNodes(ended, [before, ...items, after]);
  assert.deepEqual(
    nodes.map(({ label, description }) => [label, description]),
    [
      ["list", "0ms"],
      ["fetch ×5", "3 completed · 1 failed · 1 running"],
      ["sum", "Pending"],
    ],
  );
  assert.deepEqual(nodes[1]?.icon, { kind: "codicon", name: "error", color: "charts.red" });
  assert.deepEqual(
    nodes[1]?.children?.map(({ label }) => label),
    ["fetch[3]", "fetch[4]", "fetch[0]", "fetch[1]", "fetch[2]"],
  );
});

test("should end a long list with the way to the rest", () => {
  const many = Array.from({ length: childLimit + 20 }, (_, index) => taskRun(`t${index}`));
  const nodes = taskNodes(ended, many);
  assert.equal(nodes.length, childLimit + 1);
  const more = nodes.at(-1);
  assert.equal(more?.label, "Show all on the run page");
  assert.equal(more?.description, "20 more");
  assert.deepEqual(more?.click, { kind: "run", run_id: "run" });
});

test("should leave out what a later call replaced and what runs inside a task", () => {
  const nodes = taskNodes(ended, [
    taskRun("old", { superseded: true }),
    taskRun("new"),
    taskRun("inner", { parent_task_run_id: "new" }),
  ]);
  assert.deepEqual(
    nodes.map(({ task_run_id }) => task_run_id),
    ["new"],
  );
});

test("should have one id per line", () => {
  const tasks = [
    taskRun("a"),
    taskRun("b", { map_id: "m", map_index: 0 }),
    taskRun("c", { map_id: "n", map_index: 0 }),
  ];
  const ids = taskNodes(ended, tasks).flatMap((node) => [node.id, ...(node.children ?? []).map(({ id }) => id)]);
  assert.equal(new Set([...ids, runNode(ended, now).id]).size, ids.length + 1);
});

test("should count states in words", () => {
  assert.equal(stateCounts({ COMPLETED: 1480, FAILED: 3 }), "1,480 completed · 3 failed");
  assert.equal(stateCounts({}), "");
});
