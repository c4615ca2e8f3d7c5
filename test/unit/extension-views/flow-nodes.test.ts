import assert from "node:assert/strict";
import { test } from "node:test";
import { type FlowTreeInput, flowNodes } from "../../../extension/views/flow-nodes.ts";
import type { TreeNode } from "../../../extension/views/node.ts";
import { panelTarget } from "../../../extension/views/panel-target.ts";
import { callSite, fileFlows, flowSite, taskSite } from "../../support/flows-found.ts";
import { flowRun } from "../../support/runs-told.ts";

const file = fileFlows("file:///work/flows/etl.ts", {
  flows: [flowSite("etl-parent", 10, "etlParent"), flowSite("hidden", 30, null)],
  tasks: [taskSite("fetch", 1)],
  calls: [
    callSite("load", 14, "etlParent"),
    callSite("fetch", 12, "etlParent", { form: "map" }),
    callSite("fetch", 13, "etlParent"),
    callSite("etl-child", 15, "etlParent", { callee: "flow" }),
    callSite("fetch", 31, "hidden"),
  ],
});
const folders = [{ uri: "file:///work", name: "work" }];

function input(rest: Partial<FlowTreeInput> = {}): FlowTreeInput {
  return { files: [file], folders, lastRun: () => undefined, ...rest };
}

function outline(nodes: readonly TreeNode[], depth = 0): string[] {
  return nodes.flatMap((node) => [
    `${"  ".repeat(depth)}${node.label}${node.description ? ` (${node.description})` : ""}`,
    ...outline(node.children ?? [], depth + 1),
  ]);
}

test("should show files with their flows, and what each flow calls once, in the order of the source", () => {
  assert.deepEqual(outline(flowNodes(input())), [
    "etl.ts (flows)",
    "  etl-parent",
    "    fetch (mapped)",
    "    load",
    "    etl-child (subflow)",
    "  hidden (not exported)",
    "    fetch",
  ]);
});

test("should lead from a task to its definition, or to the call where that is elsewhere", () => {
  const [etl] = flowNodes(input())[0]?.children ?? [];
  const clicks = etl?.children?.map(({ click }) => (click?.kind === "code" ? click.range.start.line : undefined));
  assert.deepEqual(clicks, [1, 14, 15]);
  assert.equal(etl?.click?.kind === "code" ? etl.click.range.start.line : undefined, 10);
});

test("should show the state and duration of a flow's last run", () => {
  const run = flowRun("r", { state_type: "FAILED", total_run_time: 1.2, end_time: "2026-11-21T08:00:01.200Z" });
  const [etl, hidden] =
    flowNodes(input({ lastRun: ({ export: exported }) => (exported === "etlParent" ? run : undefined) }))[0]
      ?.children ?? [];
  assert.equal(etl?.description, "1.2s");
  assert.deepEqual(etl?.icon, { kind: "codicon", name: "error", color: "charts.red" });
  assert.deepEqual(etl?.words, ["flow", "source", "runnable", "hasRun"]);
  assert.equal(etl?.run_id, "r");
  assert.equal(etl?.says, "Flow etl-parent, Failed, 1.2s");
  assert.deepEqual(hidden?.words, ["flow", "source"]);
  assert.equal(hidden?.says, "Flow hidden, not exported, has not run yet");
});

test("should have a level for folders where there are several", () => {
  const other = fileFlows("file:///b%20two/%C3%A4.ts", { flows: [flowSite("x", 0, "x")] });
  const outside = fileFlows("file:///else/y.ts", { flows: [flowSite("y", 0, "y")] });
  const nodes = flowNodes(
    input({ files: [outside, other, file], folders: [...folders, { uri: "file:///b%20two", name: "b two" }] }),
  );
  assert.deepEqual(
    outline(nodes).filter((line) => !line.startsWith("    ")),
    ["work", "  etl.ts (flows)", "b two", "  ä.ts", "y.ts (/else)", "  y"],
  );
});

test("should leave out files without flows", () => {
  assert.deepEqual(
    flowNodes(input({ files: [fileFlows("file:///work/tasks.ts", { tasks: [taskSite("t", 0)] })] })),
    [],
  );
});

test("should show the flow under the cursor, else the one shown, else the nearest above", () => {
  const at = (line: number, shown: ReturnType<typeof panelTarget> = null) =>
    panelTarget({ file, path: "/work/flows/etl.ts", line, shown, lastRunId: () => "last" });
  const names = (line: number, shown?: ReturnType<typeof panelTarget>) => at(line, shown)?.flow.name;
  assert.equal(names(12), "etl-parent");
  assert.equal(names(0), "etl-parent");
  assert.equal(names(31), "hidden");
  assert.equal(names(60), "hidden");
  assert.equal(names(60, at(12)), "etl-parent");
  assert.equal(at(12)?.last_run_id, "last");
  assert.deepEqual(at(12)?.siblings, [{ uri: file.uri, export: null, name: "hidden" }]);
  assert.equal(panelTarget({ file: fileFlows(file.uri), path: "", line: 0, shown: null, lastRunId: () => null }), null);
});
