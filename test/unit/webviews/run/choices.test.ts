import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PlannedTask, ResumePlan } from "../../../../runtime/protocol/api.ts";
import type { PageEvent } from "../../../../runtime/protocol/pages.ts";
import { stateTypes } from "../../../../runtime/protocol/states.ts";
import { runActions, runSpan, startedByWords, whyNot } from "../../../../webviews/run/actions.ts";
import { failingTask, successorOf } from "../../../../webviews/run/failing.ts";
import { pauseQuestion } from "../../../../webviews/run/pause.ts";
import { resumeLines, resumeOptions, resumeSummary } from "../../../../webviews/run/resume-choice.ts";
import { createSelection } from "../../../../webviews/run/selection.ts";
import { at, sampleRun, sampleTask, start, taskId } from "./samples.ts";

describe("runActions", () => {
  it("should offer first what one wants next", () => {
    const titles = Object.fromEntries(
      stateTypes.map((type) => [type, runActions(sampleRun({}, { type })).map(({ title }) => title)]),
    );
    assert.deepEqual(titles, {
      SCHEDULED: ["Cancel"],
      PENDING: ["Cancel"],
      RUNNING: ["Cancel"],
      COMPLETED: ["Run Again…"],
      FAILED: ["Resume", "Run Again…"],
      CRASHED: ["Resume", "Run Again…"],
      CANCELLING: [],
      CANCELLED: ["Resume", "Run Again…"],
      PAUSED: ["Continue…", "Cancel"],
    });
  });

  it("should leave a subflow to the run it belongs to, and offer no new run of a flow without a file", () => {
    assert.deepEqual(runActions(sampleRun({ parent_flow_run_id: "parent" })), []);
    assert.deepEqual(runActions(sampleRun({ flow_file: "" }, { type: "COMPLETED" })), []);
  });

  it("should say why nothing can be done in Restricted Mode", () => {
    assert.match(whyNot({ trusted: false, service: "connected" }) ?? "", /Restricted Mode/);
    assert.equal(whyNot({ trusted: true, service: "stopped" }), null);
  });

  it("should tell who started a run, and how long it took", () => {
    assert.equal(startedByWords("cli"), "from the command line");
    assert.equal(startedByWords("robot"), "by robot");
    assert.equal(runSpan(sampleRun({ start_time: null })), null);
    assert.deepEqual(runSpan(sampleRun({ end_time: at(9) })), { from: start, to: null });
    assert.deepEqual(runSpan(sampleRun({ end_time: at(9) }, { type: "COMPLETED" })), { from: start, to: start + 9 });
  });
});

describe("failingTask", () => {
  const failed = (number: number, end: number, more: Parameters<typeof sampleTask>[1] = {}) =>
    sampleTask(number, { end_time: at(end), error: { name: "Error", message: "no" }, ...more }, { type: "FAILED" });
  const run = (type: "FAILED" | "CRASHED" | "COMPLETED") => sampleRun({}, { type });

  it("should find the task that failed first by itself", () => {
    const upstream = failed(2, 5, { error: { name: "MillraceError", message: "x", code: "upstream-failed" } });
    const tasks = [sampleTask(0), failed(1, 10), upstream, failed(3, 8)];
    assert.equal(failingTask(run("FAILED"), tasks)?.id, taskId(3));
    assert.equal(failingTask(run("COMPLETED"), tasks), null);
  });

  it("should find the task within the subflow, not the subflow", () => {
    const tasks = [failed(0, 9, { child_flow_run_id: "child" }), failed(1, 9, { flow_run_id: "child" })];
    assert.equal(failingTask(run("FAILED"), tasks)?.id, taskId(1));
    assert.equal(failingTask(run("FAILED"), tasks.slice(0, 1))?.id, taskId(0));
  });

  it("should pass over what a resume made again", () => {
    assert.equal(failingTask(run("FAILED"), [failed(0, 1, { superseded: true })]), null);
  });

  it("should find what a resume made of a call", () => {
    const before = failed(0, 1, { superseded: true });
    const again = sampleTask(2, { dynamic_key: "0" });
    assert.equal(successorOf(before, [sampleTask(1), again])?.id, taskId(2));
    assert.equal(successorOf(before, [sampleTask(1)]), undefined);
    assert.equal(successorOf(again, [again]), undefined);
  });

  it("should find the task that was being executed when the process ended", () => {
    const crashed = sampleTask(1, { end_time: at(20) }, { type: "CRASHED" });
    assert.equal(failingTask(run("CRASHED"), [failed(0, 1), crashed])?.id, taskId(1));
  });
});

describe("resume", () => {
  const task = (number: number, more: Partial<PlannedTask> = {}): PlannedTask => ({
    task_run_id: taskId(number),
    name: `t${number}`,
    task_key: "t",
    state_name: "Completed",
    ...more,
  });
  const plan: ResumePlan = {
    run_id: "r",
    kept: [task(0), task(1, { changed: true })],
    runs_again: [
      { ...task(2), reason: "it failed" },
      { ...task(3), reason: "its result is missing or damaged" },
    ],
    missing: [task(3)],
  };

  it("should tell of each task what becomes of it, what needs a thought first", () => {
    assert.deepEqual(
      resumeLines(plan).map(({ task: { name }, fate, note, choice }) => [name, fate, note, choice]),
      [
        ["t2", "runs", "it failed", false],
        ["t3", "runs", "its result is missing from the disk", false],
        ["t1", "kept", "its code was changed since", true],
        ["t0", "kept", "", true],
      ],
    );
  });

  it("should count with what was ticked", () => {
    const lines = resumeLines(plan);
    assert.equal(
      resumeSummary(lines, new Set()),
      "2 tasks are kept, 2 run again; then the flow goes on. The code of 1 task was changed since.",
    );
    assert.equal(resumeSummary(lines, new Set([taskId(1)])), "1 task is kept, 3 run again; then the flow goes on.");
    assert.match(resumeSummary([], new Set()), /from its beginning/);
  });

  it("should ask for what was ticked, and allow what is missing to run", () => {
    const ticked = new Set([taskId(1)]);
    assert.deepEqual(resumeOptions({ mode: "resume", from: ["x"] }, plan, ticked), {
      mode: "resume",
      from: ["x"],
      rerun: [taskId(1)],
      allow_rerun: true,
    });
    assert.deepEqual(resumeOptions({ mode: "resume" }, { ...plan, missing: [] }, new Set()), { mode: "resume" });
  });
});

describe("pauseQuestion", () => {
  it("should ask for an object field by field, and for anything else in one field", () => {
    const object = { type: "object", properties: { ok: { type: "boolean" } } };
    const asked = pauseQuestion({ state_details: { pause_key: "ok", pause_schema: object } });
    assert.deepEqual([asked.key, asked.formSchema, asked.unwrap({ ok: true })], ["ok", object, { ok: true }]);
    const one = pauseQuestion({ state_details: { pause_schema: { type: "number" } } });
    assert.deepEqual(one.formSchema, {
      type: "object",
      properties: { answer: { type: "number" } },
      required: ["answer"],
    });
    assert.equal(one.unwrap({ answer: 3 }), 3);
  });

  it("should need no form where any answer will do", () => {
    assert.deepEqual(pauseQuestion({ state_details: { pause_key: 1 } }).formSchema, null);
  });
});

describe("createSelection", () => {
  function open(kept: unknown = undefined) {
    let state: unknown = kept;
    const listeners: ((event: PageEvent) => void)[] = [];
    const host = {
      state: {
        get: () => state,
        set: (next: unknown) => {
          state = next;
        },
      },
      onEvent(listener: (event: PageEvent) => void) {
        listeners.push(listener);
        return () => {};
      },
    };
    return { selection: createSelection(host), state: () => state, send: (event: PageEvent) => listeners[0]?.(event) };
  }

  it("should come back to what was chosen", () => {
    const first = open();
    first.selection.showTab("logs");
    first.selection.select("t1");
    const again = open(first.state()).selection;
    assert.deepEqual([again.tab.value, again.taskRunId.value], ["logs", "t1"]);
  });

  it("should follow a suggestion only until somebody chooses", () => {
    const { selection, state } = open();
    selection.suggest("failing", "graph");
    assert.equal(selection.taskRunId.value, "failing");
    assert.equal(open(state()).selection.chosen(), false, "a suggestion is not remembered");
    selection.select(null);
    selection.suggest("failing");
    assert.equal(selection.taskRunId.value, null);
    assert.equal(open({ tab: "results" }).selection.chosen(), true);
  });

  it("should show the task that the editor asks for", () => {
    const { selection, send } = open();
    send({ type: "select", task_run_id: "t9" });
    assert.equal(selection.taskRunId.value, "t9");
  });
});
