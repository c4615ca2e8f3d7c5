import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { coalesce } from "../../../extension/pages/coalesce.ts";
import type { LiveEvent } from "../../../runtime/protocol/api.ts";
import { flowRun, logEvent, runEvent, taskRun, tasksEvent } from "../../support/runs-told.ts";

/** What a page has after the events: the newest of each, and all lines. */
function shown(events: readonly LiveEvent[]) {
  let state = new Map<string, unknown>();
  const logs: unknown[] = [];
  for (const event of events) {
    if (event.type === "reset") state = new Map();
    else if (event.type === "removed") state.delete(event.flow_run_id);
    else if (event.type === "flow-run") state.set(event.flow_run.id, event.flow_run);
    else if (event.type === "task-runs") for (const task of event.task_runs) state.set(task.id, task);
    else if (event.type === "artifact") state.set(event.artifact.id, event.artifact);
    else if (event.type === "logs") logs.push([event.flow_run_id, event.logs, event.next]);
    else if (event.type === "deployments" || event.type === "work-pools") state.set(event.type, event.seq);
  }
  return { state: [...state.entries()].sort(([one], [other]) => one.localeCompare(other)), logs };
}

const runs = ["a", "b"];
const anyEvent = fc.oneof(
  fc.record({ run: fc.constantFrom(...runs), count: fc.nat(9) }).map(
    ({ run, count }) =>
      (seq: number): LiveEvent =>
        runEvent(seq, flowRun(run, { run_count: count })),
  ),
  fc.record({ run: fc.constantFrom(...runs), tasks: fc.array(fc.nat(4), { minLength: 1 }), count: fc.nat(9) }).map(
    ({ run, tasks, count }) =>
      (seq: number): LiveEvent =>
        tasksEvent(seq, run, ...tasks.map((task) => taskRun(`${run}${task}`, { run_count: count }))),
  ),
  fc.constantFrom(...runs).map(
    (run) =>
      (seq: number): LiveEvent =>
        logEvent(seq, run, String(seq)),
  ),
  fc.constantFrom(...runs).map(
    (run) =>
      (seq: number): LiveEvent => ({ seq, type: "removed", flow_run_id: run }),
  ),
  fc.constant((seq: number): LiveEvent => ({ seq, type: "reset" })),
);

test("should lead to the same page with fewer events, in the order of their numbers", () => {
  fc.assert(
    fc.property(fc.array(anyEvent), (makers) => {
      const events = makers.map((make, index) => make(index + 1));
      const merged = coalesce(events);
      assert.deepEqual(shown(merged), shown(events));
      assert.ok(merged.length <= events.length);
      assert.deepEqual(
        merged.map(({ seq }) => seq),
        merged.map(({ seq }) => seq).sort((one, other) => one - other),
      );
    }),
  );
});

test("should merge the task runs of a burst into one event with the newest state of each", () => {
  const merged = coalesce([
    tasksEvent(1, "run", taskRun("one")),
    runEvent(2, flowRun("run")),
    tasksEvent(3, "run", taskRun("one", { state_type: "COMPLETED" }), taskRun("two")),
  ]);
  assert.deepEqual(
    merged.map(({ seq, type }) => [seq, type]),
    [
      [2, "flow-run"],
      [3, "task-runs"],
    ],
  );
});
