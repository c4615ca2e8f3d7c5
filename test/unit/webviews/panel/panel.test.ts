import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { signal } from "@preact/signals";
import fc from "fast-check";
import type { TaskRun } from "../../../../runtime/protocol/api.ts";
import { type StateType, stateNames, stateTypes } from "../../../../runtime/protocol/states.ts";
import { fieldsOf } from "../../../../webviews/form/fields.ts";
import { withoutSecrets } from "../../../../webviews/form/secrets.ts";
import { keepValues, readKept, valuesToKeep } from "../../../../webviews/panel/kept-values.ts";
import { addLines } from "../../../../webviews/panel/log-lines.ts";
import { progressOf, taskLines } from "../../../../webviews/panel/task-lines.ts";

function task(index: number, key: string, type: StateType, more: Partial<TaskRun> = {}): TaskRun {
  const name = stateNames[type][0];
  return {
    id: `id-${String(index).padStart(5, "0")}`,
    name: `${key}-${more.dynamic_key ?? 0}`,
    flow_run_id: "run",
    parent_task_run_id: null,
    child_flow_run_id: null,
    task_key: key,
    dynamic_key: "0",
    map_id: null,
    map_index: null,
    task_inputs: [],
    tags: [],
    state_type: type,
    state_name: name,
    state: { type, name, timestamp: "2026-01-01T00:00:00Z", message: null, state_details: {} },
    run_count: 1,
    start_time: "2026-01-01T00:00:00Z",
    end_time: type === "COMPLETED" || type === "FAILED" ? "2026-01-01T00:00:02Z" : null,
    total_run_time: 2,
    source: null,
    error: null,
    ...more,
  };
}

const many = (count: number, key: string, type: StateType, from = 0) =>
  Array.from({ length: count }, (_, index) => task(from + index, key, type, { dynamic_key: String(index) }));

describe("tasks of a run in a few lines", () => {
  it("should put many calls of one task on one line, with the state that needs a look", () => {
    const tasks = [
      task(0, "list", "COMPLETED"),
      ...many(480, "fetch", "COMPLETED", 1),
      ...many(3, "fetch", "FAILED", 500),
    ];
    const { lines } = taskLines(tasks, 8);
    assert.deepEqual(
      lines.map(({ name, count, done, failed, state_type }) => [name, count, done, failed, state_type]),
      [
        ["list", 1, 1, 0, "COMPLETED"],
        ["fetch", 483, 480, 3, "FAILED"],
      ],
    );
    assert.equal(lines[1]?.task_run_id, "id-00500");
  });

  it("should tell a few calls of one task apart by their numbers", () => {
    assert.deepEqual(
      taskLines(many(2, "read", "COMPLETED"), 8).lines.map(({ name }) => name),
      ["read-0", "read-1"],
    );
  });

  it("should show a time only from when it began, and an end only when all have ended", () => {
    const [line] = taskLines([...many(3, "a", "COMPLETED"), ...many(1, "a", "RUNNING", 9)], 8).lines;
    assert.equal(line?.to, null);
    assert.equal(line?.from, Date.parse("2026-01-01T00:00:00Z"));
  });

  it("should never hide what fails or runs behind what has ended", () => {
    const quiet = Array.from({ length: 20 }, (_, index) => task(index, `task${index}`, "COMPLETED"));
    const { lines, more } = taskLines([task(100, "bad", "FAILED"), ...quiet, task(101, "now", "RUNNING")], 8);
    assert.equal(lines.length, 8);
    assert.equal(more, 14);
    assert.deepEqual([lines[0]?.name, lines.at(-1)?.name], ["bad", "now"]);
    assert.equal(lines.at(-2)?.name, "task19");
  });

  it("should account for every task, in the order in which they came", () => {
    const type = fc.constantFrom(...stateTypes);
    const list = fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d", "e"), type), { maxLength: 60 });
    fc.assert(
      fc.property(list, fc.integer({ min: 1, max: 10 }), (given, room) => {
        const tasks = given.map(([key, state], index) => task(index, key, state, { dynamic_key: String(index) }));
        const { lines, more } = taskLines(tasks, room);
        assert.ok(lines.length <= room);
        if (more === 0)
          assert.equal(
            lines.reduce((sum, line) => sum + line.count, 0),
            tasks.length,
          );
        const { done, total } = progressOf(tasks);
        assert.ok(done <= total && total === tasks.length);
      }),
    );
  });
});

describe("what the view keeps while it is hidden", () => {
  const fields =
    fieldsOf({
      type: "object",
      properties: {
        name: { type: "string" },
        token: { type: "string", writeOnly: true },
        any: {},
        inner: {
          type: "object",
          properties: { key: { type: "string", format: "password" }, port: { type: "integer" } },
        },
        rows: {
          type: "array",
          items: { type: "object", properties: { secret: { type: "string", format: "password" } } },
        },
      },
    }) ?? [];

  it("should hold no secret, nor anything that might be one", () => {
    const values = {
      name: "x",
      token: "s",
      any: "s",
      other: "s",
      inner: { key: "s", port: 1 },
      rows: [{ secret: "s" }],
    };
    const form = { fields: signal(fields), values: signal(values), state: signal("ready" as const) };
    assert.deepEqual(valuesToKeep(form), { name: "x", inner: { port: 1 }, rows: [{}] });
  });

  it("should take an earlier run's values without its secrets, which are asterisks there", () => {
    const values = { name: "x", token: "********", any: [1], other: 2, inner: { key: "********", port: 1 } };
    assert.deepEqual(withoutSecrets(fields, values), { name: "x", any: [1], other: 2, inner: { port: 1 } });
  });

  it("should keep nothing while it is not known which values are secret", () => {
    const form = {
      fields: signal(fields),
      values: signal({ name: "x" }),
      state: signal<"describing" | "ready">("describing"),
    };
    assert.equal(valuesToKeep(form), undefined);
    form.state.value = "ready";
    assert.deepEqual(valuesToKeep(form), { name: "x" });
  });

  it("should keep the newest flows, and forget a form that is back at its defaults", () => {
    let kept = readKept("nonsense");
    for (let index = 0; index < 12; index++) kept = keepValues(kept, `flow${index}`, { a: index });
    assert.equal(Object.keys(kept).length, 10);
    assert.equal(kept["flow0"], undefined);
    assert.equal(keepValues(kept, "flow5", {})["flow5"], undefined);
    assert.deepEqual(readKept({ forms: { a: { b: 1 }, c: 3 } }), { a: { b: 1 } });
  });
});

describe("last lines of a log", () => {
  const line = (at: number, message: string) => ({ at, level: 20, message, name: "log", flow_run_id: "run" });

  it("should show each line once, whether it was read, came live, or both", () => {
    const read = [line(1, "a"), line(2, "b")];
    assert.deepEqual(
      addLines(read, [line(2, "b"), line(3, "b")], 5).map(({ at }) => at),
      [1, 2, 3],
    );
  });

  it("should keep the newest where there is no room for all", () => {
    assert.deepEqual(
      addLines([line(1, "a")], [line(2, "b"), line(3, "c")], 2).map(({ message }) => message),
      ["b", "c"],
    );
  });
});
