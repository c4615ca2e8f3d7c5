import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { LogWindowFilter } from "../../runtime/protocol/editor-api.ts";
import type { MillraceError } from "../../runtime/protocol/errors.ts";
import { testHome, untilEnded } from "../support/orchestrator.ts";

const flows = `import { flow, log, task } from "millrace";
const speak = task({ name: "speak", async run(n: number) {
  for (let i = 0; i < 10; i++) log[i === 3 ? "error" : "info"]("line " + i + " of " + n, { n });
} });
export const inner = flow({ name: "inner", async run() { await speak(100); } });
export const outer = flow({ name: "outer", async run() {
  for (let n = 0; n < 3; n++) await speak(n);
  await inner();
} });
`;

test("should give windows of a run's log by line, of a task's, and of a subflow run's, and find text in it", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const file = path.join(place.folder, "speak.ts");
  writeFileSync(file, flows);
  const { id } = await client.request("POST /api/flow_runs", { body: { file, flow: "outer" } });
  assert.equal((await untilEnded(client, id)).state_name, "Completed");
  const window = async (of: string, start: number, count: number, filter: LogWindowFilter = {}) => {
    const found = await client.request("POST /api/flow_runs/:id/logs/window", {
      params: { id: of },
      body: { start, count, filter },
    });
    return [found.start, found.total, found.lines.map(({ message }) => message)];
  };
  assert.deepEqual(await window(id, 8, 4), [8, 40, ["line 8 of 0", "line 9 of 0", "line 0 of 1", "line 1 of 1"]]);
  assert.deepEqual(await window(id, -1, 5), [39, 40, ["line 9 of 100"]]);
  assert.deepEqual(await window(id, 1, 1, { level: 40 }), [1, 4, ["line 3 of 1"]]);
  const { items } = await client.request("POST /api/flow_runs/:id/task_runs", { params: { id }, body: {} });
  const [, second] = items;
  assert.deepEqual(await window(id, 9, 9, { task_run_id: second?.id ?? "" }), [9, 10, ["line 9 of 1"]]);
  const sub = items.find(({ child_flow_run_id }) => child_flow_run_id !== null)?.child_flow_run_id ?? "";
  assert.deepEqual(await window(sub, 0, 1), [0, 10, ["line 0 of 100"]]);
  const find = (text: string, from: number, backwards: boolean) =>
    client.request("POST /api/flow_runs/:id/logs/find", { params: { id }, body: { text, from, backwards } });
  assert.deepEqual(await find("LINE 7", 8, false), { index: 17, matches: 4, position: 2 });
  assert.deepEqual(await find("line 7", 8, true), { index: 7, matches: 4, position: 1 });
  assert.equal((await find("nowhere", 0, false)).index, null);
  for (const [body, field] of [
    [{ start: 0, count: 2001 }, "count"],
    [{ start: 0.5, count: 1 }, "start"],
  ] as const) {
    await assert.rejects(
      client.request("POST /api/flow_runs/:id/logs/window", { params: { id }, body }),
      (error: MillraceError) => error.fields[0]?.path === field,
    );
  }
});
