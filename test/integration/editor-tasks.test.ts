import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { testHome, untilEnded } from "../support/orchestrator.ts";

const flows = (factor: number) => `import { currentRun, flow, task, z } from "millrace";
import { appendFileSync } from "node:fs";
import { clean } from "./clean.ts";
const mark = new URL("./mark", import.meta.url);
const make = task({ name: "make", async run(n: number) {
  return Array.from({ length: n }, (_, i) => ({ i, at: new Date(i), text: "x".repeat(50) }));
} });
const sum = task({ name: "sum", cache: { key: "inputs" }, async run(rows: { i: number; at: Date }[], when: Date, odd: Map<string, bigint>) {
  appendFileSync(mark, \`\${rows.length} \${rows[1].at instanceof Date} \${when.getTime()} \${odd.get("a")}\\n\`);
  return rows.length * ${factor};
} });
const fails = task({ name: "fails", async run() { throw new Error("no"); } });
export const part = flow({ name: "part", parameters: z.object({ n: z.number() }), async run({ n }) { return clean(n); } });
export const whole = flow({ name: "whole", async run() {
  const rows = await make(100);
  await sum(rows, new Date(5), new Map([["a", 7n]]));
  await part({ n: 3 });
  await fails();
} });
`;

test("should call one task again with the inputs it had, forget a result, and tell what has changed before a resume", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const file = path.join(place.folder, "etl.ts");
  writeFileSync(file, flows(1));
  writeFileSync(
    path.join(place.folder, "clean.ts"),
    'import { task } from "millrace";\nexport const clean = task({ name: "clean", async run(n: number) { return n; } });\n',
  );
  const { id } = await client.request("POST /api/flow_runs", { body: { file, flow: "whole" } });
  assert.equal((await untilEnded(client, id)).state_name, "Failed");
  const tasksOf = async (of: string) => {
    const body = { include_subflows: true };
    return (await client.request("POST /api/flow_runs/:id/task_runs", { params: { id: of }, body })).items;
  };
  const all = await tasksOf(id);
  const taskRun = (key: string) => all.find(({ task_key }) => task_key === key)?.id ?? "";
  const marks = () => readFileSync(path.join(place.folder, "mark"), "utf8").trim().split("\n");
  const rerun = async (of: string) => {
    const run = await client.request("POST /api/task_runs/:id/rerun", { params: { id: of }, body: {} });
    return untilEnded(client, run.id);
  };

  // The rows are too large for the record of the call: they are known as the result of another task.
  const again = await rerun(taskRun("sum"));
  assert.deepEqual(
    [again.state_name, again.flow_name, again.name, again.created_by, again.flow_export],
    ["Completed", "sum", "sum-0 (again)", "task", null],
  );
  assert.deepEqual(marks(), ["100 true 5 7", "100 true 5 7"]);
  const [called] = await tasksOf(again.id);
  assert.equal(called?.task_key, "sum");
  assert.equal((await rerun(called?.id ?? "")).state_name, "Completed");
  assert.deepEqual(marks()[2], "100 true 5 7");
  const failed = await rerun(taskRun("fails"));
  assert.deepEqual([failed.state_name, failed.error?.message], ["Failed", "no"]);
  await assert.rejects(
    client.request("POST /api/flow_runs/:id/resume", { params: { id: failed.id }, body: { mode: "resume" } }),
    {
      code: "conflict",
    },
  );
  assert.equal((await rerun(taskRun("clean"))).state_name, "Completed");
  const sub = await rerun(taskRun("part"));
  assert.deepEqual([sub.flow_name, sub.parameters, sub.state_name], ["part", { n: 3 }, "Completed"]);
  const inputs = await client.request("POST /api/values/preview", {
    body: { source: { of: "inputs", task_run_id: taskRun("sum") } },
  });
  assert.ok(inputs.kind === "json" && inputs.text.includes('"a" => 7n'));

  const plan = async () => {
    const made = await client.request("POST /api/flow_runs/:id/plan", { params: { id }, body: { mode: "resume" } });
    const told = (tasks: typeof made.kept) =>
      tasks.map(({ task_key, changed, source }) => [task_key, changed, source?.line]);
    return { kept: told(made.kept), again: told(made.runs_again) };
  };
  assert.deepEqual(await plan(), {
    kept: [
      ["make", false, 15],
      ["sum", false, 16],
      ["part", false, 17],
      ["clean", false, 13],
    ],
    again: [["fails", false, 18]],
  });
  writeFileSync(file, flows(2));
  appendFileSync(path.join(place.folder, "clean.ts"), "// only a remark\n");
  assert.deepEqual(
    (await plan()).kept.map(([key, changed]) => [key, changed]),
    [
      ["make", false],
      ["sum", true],
      ["part", false],
      ["clean", false],
    ],
  );

  const forgotten = await client.request("POST /api/task_runs/:id/forget", { params: { id: taskRun("clean") } });
  assert.equal(forgotten.id, taskRun("clean"));
  assert.deepEqual(
    (await plan()).again.map(([key]) => key),
    ["part", "clean", "fails"],
  );
  await assert.rejects(client.request("POST /api/task_runs/:id/forget", { params: { id: taskRun("fails") } }), {
    code: "conflict",
  });
  await client.request("POST /api/flow_runs/:id/resume", { params: { id }, body: { mode: "resume" } });
  assert.equal((await untilEnded(client, id)).state_name, "Failed");
  assert.equal((await tasksOf(id)).filter(({ task_key }) => task_key === "clean").length, 2);
  assert.equal((await tasksOf(id)).filter(({ task_key }) => task_key === "sum").length, 1);

  const { id: good } = await client.request("POST /api/flow_runs", {
    body: { file, flow: "part", parameters: { n: 1 } },
  });
  await untilEnded(client, good);
  const resume = () =>
    client.request("POST /api/flow_runs/:id/resume", { params: { id: good }, body: { mode: "resume" } });
  await assert.rejects(resume(), { code: "conflict" });
  const [one] = await tasksOf(good);
  await client.request("POST /api/task_runs/:id/forget", { params: { id: one?.id ?? "" } });
  await resume();
  assert.equal((await untilEnded(client, good)).run_count, 2);
  assert.equal((await tasksOf(good)).length, 2);
});
