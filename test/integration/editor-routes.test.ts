import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { testHome, until, untilEnded } from "../support/orchestrator.ts";

const flows = `import { flow, task, z } from "millrace";
const fetchAll = task({ name: "fetch", retries: 1, retryDelay: 20, async run(n: number) {
  if (n === 1 && !tried.has(n)) { tried.add(n); throw new Error("once"); }
  return n;
} });
const tried = new Set<number>();
const load = task({ name: "load", async run(fail: boolean) { if (fail) throw new Error("no"); } });
export const part = flow({ name: "part", async run() { return fetchAll(7); } });
export const whole = flow({ name: "whole", parameters: z.object({ fail: z.boolean().default(false) }), async run({ fail }) {
  for (let n = 0; n < 3; n++) await fetchAll(n);
  await part();
  await load(fail);
} });
`;

test("should tell pages of a run's time and sources, and of the runs of a flow over time and by task", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const file = path.join(place.folder, "etl.ts");
  writeFileSync(file, flows);
  const id = "ab12".repeat(10);
  mkdirSync(path.join(place.folder, ".git"));
  writeFileSync(path.join(place.folder, ".git", "HEAD"), `${id}\n`);
  const create = async (parameters: Record<string, unknown> = {}) => {
    const { id } = await client.request("POST /api/flow_runs", { body: { file, flow: "whole", parameters } });
    return untilEnded(client, id);
  };
  const [first, second] = [await create(), await create({ fail: true })];
  assert.deepEqual([first.state_name, second.state_name], ["Completed", "Failed"]);

  const { tasks } = await client.request("GET /api/flow_runs/:id/timeline", { params: { id: first.id } });
  assert.equal(tasks.length, 6);
  assert.deepEqual(
    tasks[1]?.spans.map(({ state_name, attempt }) => [state_name, attempt]),
    [
      ["Running", 1],
      ["AwaitingRetry", 1],
      ["Retrying", 2],
      ["Completed", 2],
    ],
  );
  const sub = tasks.find(({ flow_run_id }) => flow_run_id !== first.id);
  const inner = await client.request("GET /api/flow_runs/:id/timeline", { params: { id: sub?.flow_run_id ?? "" } });
  assert.deepEqual(
    inner.tasks.map(({ task_run_id }) => task_run_id),
    [sub?.task_run_id],
  );

  const { files, commit } = await client.request("GET /api/flow_runs/:id/sources", { params: { id: first.id } });
  assert.deepEqual(commit, { id });
  assert.deepEqual(
    files.map((each) => each.file),
    [file],
  );
  writeFileSync(file, `${flows}\n// edited`);
  const source = { id: first.id, hash: files[0]?.hash ?? "" };
  assert.deepEqual(await client.request("GET /api/flow_runs/:id/sources/:hash", { params: source }), {
    file,
    text: flows,
  });
  await assert.rejects(
    client.request("GET /api/flow_runs/:id/sources/:hash", { params: { ...source, hash: "../journal" } }),
    {
      code: "not-found",
    },
  );

  const history = await client.request("POST /api/flow_runs/history", {
    body: { filter: { flow_file: file }, buckets: 4 },
  });
  assert.deepEqual([history.total, history.counts, history.buckets.length], [2, { COMPLETED: 1, FAILED: 1 }, 4]);
  const grid = await client.request("POST /api/flow_runs/grid", { body: { flow_file: file, flow_export: "whole" } });
  assert.deepEqual(
    grid.tasks.map(({ task_key }) => task_key),
    ["fetch", "part", "load"],
  );
  const cell = grid.cells.find(({ flow_run_id, task_key }) => flow_run_id === second.id && task_key === "load");
  assert.deepEqual([cell?.state_type, cell?.count, cell?.failed], ["FAILED", 1, 1]);

  const summary = async (body: { files?: string[]; under?: string }) =>
    (await client.request("POST /api/flows/summary", { body })).flows.map(({ flow_export, run_count, last_run }) => [
      flow_export,
      run_count,
      last_run.id,
    ]);
  assert.deepEqual(await summary({ files: [file] }), [["whole", 2, second.id]]);
  assert.deepEqual(await summary({ under: place.folder }), [["whole", 2, second.id]]);
  assert.deepEqual(await summary({ under: place.home }), []);
  const link = `${place.folder}-link`;
  symlinkSync(place.folder, link, "junction");
  t.after(() => rmSync(link));
  assert.deepEqual(await summary({ under: link }), [["whole", 2, second.id]]);
  const listed = await client.request("POST /api/flow_runs/filter", { body: { under: [link] } });
  assert.equal(listed.items.length, 2);

  const { calls } = await client.request("POST /api/tasks/last", { body: { file } });
  assert.deepEqual(
    calls.map(({ line, name, count, failed, source_hash }) => [line, name, count, failed, source_hash === source.hash]),
    [
      [8, "fetch", 1, 0, true],
      [10, "fetch", 3, 0, true],
      [11, "part", 1, 0, true],
      [12, "load", 1, 1, true],
    ],
  );
});

test("should have kept the sources of a run that was killed", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const { id } = await place.run(client, "stubborn", { mark: place.mark("pid") });
  const sources = () => client.request("GET /api/flow_runs/:id/sources", { params: { id } });
  await until(async () => (await sources()).files.length > 0);
  process.kill(Number(readFileSync(place.mark("pid"), "utf8")), "SIGKILL");
  assert.equal((await untilEnded(client, id)).state_name, "Crashed");
  const [kept] = (await sources()).files;
  assert.equal(kept?.file, place.file);
  const { text } = await client.request("GET /api/flow_runs/:id/sources/:hash", {
    params: { id, hash: kept?.hash ?? "" },
  });
  assert.equal(text, readFileSync(place.file, "utf8"));
});
