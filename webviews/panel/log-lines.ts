/** The last lines of a log, from what was read and what comes live: the two may overlap. Pure. */
import type { LogRecord } from "../../runtime/protocol/records.ts";

export function addLines(known: readonly LogRecord[], more: readonly LogRecord[], count: number): readonly LogRecord[] {
  const fresh = more.filter((line) => !known.some((other) => isSame(line, other)));
  return [...known, ...fresh].slice(-count);
}

/** A line has no number here; one that says the same in the same millisecond is nobody's loss. */
function isSame(one: LogRecord, other: LogRecord): boolean {
  return one.at === other.at && one.message === other.message && one.task_run_id === other.task_run_id;
}
