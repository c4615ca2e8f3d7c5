import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { makeHistory } from "../../../runtime/engine/host/history.ts";
import { readKeptWork } from "../../../runtime/journal/kept-work.ts";
import { planResume } from "../../../runtime/journal/resume-plan.ts";
import { setAside } from "../../../runtime/journal/set-aside.ts";
import type { StateType } from "../../../runtime/protocol/states.ts";
import { completed, ended, journalOf, rootRun, started } from "./journal-of.ts";

const ids = (tasks: readonly { readonly task_run_id: string }[]) => tasks.map(({ task_run_id }) => task_run_id);

describe("the plan of a resume", () => {
  it("should say what is kept, what runs again and why, and what is missing", () => {
    const contents = journalOf([
      "start",
      rootRun(),
      ...completed("a"),
      started("b"),
      ended("b", "FAILED"),
      started("c"),
      started("d"),
      ended("d", "COMPLETED", { kind: "file", hash: "x", size: 1 }),
      started("e"),
      ended("e", "COMPLETED", { kind: "none", reason: "persist: false" }),
    ]);
    const plan = planResume(contents, { mode: "resume" }, (value) => value.kind === "inline");
    assert.deepEqual(ids(plan.kept), ["a"]);
    assert.deepEqual(
      plan.runs_again.map(({ task_run_id, reason }) => [task_run_id, reason]),
      [
        ["b", "it failed"],
        ["c", "it did not finish"],
        ["d", "its result is missing or damaged"],
        ["e", "its result was not kept"],
      ],
    );
    assert.deepEqual(ids(plan.missing), ["d"]);
  });

  it("should keep nothing for a retry", () => {
    const plan = planResume(journalOf(["start", rootRun(), ...completed("a")]), { mode: "retry" }, () => true);
    assert.deepEqual(ids(plan.kept), []);
    assert.deepEqual(ids(plan.runs_again), ["a"]);
  });

  it("should explain what --from takes along", () => {
    const contents = journalOf(["start", rootRun(), ...completed("a"), ...completed("b", ["a"])]);
    const plan = planResume(contents, { mode: "resume", from: ["a"] }, () => true);
    assert.deepEqual(
      plan.runs_again.map(({ reason }) => reason),
      ["--from names it", "it takes the result of a-0"],
    );
  });

  it("should promise exactly what the history then gives back, whatever happened before", () => {
    const tasks = ["a", "b", "c", "d", "e"];
    const endings: readonly (StateType | undefined)[] = ["COMPLETED", "COMPLETED", "FAILED", "CRASHED", undefined];
    const execution = fc.array(
      fc.record({
        task: fc.constantFrom(...tasks),
        ending: fc.constantFrom(...endings),
        inputs: fc.subarray(tasks),
      }),
    );
    const selectors = fc.record({ from: fc.subarray(tasks), rerun: fc.subarray(tasks) });
    fc.assert(
      fc.property(fc.array(execution, { minLength: 1, maxLength: 4 }), selectors, (executions, { from, rerun }) => {
        let count = 0;
        const segments = executions.map((calls) =>
          calls.flatMap(({ task, ending, inputs }) => {
            const id = `${task}'${count++}`;
            const edges = inputs.map((input) => `${input}'${count % 3}`);
            return [started(id, { task_inputs: edges }), ...(ending === undefined ? [] : [ended(id, ending)])];
          }),
        );
        const contents = journalOf(
          ...segments.map((records, index) =>
            index === 0 ? (["start", rootRun(), ...records] as const) : (["resume", ...records] as const),
          ),
        );
        const work = readKeptWork(contents);
        assert.ok(work);
        const present = new Set([...work.tasks.values()].map(({ record }) => record.task_key));
        const options = {
          mode: "resume" as const,
          from: from.filter((task) => present.has(task)),
          rerun: rerun.filter((task) => present.has(task)),
        };
        const plan = planResume(contents, options, () => true);
        const history = makeHistory(work, {
          values: { verify: () => true },
          mode: "resume",
          aside: setAside(work, options),
          onMissing: () => assert.fail("nothing is missing"),
        });
        const given = tasks.flatMap((task) => history.take(`${task}.0`)?.task_run_id ?? []);
        assert.deepEqual(given.sort(), ids(plan.kept).sort());
        for (const id of given) {
          const { record } = work.tasks.get(id) ?? assert.fail(`${id} is unknown`);
          assert.ok(![...options.from, ...options.rerun].includes(record.task_key));
        }
        assert.equal(plan.kept.length + plan.runs_again.length, work.byCall.size);
      }),
    );
  });
});
