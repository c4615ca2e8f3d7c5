import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { FlowRun, LiveEvent } from "../../runtime/protocol/api.ts";
import type { MillraceError } from "../../runtime/protocol/errors.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import { isAlive, testHome, until, untilEnded } from "../support/orchestrator.ts";

const lines = (file: string): string[] => readFileSync(file, "utf8").trim().split("\n");

test("should run what it is asked for and tell about its tasks, logs and result", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const mark = place.mark("steps");
  const run = await place.run(client, "steps", { mark });
  assert.equal(run.state_type, "PENDING");
  const ended = await untilEnded(client, run.id);
  assert.equal(ended.state_name, "Completed");
  assert.deepEqual(ended.parameters, { mark, count: 3, wait: 5 });
  const { items } = await client.request("POST /api/flow_runs/:id/task_runs", { params: { id: run.id }, body: {} });
  assert.deepEqual(
    items.map(({ task_key, state_name }) => [task_key, state_name]),
    Array(3).fill(["step", "Completed"]),
  );
  const first = items[0];
  assert.ok(first);
  const detail = await client.request("GET /api/task_runs/:id", { params: { id: first.id } });
  assert.deepEqual(
    detail.states.map(({ type }) => type),
    ["RUNNING", "COMPLETED"],
  );
  assert.equal(detail.result?.kind, "inline");
});

test("should give the same run for the same idempotency key, also when asked twice at once", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const mark = place.mark("steps");
  const create = () => place.run(client, "steps", { mark }, { idempotency_key: "daily" });
  const [one, other] = await Promise.all([create(), create()]);
  assert.equal(one.id, other.id);
  await untilEnded(client, one.id);
  assert.equal((await create()).id, one.id);
  const different = await place.run(client, "steps", { mark }, { idempotency_key: "nightly" });
  assert.notEqual(different.id, one.id);
  await untilEnded(client, different.id);
  assert.equal(lines(mark).length, 6);
});

test("should give a run the id that the client chose, and the same run to whoever asks with it again", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const mark = place.mark("steps");
  const id = newId();
  const create = () => place.run(client, "steps", { mark }, { id });
  const [one, other] = await Promise.all([create(), create()]);
  assert.deepEqual([one.id, other.id], [id, id]);
  assert.equal((await untilEnded(client, id)).state_name, "Completed");
  const again = await create();
  assert.deepEqual([again.id, again.state_name], [id, "Completed"]);
  assert.equal(lines(mark).length, 3);
  const { items } = await client.request("POST /api/flow_runs/:id/task_runs", { params: { id }, body: {} });
  for (const bad of [
    "4711",
    items[0]?.id ?? "",
    "0fff0000-0000-7000-8000-000000000000",
    "01000000-0000-7000-8000-000000000000",
  ]) {
    await assert.rejects(
      place.run(client, "steps", { mark }, { id: bad }),
      (error: MillraceError) => error.code === "bad-usage" && error.fields[0]?.path === "id",
    );
  }
});

test("should know a run by its chosen id while it still waits for a runner, also after the orchestrator died", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const id = newId();
  const asked = await place.run(client, "waiting", { until: place.mark("go") }, { id });
  assert.deepEqual([asked.id, (await place.run(client, "waiting", {}, { id })).id], [id, id]);
  process.kill(client.health.pid, "SIGKILL");
  await until(() => !isAlive(client.health.pid));
  const next = await place.start();
  assert.equal((await place.run(next, "waiting", {}, { id })).id, id);
  writeFileSync(place.mark("go"), "");
  assert.equal((await untilEnded(next, id)).state_name, "Completed");
});

test("should name the field that is wrong", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const refused = async (body: object): Promise<MillraceError> => {
    let refusal: MillraceError | undefined;
    await assert.rejects(
      client.request("POST /api/flow_runs", { body: Object.assign({ file: place.file }, body) }),
      (error: MillraceError) => {
        refusal = error;
        return true;
      },
    );
    assert.ok(refusal);
    return refusal;
  };
  const tags = await refused({ tags: ["good", 7], unknown: "ignored" });
  assert.equal(tags.code, "bad-usage");
  assert.deepEqual(
    tags.fields.map(({ path }) => path),
    ["tags[1]"],
  );
  assert.equal((await refused({ file: "/nowhere/flow.ts" })).fields[0]?.path, "file");
  assert.equal((await refused({ file: "flow.ts" })).fields[0]?.path, "file");
  assert.deepEqual(
    (await refused({ parameters: [], name: "" })).fields.map(({ path }) => path),
    ["parameters", "name"],
  );
});

test("should fail a run whose file does not parse, with the place", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  writeFileSync(place.file, "import { flow } from 'millrace';\nexport const x = flow({ name: 'x' async run() {} });\n");
  const ended = await untilEnded(client, (await place.run(client, "x")).id);
  assert.equal(ended.state_type, "FAILED");
  assert.match(ended.state.message ?? "", /flows\.ts:2:\d+/);
  assert.equal(ended.error?.location?.line, 2);
});

test("should mark a run CRASHED with the signal and the last output when its runner is killed", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const mark = place.mark("pid");
  const run = await place.run(client, "stubborn", { mark });
  const pid = await until(() => Number(readIf(mark)) || undefined);
  process.kill(pid, "SIGKILL");
  const ended = await untilEnded(client, run.id);
  assert.equal(ended.state_type, "CRASHED");
  assert.match(ended.state.message ?? "", /SIGKILL/);
  assert.equal(ended.state.state_details["signal"], "SIGKILL");
  const { items } = await client.request("POST /api/flow_runs/:id/task_runs", { params: { id: run.id }, body: {} });
  assert.deepEqual(
    items.map(({ state_type }) => state_type),
    ["CRASHED"],
  );
});

test("should cancel a run that takes no notice by ending its process", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const mark = place.mark("pid");
  const run = await place.run(client, "stubborn", { mark });
  const pid = await until(() => Number(readIf(mark)) || undefined);
  await client.request("POST /api/flow_runs/:id/cancel", { params: { id: run.id }, body: { grace_ms: 100 } });
  const ended = await untilEnded(client, run.id);
  assert.equal(ended.state_type, "CANCELLED");
  await until(() => !isAlive(pid));
  await assert.rejects(client.request("POST /api/flow_runs/:id/cancel", { params: { id: run.id }, body: {} }), {
    code: "conflict",
  });
});

test("should cancel a run whose code blocks its process", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const mark = place.mark("pid");
  // Cancelled before the task's own time limit can end it.
  const run = await place.run(client, "busy", { mark });
  const pid = await until(() => Number(readIf(mark)) || undefined);
  await client.request("POST /api/flow_runs/:id/cancel", { params: { id: run.id }, body: { grace_ms: 20 } });
  const ended = await untilEnded(client, run.id);
  assert.equal(ended.state_type, "CANCELLED");
  assert.equal(isAlive(pid), false);
});

test("should cancel a run that nobody has begun yet", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const mark = place.mark("pid");
  const runs = await Promise.all(Array.from({ length: 4 }, () => place.run(client, "stubborn", { mark })));
  for (const { id } of runs) {
    await client.request("POST /api/flow_runs/:id/cancel", {
      params: { id },
      body: { grace_ms: 0, reason: "Never mind." },
    });
  }
  for (const { id } of runs) {
    const ended = await untilEnded(client, id);
    assert.equal(ended.state_type, "CANCELLED");
    assert.match(ended.state.message ?? "", /Never mind/);
  }
});

test("should end a process that blocks past a task's time limit and name the task", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const run = await place.run(client, "busy", { mark: place.mark("pid") });
  const ended = await untilEnded(client, run.id);
  assert.match(ended.state.message ?? "", /blocks/);
  const { items } = await client.request("POST /api/flow_runs/:id/task_runs", { params: { id: run.id }, body: {} });
  assert.equal(items[0]?.state_name, "TimedOut");
});

test("should resume a failed run and keep what it had done", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const mark = place.mark("once");
  const run = await place.run(client, "fails", { mark });
  assert.equal((await untilEnded(client, run.id)).state_type, "FAILED");
  writeFileSync(mark, "");
  const body = { mode: "resume" } as const;
  const plan = await client.request("POST /api/flow_runs/:id/plan", { params: { id: run.id }, body });
  assert.deepEqual(
    [plan.kept.map(({ task_key }) => task_key), plan.runs_again.map(({ task_key }) => task_key)],
    [["before"], ["once"]],
  );
  const resumed = await client.request("POST /api/flow_runs/:id/resume", { params: { id: run.id }, body });
  assert.equal(resumed.id, run.id);
  const ended = await untilEnded(client, run.id);
  assert.equal(ended.state_type, "COMPLETED");
  assert.equal(ended.run_count, 2);
  assert.equal(readFileSync(`${mark}.before`, "utf8"), "x");
  await assert.rejects(client.request("POST /api/flow_runs/:id/resume", { params: { id: run.id }, body }), {
    code: "conflict",
  });
});

test("should bring a paused run its answer, and tell when the answer is refused", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const run = await place.run(client, "asks");
  const id = { params: { id: run.id } };
  await until(async () => (await client.request("GET /api/flow_runs/:id", id)).state_type === "PAUSED");
  await assert.rejects(
    client.request("POST /api/flow_runs/:id/continue", { ...id, body: { value: { ok: "perhaps" } } }),
    {
      code: "bad-parameters",
    },
  );
  await client.request("POST /api/flow_runs/:id/continue", { ...id, body: { value: { ok: true } } });
  assert.equal((await untilEnded(client, run.id)).state_type, "COMPLETED");
});

test("should give a dead run's slots to the next in line", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  await client.request("PUT /api/concurrency_limits/:name", { params: { name: "tag:narrow" }, body: { limit: 1 } });
  const mark = place.mark("narrow");
  const first = await place.run(client, "narrow", { mark });
  const holder = await until(() => Number(readIf(mark)) || undefined);
  const second = await place.run(client, "narrow", { mark });
  await until(async () => {
    const { items } = await client.request("POST /api/flow_runs/:id/task_runs", {
      params: { id: second.id },
      body: {},
    });
    return items[0]?.state_name === "AwaitingConcurrencySlot";
  });
  assert.equal(lines(mark).length, 1);
  process.kill(holder, "SIGKILL");
  await until(() => lines(mark).length === 2);
  writeFileSync(`${mark}.go`, "");
  assert.equal((await untilEnded(client, first.id)).state_type, "CRASHED");
  assert.equal((await untilEnded(client, second.id)).state_type, "COMPLETED");
});

test("should describe a file without running it, and again after an edit", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const describe = () => client.request("POST /api/describe", { body: { file: place.file } });
  const names = (await describe()).flows.map(({ name }) => name);
  assert.ok(names.includes("steps"));
  writeFileSync(
    place.file,
    'import { flow } from "millrace";\nexport const only = flow({ name: "only", async run() {} });\n',
  );
  assert.deepEqual(
    (await describe()).flows.map(({ name }) => name),
    ["only"],
  );
  assert.deepEqual(await client.request("POST /api/prepare", { body: { file: place.file } }), { files: 1 });
});

test("should remove a run that has ended and refuse one that has not", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const go = place.mark("go");
  const run = await place.run(client, "waiting", { until: go });
  const id = { params: { id: run.id } };
  await assert.rejects(client.request("DELETE /api/flow_runs/:id", id), { code: "conflict" });
  writeFileSync(go, "");
  await untilEnded(client, run.id);
  await until(() => client.request("DELETE /api/flow_runs/:id", id).catch(() => undefined));
  await assert.rejects(client.request("GET /api/flow_runs/:id", id), { code: "not-found" });
});

test("should keep variables over a restart and publish them", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const name = { params: { name: "city" } };
  await client.request("PUT /api/variables/:name", { ...name, body: { value: { name: "New York" } } });
  process.kill(client.health.pid, "SIGKILL");
  const again = await place.start();
  const { variables } = await again.request("GET /api/variables");
  assert.deepEqual(
    variables.map(({ name: key, value }) => [key, value]),
    [["city", { name: "New York" }]],
  );
  const published = JSON.parse(readFileSync(`${place.home}/published.json`, "utf8"));
  assert.deepEqual(published.variables, { city: { name: "New York" } });
  await again.request("DELETE /api/variables/:name", name);
  await assert.rejects(again.request("DELETE /api/variables/:name", name), { code: "not-found" });
});

test("should show live changes in order and without gaps", async (t) => {
  const place = testHome(t);
  const client = await place.start();
  const events: LiveEvent[] = [];
  const subscription = client.subscribe({ onEvent: (event) => events.push(event) });
  await subscription.connected;
  const run = await place.run(client, "steps", { mark: place.mark("steps") });
  const last = await until(() => events.map(endOf).find((end) => end?.id === run.id));
  assert.equal(last.state_type, "COMPLETED");
  const numbers = events.map(({ seq }) => seq);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => (numbers[0] ?? 0) + index),
  );
  // Whoever asks for everything after an earlier number gets the same again.
  const later: LiveEvent[] = [];
  const middle = numbers[1] ?? 0;
  const second = client.subscribe({ after: middle, onEvent: (event) => later.push(event) });
  await until(() => later.length >= numbers.length - 2);
  assert.deepEqual(later, events.slice(2));
  subscription.close();
  second.close();
});

function endOf(event: LiveEvent): FlowRun | undefined {
  return event.type === "flow-run" && event.flow_run.end_time !== null ? event.flow_run : undefined;
}

function readIf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
