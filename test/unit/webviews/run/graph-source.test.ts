import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { effect, signal } from "@preact/signals-core";
import { createRunGraphSource } from "../../../../webviews/run/graph/source.ts";
import { createTaskTable } from "../../../../webviews/run/task-table.ts";
import { runId, sampleTask, taskId } from "./samples.ts";

function open() {
  const builder = createTaskTable();
  const tasks = signal(builder.table());
  const chosen = signal<string | null>(null);
  const opened = signal<Record<string, boolean>>({});
  const delayed: (() => void)[] = [];
  const codes: string[] = [];
  let time = 0;
  const source = createRunGraphSource({
    store: { runId, tasks },
    selection: {
      taskRunId: chosen,
      select: (id) => {
        chosen.value = id;
      },
    },
    opened,
    openCode: (task) => codes.push(task.id),
    later: (work) => delayed.push(work),
    now: () => time,
  });
  const put = (...list: Parameters<typeof builder.put>[0][]) => {
    for (const task of list) builder.put(task);
    tasks.value = builder.table();
  };
  return {
    source,
    put,
    chosen,
    opened,
    codes,
    delayed,
    wait: (ms: number) => {
      time += ms;
    },
  };
}

const item = (index: number, type: "RUNNING" | "COMPLETED" | "FAILED" = "RUNNING") =>
  sampleTask(index, { map_id: "m", map_index: index }, { type });

describe("createRunGraphSource", () => {
  it("should draw only the box whose task run has changed", () => {
    const { source, put } = open();
    put(sampleTask(0, { task_key: "a" }, { type: "RUNNING" }), sampleTask(1, { task_key: "b" }, { type: "RUNNING" }));
    const drawn: Record<string, number> = {};
    for (const id of [taskId(0), taskId(1)]) {
      effect(() => {
        source.look(id);
        drawn[id] = (drawn[id] ?? 0) + 1;
      });
    }
    const before = source.drawing.value;
    put(sampleTask(1, { task_key: "b" }, { type: "COMPLETED" }));
    assert.deepEqual(drawn, { [taskId(0)]: 1, [taskId(1)]: 2 });
    assert.equal(source.look(taskId(1)).icon, "pass");
    assert.equal(source.drawing.value, before, "nothing was laid out again");
  });

  it("should count on a map what becomes of its items, also those that come later", () => {
    const { source, put, delayed, wait } = open();
    put(item(0));
    assert.equal(source.look("map::m").detail, "0 done");
    put(item(0, "COMPLETED"));
    assert.equal(source.look("map::m").icon, "pass");
    wait(10);
    put(item(1), item(2));
    for (const work of delayed) work();
    assert.deepEqual([source.look("map::m").count, source.look("map::m").detail], ["×3", "1 done"]);
  });

  it("should wait between layouts while the graph grows, and not lose what came meanwhile", () => {
    const { source, put, delayed, wait } = open();
    put(sampleTask(0, { task_key: "a" }));
    put(sampleTask(1, { task_key: "b" }));
    put(sampleTask(2, { task_key: "c" }));
    assert.deepEqual([source.drawing.value.boxes.size, delayed.length], [1, 1]);
    for (const work of delayed.splice(0)) work();
    assert.equal(source.drawing.value.boxes.size, 3);
    wait(1000);
    put(sampleTask(3, { task_key: "d" }));
    assert.equal(source.drawing.value.boxes.size, 4);
  });

  it("should lay out again when a call was made again by a resume", () => {
    const { source, put, wait } = open();
    put(sampleTask(0, {}, { type: "FAILED" }));
    wait(1000);
    put(sampleTask(0, { superseded: true }, { type: "FAILED" }), sampleTask(1));
    assert.deepEqual([...source.drawing.value.boxes.keys()], [taskId(1)]);
  });

  it("should choose of a map the item that failed, and open its code", () => {
    const { source, put, chosen, codes } = open();
    put(item(0, "COMPLETED"), item(1, "FAILED"), item(2));
    source.select("map::m");
    assert.equal(chosen.value, taskId(1));
    assert.equal(source.selected.value, "map::m");
    source.open("map::m");
    assert.deepEqual(codes, [taskId(0)]);
    source.select(null);
    assert.equal(chosen.value, null);
  });

  it("should open and close a map, and show the chosen item in it", () => {
    const { source, put, opened } = open();
    put(item(0), item(1));
    source.toggle("map::m");
    assert.deepEqual([opened.value, source.drawing.value.boxes.size], [{ "map::m": true }, 3]);
    source.select(taskId(1));
    assert.equal(source.selected.value, taskId(1));
    source.toggle("map::m");
    assert.deepEqual([source.drawing.value.boxes.size, source.selected.value], [1, "map::m"]);
  });
});
