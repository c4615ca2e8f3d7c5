import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { createRealFiles } from "../../../extension/real-files.ts";
import { createRunModel } from "../../../extension/service/run-model.ts";
import { createService } from "../../../extension/service/service.ts";
import { createThrottle } from "../../../extension/service/throttle.ts";
import type { FlowRun, TaskRun } from "../../../runtime/protocol/api.ts";
import { fakeClient, flowRun } from "../../support/fake-client.ts";
import { fakeVscode, Uri } from "../../support/fake-vscode.ts";
import { until } from "../../support/until.ts";

const log = { info() {}, warn() {}, error() {} };
const folder = path.resolve("/nowhere/work");
const file = path.join(folder, "etl.ts");

function modelWith(runs: readonly FlowRun[], tasks: readonly TaskRun[] = []) {
  const vscode = fakeVscode({ folders: [folder] }).api;
  const client = fakeClient({
    "POST /api/flow_runs/filter": () => ({ items: runs, next_cursor: null }),
    "POST /api/flow_runs/:id/task_runs": () => ({ items: tasks, next_cursor: null }),
  });
  const service = createService({
    ...{ vscode, log, home: "/home", node: () => undefined },
    connector: { connect: async () => client, connectOrStart: async () => client },
  });
  const model = createRunModel({ vscode, service, log, files: createRealFiles(vscode), changeEvery: 1 });
  return { model, client, service };
}

test("should hold live runs and the last fifty that ended, newest first", async (t) => {
  const ended = Array.from({ length: 60 }, (_, minute) => flowRun(`e${minute}`, { minute, flow_file: file }));
  const live = flowRun("live", { minute: 0, state_type: "RUNNING", flow_file: file });
  const { model, service } = modelWith([...ended, live]);
  t.after(() => {
    model.dispose();
    service.dispose();
  });
  await service.client();
  await until(() => model.runs.length > 0);
  assert.equal(model.runs.length, 51);
  assert.equal(model.runs[0]?.id, "e59");
  assert.equal(model.runs.at(-1)?.id, "live");
});

test("should take in runs of this workspace as they are told, and know the newest of each flow from anywhere", async (t) => {
  const { model, service, client } = modelWith([]);
  t.after(() => {
    model.dispose();
    service.dispose();
  });
  await service.client();
  await model.refresh();
  const elsewhere = path.resolve("/nowhere/else/etl.ts");
  client.say({ seq: 1, type: "flow-run", flow_run: flowRun("here", { state_type: "RUNNING", flow_file: file }) });
  client.say({ seq: 2, type: "flow-run", flow_run: flowRun("there", { flow_file: elsewhere }) });
  client.say({
    seq: 3,
    type: "flow-run",
    flow_run: flowRun("sub", { minute: 5, flow_file: file, parent_flow_run_id: "here" }),
  });
  assert.deepEqual(
    model.runs.map((run) => run.id),
    ["here"],
  );
  const target = { uri: Uri.file(file).toString(), export: "etl", name: "etl" };
  assert.equal(model.lastRun(target)?.id, "sub");
  assert.equal(model.find("there")?.id, "there");
  client.say({ seq: 4, type: "removed", flow_run_id: "here" });
  assert.deepEqual(model.runs, []);
});

test("should not put back what a slower answer tells of an earlier moment", async (t) => {
  const { model, service, client } = modelWith([flowRun("a", { state_type: "RUNNING", flow_file: file })]);
  t.after(() => {
    model.dispose();
    service.dispose();
  });
  await service.client();
  await until(() => model.runs.length === 1);
  const answer = Promise.withResolvers<{ items: readonly FlowRun[]; next_cursor: null }>();
  client.answers["POST /api/flow_runs/filter"] = () => answer.promise;
  const refreshed = model.refresh();
  client.say({ seq: 9, type: "flow-run", flow_run: flowRun("a", { state_type: "COMPLETED", flow_file: file }) });
  answer.resolve({ items: [flowRun("a", { state_type: "RUNNING", flow_file: file })], next_cursor: null });
  await refreshed;
  assert.equal(model.runs[0]?.state_type, "COMPLETED");
});

test("should read a run's tasks when asked, and keep them fresh from then on", async (t) => {
  const task = (id: string, start: string | null, state: "RUNNING" | "COMPLETED" = "COMPLETED"): TaskRun => ({
    ...{ id, name: id, flow_run_id: "r", parent_task_run_id: null, child_flow_run_id: null, task_key: id },
    ...{ dynamic_key: "0", map_id: null, map_index: null, task_inputs: [], tags: [], state_type: state },
    state_name: state === "RUNNING" ? "Running" : "Completed",
    state: { type: state, name: "Running", timestamp: "", message: null, state_details: {} },
    ...{ run_count: 1, start_time: start, end_time: null, total_run_time: 0, source: null, error: null },
  });
  const { model, service, client } = modelWith(
    [],
    [task("b", "2026-01-01T00:00:02Z"), task("a", "2026-01-01T00:00:01Z")],
  );
  t.after(() => {
    model.dispose();
    service.dispose();
  });
  await service.client();
  await model.refresh();
  client.say({ seq: 1, type: "task-runs", flow_run_id: "r", task_runs: [task("early", "2026-01-01T00:00:00Z")] });
  assert.deepEqual(
    (await model.tasks("r")).map((one) => one.id),
    ["a", "b"],
  );
  client.say({ seq: 2, type: "task-runs", flow_run_id: "r", task_runs: [task("c", null, "RUNNING")] });
  assert.deepEqual(
    (await model.tasks("r")).map((one) => one.id),
    ["a", "b", "c"],
  );
});

test("should learn the last runs of files it is told of, once", async (t) => {
  const { model, service, client } = modelWith([]);
  t.after(() => {
    model.dispose();
    service.dispose();
  });
  client.answers["POST /api/flows/summary"] = () => ({
    flows: [
      {
        ...{ flow_file: file, flow_export: "etl", flow_name: "etl", run_count: 3 },
        last_run: flowRun("old", { flow_file: file }),
      },
    ],
  });
  await service.client();
  await model.refresh();
  await model.learn([file]);
  await model.learn([file]);
  assert.equal(model.lastRun({ uri: Uri.file(file).toString(), export: "etl", name: "etl" })?.id, "old");
  assert.equal(client.sent("POST /api/flows/summary").length, 1);
});

test("should call at once, then together at the end of the interval", async () => {
  let calls = 0;
  const throttle = createThrottle(() => calls++, 10);
  for (let n = 0; n < 100; n++) throttle.call();
  assert.equal(calls, 1);
  await until(() => calls === 2);
  throttle.dispose();
});
