import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeHistory } from "../../../runtime/engine/host/history.ts";
import { readKeptWork } from "../../../runtime/journal/kept-work.ts";
import { setAside } from "../../../runtime/journal/set-aside.ts";
import type { RunContents } from "../../../runtime/journal/types.ts";
import type { ResumeOptions } from "../../../runtime/protocol/live.ts";
import type { ValueRecord } from "../../../runtime/protocol/records.ts";
import { completed, ended, flowState, journalOf, rootRun, runId, started, subflow } from "./journal-of.ts";

function historyOf(
  contents: RunContents,
  options: ResumeOptions = { mode: "resume" },
  verify: (value: ValueRecord) => boolean = () => true,
) {
  const work = readKeptWork(contents);
  assert.ok(work);
  const missing: string[] = [];
  const history = makeHistory(work, {
    values: { verify },
    mode: options.mode,
    aside: setAside(work, options),
    onMissing: ({ task_run_id }) => missing.push(task_run_id),
  });
  return { history, missing, taken: (call: string) => history.take(call)?.task_run_id };
}

describe("history", () => {
  it("should give each completion back once", () => {
    const { taken } = historyOf(journalOf(["start", rootRun(), ...completed("a")]));
    assert.equal(taken("a.0"), "a");
    assert.equal(taken("a.0"), undefined);
    assert.equal(taken("b.0"), undefined);
  });

  it("should keep neither failures nor what did not finish", () => {
    const { taken } = historyOf(
      journalOf(["start", rootRun(), started("a"), ended("a", "FAILED"), started("b"), ...completed("c")]),
    );
    assert.equal(taken("a.0"), undefined);
    assert.equal(taken("b.0"), undefined);
    assert.equal(taken("c.0"), "c");
  });

  it("should go by the last start of a call: a rerun that was cut short is no completion", () => {
    const { taken } = historyOf(journalOf(["start", rootRun(), ...completed("a")], ["resume", started("a'2")]));
    assert.equal(taken("a.0"), undefined);
  });

  it("should give back what was completed over several executions", () => {
    const { history, taken } = historyOf(
      journalOf(
        ["start", rootRun(), flowState("RUNNING", runId, 1), ...completed("a")],
        ["verdict", flowState("CRASHED")],
        ["resume", flowState("RUNNING", runId, 2), { kind: "kept", task_run_ids: ["a"], at: 0 }, ...completed("b")],
      ),
    );
    assert.deepEqual([taken("a.0"), taken("b.0")], ["a", "b"]);
    assert.equal(history.root.run_count, 2);
    assert.equal(history.root.name, "quiet-otter");
  });

  it("should keep nothing for a retry, and nothing from before a retry afterwards", () => {
    const first = ["start", rootRun(), ...completed("a")] as const;
    assert.equal(historyOf(journalOf([...first]), { mode: "retry" }).taken("a.0"), undefined);
    const { taken } = historyOf(journalOf([...first], ["retry", ...completed("b")]));
    assert.deepEqual([taken("a.0"), taken("b.0")], [undefined, "b"]);
  });

  it("should set aside what --from names with everything downstream, and remember it in later resumes", () => {
    const first = [
      "start",
      rootRun(),
      ...completed("a"),
      ...completed("b", ["a"]),
      ...completed("c", ["b"]),
      ...completed("d"),
    ] as const;
    const { taken } = historyOf(journalOf([...first]), { mode: "resume", from: ["b"] });
    assert.deepEqual(["a.0", "b.0", "c.0", "d.0"].map(taken), ["a", undefined, undefined, "d"]);
    const later = historyOf(
      journalOf([...first], ["resume", { kind: "invalidated", task_run_ids: ["b", "c"], flow_run_ids: [], at: 0 }]),
    );
    assert.deepEqual(["a.0", "b.0", "c.0", "d.0"].map(later.taken), ["a", undefined, undefined, "d"]);
  });

  it("should set aside only what --rerun names", () => {
    const contents = journalOf(["start", rootRun(), ...completed("a"), ...completed("b", ["a"])]);
    const { taken } = historyOf(contents, { mode: "resume", rerun: ["a-0"] });
    assert.deepEqual(["a.0", "b.0"].map(taken), [undefined, "b"]);
  });

  it("should enter a subflow again when something inside it runs again, and keep the rest of it", () => {
    const contents = journalOf([
      "start",
      rootRun(),
      started("s", { child_flow_run_id: "sub" }),
      subflow("sub", "s"),
      ...completed("a", [], { flow_run_id: "sub" }),
      ...completed("b", [], { flow_run_id: "sub" }),
      flowState("COMPLETED", "sub"),
      ended("s"),
      ...completed("z", ["s"]),
    ]);
    assert.ok(historyOf(contents).history.flowRun("s.0")?.completed);
    const { history, taken } = historyOf(contents, { mode: "resume", rerun: ["a"] });
    assert.deepEqual(["s.0", "a.0", "b.0", "z.0"].map(taken), [undefined, undefined, "b", "z"]);
    assert.equal(history.flowRun("s.0")?.id, "sub");
    assert.equal(history.flowRun("s.0")?.completed, undefined);
    const from = historyOf(contents, { mode: "resume", from: ["a"] });
    assert.equal(from.taken("z.0"), undefined);
  });

  it("should run everything inside a subflow again that is named itself", () => {
    const contents = journalOf([
      "start",
      rootRun(),
      started("s", { child_flow_run_id: "sub" }),
      subflow("sub", "s"),
      ...completed("a", [], { flow_run_id: "sub" }),
      flowState("COMPLETED", "sub"),
      ended("s"),
    ]);
    assert.equal(historyOf(contents, { mode: "resume", rerun: ["s"] }).taken("a.0"), undefined);
  });

  it("should refuse a task that the run does not have, and say which it has", () => {
    const contents = journalOf(["start", rootRun(), ...completed("a"), ...completed("b")]);
    assert.throws(() => historyOf(contents, { mode: "resume", from: ["nope"] }), {
      code: "not-found",
      message: /no task "nope"; its tasks are a, b/,
    });
  });

  it("should run a task again whose result is damaged, and say so", () => {
    const { taken, missing } = historyOf(journalOf(["start", rootRun(), ...completed("a")]), undefined, () => false);
    assert.equal(taken("a.0"), undefined);
    assert.deepEqual(missing, ["a"]);
  });

  it("should find a mapped item that has moved to another index", () => {
    const map = (index: number) => ({ map: { id: "m", index, size: 2 }, call: `item.${index}` });
    const { taken } = historyOf(
      journalOf(["start", rootRun(), ...completed("a", [], map(0)), ...completed("b", [], map(1))]),
    );
    assert.equal(taken("item.1"), "b");
    assert.equal(taken("item.5"), "a");
    assert.equal(taken("item.6"), undefined);
  });

  it("should not give the completion of one call to an equal one that is no item of a map", () => {
    const { taken } = historyOf(journalOf(["start", rootRun(), ...completed("a", [], { call: "same.1" })]));
    assert.equal(taken("same.0"), undefined);
  });

  it("should tell which completions of a task are left", () => {
    const { history, taken } = historyOf(
      journalOf(["start", rootRun(), ...completed("a1"), ...completed("a2"), ...completed("b")]),
    );
    taken("a1.0");
    const left = history.unused({ flow_run_id: runId, task_key: "a" });
    assert.deepEqual(
      left.map(({ task_run_id }) => task_run_id),
      ["a2"],
    );
  });

  it("should have no past when the process died before the journal said what it runs", () => {
    assert.equal(readKeptWork(journalOf(["start"])), undefined);
  });
});
