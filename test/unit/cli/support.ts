/** Parts that the tests of this folder share. */
import type { Io } from "../../../runtime/cli/command.ts";
import { makeStyle } from "../../../runtime/cli/terminal/style.ts";
import type { JournalRecord, TaskRunRecord } from "../../../runtime/protocol/records.ts";
import type { StateName, StateType } from "../../../runtime/protocol/states.ts";

export const plainStyle = makeStyle({ color: false, unicode: true });
export const asciiStyle = makeStyle({ color: false, unicode: false });
export const colorStyle = makeStyle({ color: true, unicode: true });

export interface MemoryIo extends Io {
  output(): string;
  errors(): string;
}

/** An Io that keeps what is written. */
export function memoryIo(
  options: Partial<Pick<Io, "terminal" | "environment" | "cwd" | "style">> & { columns?: number } = {},
): MemoryIo {
  let output = "";
  let errors = "";
  return {
    out: (text) => {
      output += text;
    },
    err: (text) => {
      errors += text;
    },
    style: options.style ?? asciiStyle,
    terminal: options.terminal ?? false,
    interactive: false,
    columns: () => options.columns ?? 80,
    rows: () => 24,
    environment: options.environment ?? {},
    cwd: options.cwd ?? "/work",
    output: () => output,
    errors: () => errors,
  };
}

const start = Date.UTC(2026, 0, 1, 12);

/** Records of a run, told shortly; times are milliseconds after the start of the run. */
export const say = {
  start,
  flow: (id: string, name: string, parent?: { flow: string; task: string }): JournalRecord => ({
    kind: "flow-run",
    id,
    at: start,
    name: `${id}-name`,
    flow: { name, file: "/work/etl.ts" },
    parameters: { kind: "inline", data: [{}] },
    ...(parent === undefined ? {} : { parent_flow_run_id: parent.flow, parent_task_run_id: parent.task }),
  }),
  flowState: (id: string, type: StateType, name: StateName, at: number): JournalRecord => ({
    kind: "flow-run-state",
    id,
    state: { type, name, timestamp: start + at },
  }),
  task: (id: string, at: number, rest: Partial<TaskRunRecord> = {}): JournalRecord => ({
    kind: "task-run",
    id,
    at: start + at,
    flow_run_id: "run",
    name: id,
    task_key: id.replace(/-\d+$/, ""),
    call: id,
    dynamic_key: "0",
    state: { type: "RUNNING", name: "Running", timestamp: start + at },
    ...rest,
  }),
  taskState: (
    id: string,
    type: StateType,
    name: StateName,
    at: number,
    rest: { run_count?: number; error?: { name: string; message: string }; due?: number } = {},
  ): JournalRecord => ({
    kind: "task-run-state",
    id,
    state: {
      type,
      name,
      timestamp: start + at,
      ...(rest.due === undefined ? {} : { details: { scheduled_time: start + rest.due } }),
    },
    ...(rest.run_count === undefined ? {} : { run_count: rest.run_count }),
    ...(rest.error === undefined ? {} : { error: rest.error }),
  }),
};
