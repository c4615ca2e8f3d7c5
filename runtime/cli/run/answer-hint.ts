/** How a run that waits for a person is answered. */
import type { JournalRecord } from "../../protocol/records.ts";
import { shortId } from "../view/summary.ts";

/** The command to type in another terminal, or undefined for a record that is no pause. `runId` is the root run's. */
export function answerHint(record: JournalRecord, runId: string | undefined): string | undefined {
  if (record.kind !== "flow-run-state" || record.state.type !== "PAUSED" || runId === undefined) return undefined;
  const key = record.state.details?.pause_key;
  if (key === undefined) return undefined;
  const value = valueHint(record.state.details?.pause_schema);
  return `It waits for an answer: millrace runs continue ${shortId(runId)} --key ${key}${value}`;
}

/** ` --value '{"ok": …}'`, with the fields that the schema names. */
function valueHint(schema: unknown): string {
  if (typeof schema !== "object" || schema === null) return "";
  const properties = "properties" in schema ? schema.properties : undefined;
  if (typeof properties !== "object" || properties === null) return " --value JSON";
  const fields = Object.keys(properties).map((name) => `${JSON.stringify(name)}: …`);
  return ` --value '{${fields.join(", ")}}'`;
}
