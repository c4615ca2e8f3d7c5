/** Writes journals by hand for tests of what a resume keeps: short names for long records. */
import type { RunContents } from "../../../runtime/journal/types.ts";
import type { JournalRecord, SegmentRecord, TaskRunRecord, ValueRecord } from "../../../runtime/protocol/records.ts";
import { makeState, type StateType } from "../../../runtime/protocol/states.ts";

export const runId = "01900000-0000-7000-8000-000000000001";

const writer = { pid: 1, start_time: "1", boot_id: "b", host: "h", millrace: "0", node: "v22" };

export function journalOf(
  ...segments: readonly (readonly [SegmentRecord["reason"], ...JournalRecord[]])[]
): RunContents {
  const parts = segments.map(([reason, ...records], index) => {
    const segment = index + 1;
    const version = { major: 1, minor: 0 };
    const header: SegmentRecord = { kind: "segment", run_id: runId, segment, version, reason, writer, at: 0 };
    return { header, segment, records: [header, ...records] };
  });
  return {
    runId,
    segments: parts.map(({ header, segment }) => ({ segment, header, length: 0, torn: 0 })),
    records: parts.flatMap(({ segment, records }) =>
      records.map((record, seq) => ({ position: { segment, seq }, record })),
    ),
    problems: [],
  };
}

export function rootRun(): JournalRecord {
  const parameters = { kind: "inline", data: [1] } as const;
  return { kind: "flow-run", id: runId, at: 0, name: "quiet-otter", flow: { name: "f", file: "" }, parameters };
}

export function subflow(id: string, parentTask: string): JournalRecord {
  return {
    kind: "flow-run",
    id,
    at: 0,
    name: id,
    flow: { name: "sub", file: "" },
    parameters: { kind: "inline", data: [1] },
    parent_flow_run_id: runId,
    parent_task_run_id: parentTask,
  };
}

export function flowState(type: StateType, id = runId, runCount?: number): JournalRecord {
  const result = type === "COMPLETED" ? { result: { kind: "inline", data: [id] } as const } : {};
  return {
    kind: "flow-run-state",
    id,
    state: makeState(type, 0),
    ...result,
    ...(runCount === undefined ? {} : { run_count: runCount }),
  };
}

/** A started task run; its key is the first letter of its id, its call the id without what stands behind "'". */
export function started(id: string, rest: Partial<TaskRunRecord> = {}): JournalRecord {
  const state = makeState("RUNNING", 0);
  const call = `${id.replace(/'.*/, "")}.0`;
  return {
    kind: "task-run",
    id,
    at: 0,
    flow_run_id: runId,
    name: `${id}-0`,
    task_key: id.charAt(0),
    call,
    dynamic_key: "0",
    state,
    ...rest,
  };
}

export function ended(
  id: string,
  type: StateType = "COMPLETED",
  result: ValueRecord = { kind: "inline", data: [id] },
): JournalRecord {
  const kept = type === "COMPLETED" ? { result } : {};
  return { kind: "task-run-state", id, state: makeState(type, 0), ...kept };
}

/** A task run that took the results of others and completed. */
export function completed(
  id: string,
  inputs: readonly string[] = [],
  rest: Partial<TaskRunRecord> = {},
): JournalRecord[] {
  return [started(id, { task_inputs: inputs, ...rest }), ended(id)];
}
