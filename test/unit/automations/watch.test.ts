import assert from "node:assert/strict";
import { test } from "node:test";
import { isAbout, stateKey, wantsPassing } from "../../../runtime/orchestrator/automations/matches.ts";
import { createWatch } from "../../../runtime/orchestrator/automations/watch.ts";
import { isoTime } from "../../../runtime/protocol/fold/index.ts";
import { automation, minute, run, start } from "./sample.ts";

const nobody = () => undefined;

test("should fire once for each state that is wanted, and for none from before its time", () => {
  const watch = createWatch(() => [automation({ type: "state", states: ["FAILED"] })], nobody);
  assert.deepEqual(watch.changed(run("r1", "RUNNING", "Running", start + 1)), []);
  assert.deepEqual(watch.changed(run("r2", "FAILED", "Failed", start - 1)), []);
  const failed = run("r1", "FAILED", "TimedOut", start + 2);
  const [first] = watch.changed(failed);
  assert.equal(first?.key, `r1 TimedOut ${isoTime(start + 2)}`);
  // Whoever comes to the same state again finds the same key.
  assert.equal(watch.changed(failed)[0]?.key, first?.key);
  assert.deepEqual(watch.changed({ ...failed, parent_flow_run_id: "other" }), []);
});

test("should see states that a run has passed through between two events", () => {
  const watch = createWatch(() => [automation({ type: "state", states: ["RUNNING", "Retrying"] })], nobody);
  const done = run("r1", "COMPLETED", "Completed", start + 30);
  assert.equal(watch.wantsStates(done), true);
  const passed = [
    run("r1", "RUNNING", "Running", start + 10).state,
    run("r1", "SCHEDULED", "AwaitingRetry", start + 15).state,
    run("r1", "RUNNING", "Retrying", start + 20).state,
  ];
  assert.deepEqual(
    watch.changed(done, passed).map(({ run: at }) => at?.state_name),
    ["Running", "Retrying"],
  );
  assert.equal(wantsPassing({ type: "state", states: ["Failed", "COMPLETED"] }), false);
});

test("should know a run's waiting by its name alone, because each orchestrator writes it again", () => {
  assert.equal(stateKey("r", run("r", "SCHEDULED", "Late", start).state), "r Late");
  assert.notEqual(
    stateKey("r", run("r", "SCHEDULED", "AwaitingRetry", start).state),
    stateKey("r", run("r", "SCHEDULED", "AwaitingRetry", start + 1).state),
  );
});

test("should filter by deployment, flow, tags and folder, all of what is given", () => {
  const daily = { id: "d-1", name: "daily", flow_name: "etl" };
  const find = (id: string) => (id === "d-1" ? daily : undefined);
  const one = run("r", "FAILED", "Failed", start, {
    flow_name: "etl",
    flow_file: "/work/flows/etl.ts",
    tags: ["taxi", "prod"],
    deployment_id: "d-1",
  });
  const about = (filter: Parameters<typeof isAbout>[0]) => isAbout(filter, one, find);
  assert.equal(about({}), true);
  for (const name of ["d-1", "daily", "etl/daily"]) assert.equal(about({ deployments: ["other", name] }), true);
  assert.equal(about({ deployments: ["etl/nightly"] }), false);
  assert.equal(about({ tags: ["prod", "taxi"] }), true);
  assert.equal(about({ tags: ["prod", "test"] }), false);
  assert.equal(about({ folder: "/work" }), true);
  assert.equal(about({ folder: "/work/flow" }), false);
  assert.equal(about({ flows: ["etl"], deployments: ["daily"], folder: "/elsewhere" }), false);
});

test("should notice a run that is late and one that takes long, by its time of going on alone", () => {
  const late = automation({ type: "late", after: 60 });
  const long = { ...automation({ type: "long-running", than: 600 }), id: "a-2" };
  const watch = createWatch(() => [late, long], nobody);
  watch.changed(run("r1", "SCHEDULED", "Scheduled", start, { expected_start_time: isoTime(start) }));
  watch.changed(run("r2", "RUNNING", "Retrying", start, { total_run_time: 540 }));
  assert.equal(watch.next(start), start + minute);
  assert.deepEqual(watch.look(start + minute - 1), []);
  assert.deepEqual(
    watch.look(start + minute).map(({ key }) => key),
    ["r1 late", "r2 long-running"],
  );
  watch.changed(run("r1", "RUNNING", "Running", start + minute));
  watch.changed(run("r2", "COMPLETED", "Completed", start + minute));
  assert.deepEqual(watch.look(start + 5 * minute), []);
  assert.equal(watch.next(start + 5 * minute), start + 11 * minute);
});

test("should hear silence once, and again after somebody was heard", () => {
  const watch = createWatch(() => [automation({ type: "silence", within: 3600 })], nobody);
  const keyAt = (minutes: number) => watch.look(start + minutes * minute)[0]?.key;
  assert.equal(keyAt(59), undefined);
  const first = keyAt(60);
  assert.equal(keyAt(600), first);
  watch.changed(run("r1", "FAILED", "Failed", start + 601 * minute));
  assert.equal(keyAt(602), first);
  watch.changed(run("r2", "COMPLETED", "Completed", start + 610 * minute));
  assert.equal(keyAt(669), undefined);
  assert.notEqual(keyAt(670), first);
});

test("should fire while the rate of failures is too high, and be calm when it has fallen", () => {
  const rate = automation({ type: "failure-rate", rate: 0.5, within: 3600, at_least: 4 });
  const watch = createWatch(() => [rate], nobody);
  const end = (id: string, ok: boolean, at: number) =>
    watch.changed(run(id, ok ? "COMPLETED" : "FAILED", ok ? "Completed" : "Failed", start + at * minute));
  assert.deepEqual([...end("r1", false, 1), ...end("r2", false, 2), ...end("r3", true, 3)], []);
  const [hit] = end("r4", true, 4);
  assert.equal(hit?.reason, "2 of 4 runs failed within 1h");
  assert.deepEqual(watch.calmed(start + 4 * minute), []);
  // A cancelled run tells nothing about the flow.
  watch.changed(run("r5", "CANCELLED", "Cancelled", start + 5 * minute));
  assert.deepEqual(end("r6", true, 6), []);
  assert.equal(watch.calmed(start + 6 * minute).length, 1);
});
