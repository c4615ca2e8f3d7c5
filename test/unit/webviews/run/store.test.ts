import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { signal } from "@preact/signals-core";
import fc from "fast-check";
import type { FlowRun, LiveEvent, TaskRun } from "../../../../runtime/protocol/api.ts";
import type { PageEvent, Surroundings } from "../../../../runtime/protocol/pages.ts";
import type { ArtifactRecord } from "../../../../runtime/protocol/records.ts";
import { HostProblem } from "../../../../webviews/kit/host.ts";
import { createRunStore } from "../../../../webviews/run/create-store.ts";
import { createTaskTable } from "../../../../webviews/run/task-table.ts";
import { runId, sampleRun, sampleTask, taskId } from "./samples.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const surroundings: Surroundings = { trusted: true, service: "connected", folders: [], profile: "", features: [] };

type Asked = { readonly route: string; readonly resolve: (value: never) => void; readonly reject: (e: Error) => void };

/** A host whose answers come when the test says so. */
function createHost() {
  const listeners = new Set<(event: PageEvent) => void>();
  const asked: Asked[] = [];
  const ask = (route: string) =>
    new Promise<never>((resolve, reject) => {
      asked.push({ route, resolve, reject });
    });
  return {
    host: {
      api: (route: string) => ask(route),
      call: (name: string) => ask(name),
      onEvent(listener: (event: PageEvent) => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    send: (event: PageEvent) => {
      for (const listener of listeners) listener(event);
    },
    live(event: LiveEvent) {
      this.send({ type: "live", event });
    },
    async answer(route: string, value: unknown) {
      const index = asked.findIndex((each) => each.route.includes(route));
      const [found] = asked.splice(index, 1);
      assert.ok(index >= 0 && found, `${route} was asked`);
      if (value instanceof Error) found.reject(value);
      else found.resolve(value as never);
      await settle();
    },
    waiting: () => asked.map((each) => each.route),
  };
}

function open(options: { startable?: boolean; known?: FlowRun } = {}) {
  const fake = createHost();
  const frames: (() => void)[] = [];
  const store = createRunStore({
    host: fake.host,
    runId,
    startable: options.startable ?? false,
    known: options.known ?? null,
    surroundings: signal(surroundings),
    clock: signal(5),
    frame: (draw) => frames.push(draw),
    pageSize: 2,
  });
  const draw = () => {
    for (const each of frames.splice(0)) each();
  };
  return { ...fake, store, frames, draw };
}

const tasksRoute = "/task_runs";
const runRoute = "GET /api/flow_runs/:id";
const page = (items: readonly TaskRun[], next_cursor: string | null = null) => ({ items, next_cursor });
const notFound = new HostProblem({ code: "not-found", message: "There is no run." });

describe("createRunStore", () => {
  it("should follow before it reads, so that nothing falls between", async () => {
    const { waiting, answer } = open();
    assert.deepEqual(waiting(), ["follow"]);
    await answer("follow", { seq: 10 });
    assert.deepEqual(waiting(), [runRoute, `POST /api/flow_runs/:id${tasksRoute}`, `${runRoute}/artifacts`]);
  });

  it("should show the run as soon as it is read, and its tasks page by page", async () => {
    const { store, answer, draw } = open();
    await answer("follow", { seq: 10 });
    await answer(runRoute, sampleRun());
    draw();
    assert.equal(store.phase.value, "ready");
    await answer(tasksRoute, page([sampleTask(0), sampleTask(1)], "more"));
    draw();
    assert.deepEqual([store.tasks.value.size, store.tasksRead.value], [2, false]);
    await answer(tasksRoute, page([sampleTask(2)]));
    draw();
    assert.deepEqual([store.tasks.value.size, store.tasksRead.value], [3, true]);
  });

  it("should show at once what the host knew of the run, and then what is read", async () => {
    const { store, answer, draw } = open({ known: sampleRun() });
    assert.deepEqual([store.phase.value, store.run.value?.state_type], ["ready", "RUNNING"]);
    await answer("follow", { seq: 0 });
    await answer(runRoute, sampleRun({}, { type: "COMPLETED" }));
    draw();
    assert.equal(store.run.value?.state_type, "COMPLETED");
    assert.equal(open({ known: sampleRun({ id: "another" }) }).store.phase.value, "loading");
  });

  it("should take what the host tells of the run when the script begins, until something newer comes", async () => {
    const { store, answer, draw, ...fake } = open();
    const known = (type: "RUNNING" | "COMPLETED") => fake.send({ type: "known", flow_run: sampleRun({}, { type }) });
    known("RUNNING");
    assert.deepEqual([store.phase.value, store.run.value?.state_type], ["ready", "RUNNING"]);
    await answer("follow", { seq: 0 });
    fake.live({ seq: 1, type: "flow-run", flow_run: sampleRun({}, { type: "COMPLETED" }) });
    known("RUNNING");
    draw();
    assert.equal(store.run.value?.state_type, "COMPLETED");
  });

  it("should draw once per frame, however many events come", async () => {
    const { store, answer, live, draw, frames, ...fake } = open();
    await answer("follow", { seq: 0 });
    for (let seq = 1; seq <= 500; seq++) {
      const task_runs = [sampleTask(seq, {}, { type: "RUNNING" })];
      fake.send({ type: "live", event: { seq, type: "task-runs", flow_run_id: runId, task_runs } });
    }
    assert.equal(frames.length, 1);
    assert.equal(store.tasks.value.changed.size, 0);
    draw();
    assert.equal(store.tasks.value.changed.size, 500);
  });

  it("should not take back what an event told when an older answer comes late", async () => {
    const fake = open();
    await fake.answer("follow", { seq: 0 });
    fake.live({ seq: 1, type: "task-runs", flow_run_id: runId, task_runs: [sampleTask(0)] });
    fake.live({ seq: 2, type: "flow-run", flow_run: sampleRun({}, { type: "COMPLETED" }) });
    await fake.answer(tasksRoute, page([sampleTask(0, {}, { type: "RUNNING" })]));
    await fake.answer(runRoute, sampleRun());
    fake.draw();
    assert.equal(fake.store.task(taskId(0))?.state_type, "COMPLETED");
    assert.equal(fake.store.run.value?.state_type, "COMPLETED");
    assert.equal(fake.store.live.value, false);
  });

  it("should pass over events that it had already", async () => {
    const fake = open();
    await fake.answer("follow", { seq: 5 });
    fake.live({ seq: 7, type: "task-runs", flow_run_id: runId, task_runs: [sampleTask(0)] });
    fake.live({ seq: 6, type: "task-runs", flow_run_id: runId, task_runs: [sampleTask(0, {}, { type: "RUNNING" })] });
    fake.draw();
    assert.equal(fake.store.task(taskId(0))?.state_type, "COMPLETED");
  });

  it("should show the form for a run that can be started here, and the run once it begins", async () => {
    const fake = open({ startable: true });
    await fake.answer("follow", { seq: 0 });
    await fake.answer(runRoute, notFound);
    await fake.answer(tasksRoute, notFound);
    assert.deepEqual([fake.store.phase.value, fake.store.tasksRead.value], ["new", true]);
    fake.live({ seq: 1, type: "flow-run", flow_run: sampleRun() });
    fake.draw();
    assert.equal(fake.store.phase.value, "ready");
  });

  it("should say that a run was removed, whether it finds none or hears of it", async () => {
    const missing = open();
    await missing.answer("follow", { seq: 0 });
    await missing.answer(runRoute, notFound);
    assert.equal(missing.store.phase.value, "deleted");

    const removed = open({ startable: true });
    await removed.answer("follow", { seq: 0 });
    await removed.answer(runRoute, sampleRun());
    removed.draw();
    removed.live({ seq: 1, type: "removed", flow_run_id: runId });
    assert.equal(removed.store.phase.value, "deleted");
  });

  it("should keep what it shows when a later reading fails", async () => {
    const fake = open();
    await fake.answer("follow", { seq: 0 });
    await fake.answer(runRoute, sampleRun());
    fake.draw();
    fake.live({ seq: 9, type: "reset" });
    await fake.answer(runRoute, new HostProblem({ code: "not-answering", message: "no answer" }));
    assert.equal(fake.store.phase.value, "ready");
  });

  it("should tell why a run cannot be read", async () => {
    const fake = open();
    await fake.answer("follow", new HostProblem({ code: "not-answering", message: "no answer" }));
    await fake.answer(runRoute, new HostProblem({ code: "journal-corrupt", message: "line 3 is damaged" }));
    assert.deepEqual([fake.store.phase.value, fake.store.problem.value], ["failed", "line 3 is damaged"]);
  });

  it("should read again after a reset, and drop what the reading before still brings", async () => {
    const fake = open();
    let resets = 0;
    fake.store.onReset(() => resets++);
    await fake.answer("follow", { seq: 0 });
    await fake.answer(runRoute, sampleRun());
    fake.live({ seq: 50, type: "reset" });
    await fake.answer(tasksRoute, page([sampleTask(0, {}, { type: "RUNNING" })], "more"));
    assert.equal(
      fake.waiting().filter((route) => route.includes(tasksRoute)).length,
      1,
      "the old one reads no further",
    );
    await fake.answer(tasksRoute, page([sampleTask(0)]));
    fake.draw();
    assert.deepEqual([fake.store.task(taskId(0))?.state_type, resets], ["COMPLETED", 1]);
  });

  it("should follow anew when the service is back", async () => {
    const fake = open();
    await fake.answer("follow", { seq: 0 });
    fake.send({ type: "surroundings", surroundings: { ...surroundings, service: "waiting" } });
    assert.ok(!fake.waiting().includes("follow"));
    fake.send({ type: "surroundings", surroundings });
    assert.ok(fake.waiting().includes("follow"));
  });

  it("should keep artifacts in order, the newest of each id", async () => {
    const artifact = (id: string, key: string): ArtifactRecord => ({
      kind: "artifact",
      id,
      key,
      type: "markdown",
      data: { kind: "inline", data: [key] },
      flow_run_id: runId,
      at: 1,
    });
    const fake = open();
    await fake.answer("follow", { seq: 0 });
    fake.live({ seq: 1, type: "artifact", artifact: artifact("b", "new") });
    await fake.answer("/artifacts", { artifacts: [artifact("a", "first"), artifact("b", "old")] });
    fake.draw();
    fake.live({ seq: 2, type: "artifact", artifact: artifact("a", "second") });
    fake.draw();
    assert.deepEqual(
      fake.store.artifacts.value.map(({ id, key }) => `${id} ${key}`),
      ["b new", "a second"],
    );
  });

  it("should end with the truth, however answers and events are mixed", async () => {
    const states = ["PENDING", "RUNNING", "COMPLETED"] as const;
    const steps = fc.array(fc.oneof(fc.constant("change"), fc.constant("event"), fc.constant("answer")), {
      minLength: 1,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(40), async (order, resetAt) => {
        const fake = open();
        const truth = new Map<string, TaskRun>();
        const log: LiveEvent[] = [];
        let sent = 0;
        let number = 0;
        const change = () => {
          const which = number++ % 4;
          const state = states[Math.min(2, Math.floor(number / 4))] ?? "COMPLETED";
          // Clocks go backwards: only the order of events counts.
          const task = sampleTask(which, {}, { type: state, at: -number });
          truth.set(task.id, task);
          log.push({ seq: log.length + 1, type: "task-runs", flow_run_id: runId, task_runs: [task] });
        };
        const event = () => {
          const next = log[sent];
          if (next !== undefined) {
            sent++;
            fake.live(next);
          }
        };
        /** The server reads now; the answer arrives at the next "answer". */
        let read: TaskRun[] | undefined;
        const answer = async () => {
          if (read === undefined) {
            if (fake.waiting().some((route) => route.includes(tasksRoute))) read = [...truth.values()];
            return;
          }
          if (fake.waiting().some((route) => route.includes(tasksRoute))) await fake.answer(tasksRoute, page(read));
          read = undefined;
        };
        change();
        await fake.answer("follow", { seq: 0 });
        for (const [place, step] of order.entries()) {
          if (step === "change") change();
          if (step === "event") event();
          if (step === "answer") await answer();
          if (place === resetAt) {
            sent = log.length;
            fake.live({ seq: log.length, type: "reset" });
          }
        }
        while (sent < log.length) event();
        for (let rest = 0; rest < 8; rest++) await answer();
        fake.draw();
        for (const [id, task] of truth) {
          assert.equal(fake.store.task(id)?.state.timestamp, task.state.timestamp);
        }
        assert.equal(fake.store.tasks.value.size, truth.size, "nothing doubled");
      }),
      { numRuns: 60 },
    );
  });
});

describe("createTaskTable", () => {
  it("should give task runs in the order they were made, whenever they came", () => {
    const numbers = fc.uniqueArray(fc.nat(500), { maxLength: 40 });
    fc.assert(
      fc.property(numbers, (given) => {
        const builder = createTaskTable();
        for (const number of given) builder.put(sampleTask(number));
        const expected = [...given].sort((left, right) => left - right).map(taskId);
        assert.deepEqual(
          builder
            .table()
            .all()
            .map(({ id }) => id),
          expected,
        );
      }),
    );
  });

  it("should leave out of the current ones what a resume did again", () => {
    const builder = createTaskTable();
    builder.put(sampleTask(0, { superseded: true }));
    builder.put(sampleTask(1));
    const table = builder.table();
    assert.deepEqual([table.all().length, table.current().length], [2, 1]);
    assert.deepEqual([...table.changed], [taskId(0), taskId(1)]);
    builder.put(sampleTask(0));
    assert.equal(builder.table().current().length, 2);
  });
});
