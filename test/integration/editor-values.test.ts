import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { ValueSource } from "../../runtime/protocol/editor-api.ts";
import type { MillraceError } from "../../runtime/protocol/errors.ts";
import { testHome, untilEnded } from "../support/orchestrator.ts";

const flows = `import { artifact, flow, task, z } from "millrace";
import { writeFileSync } from "node:fs";
const make = task({ name: "make", async run(rows: number) {
  await artifact.table("counts", [["month", "rows"], [1, rows]]);
  return Array.from({ length: rows }, (_, n) => ({ n, at: new Date(n), text: "x".repeat(40) }));
} });
const save = task({ name: "save", async run(file: string, rows: unknown[]) { writeFileSync(file, "n\\n" + rows.length + "\\n"); return file; } });
const loose = task({ name: "loose", persist: false, async run() { return 1; } });
export const data = flow({ name: "data", parameters: z.object({ rows: z.number().default(2000) }), async run({ rows }) {
  const made = await make(rows);
  await loose();
  return save("out.csv", made);
} });
`;

test("should show parameters, inputs, results and artifacts of a run, also those in files that it names", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const file = path.join(place.folder, "data.ts");
  writeFileSync(file, flows);
  const { id } = await client.request("POST /api/flow_runs", { body: { file, flow: "data" } });
  const show = (source: ValueSource, offset = 0, limit = 2) =>
    client.request("POST /api/values/preview", { body: { source, offset, limit } });
  const early = await show({ of: "parameters", flow_run_id: id });
  assert.equal(early.kind, "json");
  assert.equal((await untilEnded(client, id)).state_name, "Completed");
  const parameters = await show({ of: "parameters", flow_run_id: id });
  assert.ok(parameters.kind === "json");
  assert.deepEqual(JSON.parse(parameters.text), { rows: 2000 });
  const { items } = await client.request("POST /api/flow_runs/:id/task_runs", { params: { id }, body: {} });
  const [make, loose, save] = items.map((run) => run.id);
  const made = await show({ of: "result", task_run_id: make ?? "" }, 1998, 5);
  assert.ok(made.kind === "rows");
  assert.deepEqual([made.total_rows, made.rows.length, made.rows[1]?.[1]], [2000, 2, "1970-01-01T00:00:01.999Z"]);
  const input = await show({ of: "inputs", task_run_id: make ?? "" });
  assert.ok(input.kind === "json" && input.text === "2000");
  const kept = await show({ of: "result", task_run_id: loose ?? "" });
  assert.ok(kept.kind === "missing" && kept.reason.includes("not kept"));
  for (const source of [
    { of: "result", task_run_id: save ?? "" } as const,
    { of: "result", flow_run_id: id } as const,
  ]) {
    const saved = await show(source);
    assert.ok(saved.kind === "rows");
    assert.deepEqual([saved.file, saved.rows], [path.join(place.folder, "out.csv"), [[2000]]]);
  }
  const { artifacts } = await client.request("GET /api/flow_runs/:id/artifacts", { params: { id } });
  const table = await show({ of: "artifact", flow_run_id: id, artifact_id: artifacts[0]?.id ?? "" });
  assert.ok(table.kind === "rows");
  assert.deepEqual(table.rows, [[1, 2000]]);
  for (const [source, field] of [
    [{ of: "inputs", flow_run_id: id }, "source.of"],
    [{ of: "artifact", flow_run_id: id }, "source.artifact_id"],
  ] as const) {
    const bad: object = { source };
    const good: ValueSource = { of: "result", flow_run_id: id };
    await assert.rejects(
      client.request("POST /api/values/preview", { body: Object.assign({ source: good }, bad) }),
      (error: MillraceError) => error.fields[0]?.path === field,
    );
  }
});
