/** Journals for the tests of fold and index: a run told step by step, with positions and offsets. */

import type { RunBatch } from "../../../runtime/orchestrator/index/store.ts";
import type {
  FlowRunRecord,
  JournalRecord,
  PositionedRecord,
  SegmentRecord,
  TaskRunRecord,
} from "../../../runtime/protocol/records.ts";
import { makeState, type State, type StateType } from "../../../runtime/protocol/states.ts";

export const start = Date.UTC(2026, 0, 15, 12);

let ids = 0;

/** A UUIDv7 of that time. (`newId` never goes back in time within a process, which a test must be able to.) */
export function idAt(milliseconds: number): string {
  const time = milliseconds.toString(16).padStart(12, "0");
  const count = (ids++).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${count}`;
}

const writer = { pid: 7, start_time: "", boot_id: "boot", host: "here", millrace: "0.1.0", node: "v22" };

export interface Story {
  readonly runId: string;
  /** All records so far. */
  readonly records: readonly PositionedRecord[];
  /** The records told since the last call, as a batch. One record counts as 100 bytes. */
  batch(): RunBatch;
  segment(reason?: "start" | "resume" | "retry" | "verdict" | "import", seals?: SegmentRecord["seals"]): void;
  flowRun(more?: Partial<FlowRunRecord>): string;
  flowState(type: StateType, rest?: Partial<State> & { at?: number; run_count?: number }, id?: string): void;
  taskRun(more?: Partial<TaskRunRecord>): string;
  taskState(id: string, type: StateType, rest?: Partial<State> & { at?: number; run_count?: number }): void;
  add(record: JournalRecord): void;
  /** Milliseconds since the epoch; each record moves it on by 10. */
  now: number;
}

export function tell(at = start, runId = idAt(at)): Story {
  const records: PositionedRecord[] = [];
  let segment = 0;
  let seq = 0;
  let told = 0;
  let toldOffset = 0;
  const story: Story = {
    runId,
    records,
    now: at,
    batch() {
      const fresh = records.slice(told).filter(({ position }) => position.segment === segment);
      const fromOffset = toldOffset;
      told = records.length;
      toldOffset = seq * 100;
      return { runId, segment, fromOffset, toOffset: toldOffset, records: fresh };
    },
    segment(reason = "start", seals) {
      segment += 1;
      seq = 0;
      toldOffset = 0;
      story.add({
        kind: "segment",
        run_id: runId,
        segment,
        version: { major: 1, minor: 0 },
        reason,
        ...(seals === undefined ? {} : { seals }),
        writer,
        at: story.now,
      });
    },
    flowRun(more = {}) {
      const id = more.id ?? runId;
      story.add({
        kind: "flow-run",
        id,
        at: story.now,
        name: "quiet-otter",
        flow: { name: "etl", file: "/work/etl.ts", export: "etl" },
        parameters: { kind: "inline", data: [{}] },
        ...more,
      });
      return id;
    },
    flowState(type, { at: time, run_count, ...rest } = {}, id = runId) {
      const state = makeState(type, time ?? story.now, rest);
      story.add({ kind: "flow-run-state", id, state, ...(run_count === undefined ? {} : { run_count }) });
    },
    taskRun(more = {}) {
      const id = more.id ?? idAt(story.now);
      story.add({
        kind: "task-run",
        id,
        at: story.now,
        flow_run_id: runId,
        name: "fetch",
        task_key: "fetch",
        call: "call",
        dynamic_key: "0",
        state: makeState("RUNNING", story.now),
        ...more,
      });
      return id;
    },
    taskState(id, type, { at: time, run_count, ...rest } = {}) {
      const state = makeState(type, time ?? story.now, rest);
      story.add({ kind: "task-run-state", id, state, ...(run_count === undefined ? {} : { run_count }) });
    },
    add(record) {
      if (segment === 0 && record.kind !== "segment") story.segment();
      records.push({ position: { segment, seq: seq++ }, record });
      story.now += 10;
    },
  };
  return story;
}

/** A whole run: `tasks` task runs one after another, then the state given. */
export function tellRun(at: number, more: Partial<FlowRunRecord> = {}, tasks = 2, end: StateType = "COMPLETED"): Story {
  const story = tell(at);
  story.flowRun(more);
  story.flowState("RUNNING", { run_count: 1 });
  for (let index = 0; index < tasks; index++) {
    const id = story.taskRun({ dynamic_key: String(index) });
    story.taskState(id, "COMPLETED", { run_count: 1 });
  }
  story.flowState(end);
  return story;
}
