import path from "node:path";
import { createSegment } from "../../../runtime/journal/segments.ts";
import type { Disk, JournalWriter, SegmentOptions } from "../../../runtime/journal/types.ts";
import type { JournalRecord, PositionedRecord, WriterIdentity } from "../../../runtime/protocol/records.ts";
import type { StateType } from "../../../runtime/protocol/states.ts";
import { makeState } from "../../../runtime/protocol/states.ts";

export const runId = "019a0000-0000-7000-8000-000000000001";
export const home = path.resolve("/home");
export const runFolder = path.join(home, "runs", "2026-01-01", runId);

export const writer: WriterIdentity = {
  pid: 100,
  start_time: "1",
  boot_id: "linux:boot:ns",
  host: "here",
  millrace: "0.1.0",
  node: "v22",
};

export function begin(disk: Disk, options: Partial<SegmentOptions> = {}, segment = 1): JournalWriter {
  return createSegment(disk, runFolder, runId, segment, { reason: "start", writer, now: () => 1, ...options });
}

export function note(message: string): JournalRecord {
  return { kind: "note", flow_run_id: runId, message, at: 1 };
}

export function flowRun(id = runId, parent?: string): JournalRecord {
  return {
    kind: "flow-run",
    id,
    at: 1,
    name: "quiet-otter",
    flow: { name: "f", file: "/f.ts" },
    parameters: { kind: "inline", data: [null] },
    ...(parent === undefined ? {} : { parent_flow_run_id: parent }),
  };
}

export function flowState(type: StateType, id = runId): JournalRecord {
  return { kind: "flow-run-state", id, state: makeState(type, 1) };
}

export function taskRun(id: string): JournalRecord {
  return {
    kind: "task-run",
    id,
    at: 1,
    flow_run_id: runId,
    name: id,
    task_key: "t",
    call: id,
    dynamic_key: "0",
    state: makeState("RUNNING", 1),
  };
}

export function taskState(id: string, type: StateType): JournalRecord {
  return { kind: "task-run-state", id, state: makeState(type, 1) };
}

/** The texts of the notes, in order: what most tests here are about. */
export function notes(records: readonly PositionedRecord[]): string[] {
  return records.flatMap(({ record }) => (record.kind === "note" ? [record.message] : []));
}

/** Lets everything that waits for nothing but promises happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
