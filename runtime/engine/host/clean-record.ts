/**
 * Records without secrets: in what is said (messages, errors, names, previews). Values that hold a secret are sealed by
 * the value store, and all that a resume reads - ids, identities, values - stands as it is.
 */
import { cleanError } from "../../protocol/error-record.ts";
import type { JournalRecord, ValueRecord } from "../../protocol/records.ts";
import type { State } from "../../protocol/states.ts";
import { redact } from "../../system/redaction.ts";

export function cleanRecord(record: JournalRecord): JournalRecord {
  switch (record.kind) {
    case "flow-run":
      return {
        ...record,
        name: redact(record.name),
        parameters: cleanValue(record.parameters),
        ...(record.tags === undefined ? {} : { tags: record.tags.map(redact) }),
      };
    case "flow-run-state":
    case "task-run-state":
      return {
        ...record,
        state: cleanState(record.state),
        ...(record.result === undefined ? {} : { result: cleanValue(record.result) }),
        ...(record.error === undefined ? {} : { error: cleanError(record.error, redact) }),
      };
    case "task-run":
      return {
        ...record,
        name: redact(record.name),
        state: cleanState(record.state),
        ...(record.inputs === undefined ? {} : { inputs: cleanValue(record.inputs) }),
        ...(record.tags === undefined ? {} : { tags: record.tags.map(redact) }),
      };
    case "artifact":
      return record.description === undefined ? record : { ...record, description: redact(record.description) };
    case "note":
      return { ...record, message: redact(record.message) };
    default:
      return record;
  }
}

function cleanState(state: State): State {
  return state.message === undefined ? state : { ...state, message: redact(state.message) };
}

/** A preview is the beginning of a text and nothing reads it back. */
function cleanValue(value: ValueRecord): ValueRecord {
  if (value.kind === "inline") return value;
  const preview = value.preview === undefined ? {} : { preview: redact(value.preview) };
  return value.kind === "none" ? { ...value, ...preview, reason: redact(value.reason) } : { ...value, ...preview };
}
