import assert from "node:assert/strict";
import { test } from "node:test";
import { planLines } from "../../../runtime/cli/view/plan-lines.ts";
import type { FlowRun, PlannedTask } from "../../../runtime/protocol/api.ts";
import { foldRun } from "../../../runtime/protocol/fold/index.ts";
import { tellRun } from "../index/story.ts";
import { memoryIo } from "./support.ts";

test("should say of a kept task that its code has changed, and how it is run again", () => {
  const story = tellRun(0);
  const flowRun: FlowRun | undefined = foldRun(story.runId, story.records).flowRun;
  assert.ok(flowRun);
  const task = (name: string, changed: boolean): PlannedTask => ({
    task_run_id: name,
    name: `${name}-0`,
    task_key: name,
    state_name: "Completed",
    changed,
  });
  const plan = { run_id: story.runId, kept: [task("fetch", true), task("load", false)], runs_again: [], missing: [] };
  const lines = planLines(plan, flowRun, memoryIo({ columns: 100 }));
  const of = (name: string) => lines.find((line) => line.includes(name))?.trim();
  assert.equal(of("fetch-0"), "keep fetch-0  its code has changed since; --rerun fetch runs it again");
  assert.equal(of("load-0"), "keep load-0");
});
