import type { JournalRecord } from "./records.ts";

/** When a record was written, in milliseconds since the epoch; undefined for kinds of a newer version without a time. */
export function timeOf(record: JournalRecord): number | undefined {
  if ("at" in record && typeof record.at === "number") return record.at;
  return "state" in record ? record.state.timestamp : undefined;
}
