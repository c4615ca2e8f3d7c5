/** Which record of a run's journal holds the value that a page asks for. Pure. */
import type { FlowRun } from "../../protocol/api.ts";
import type { ValueSource } from "../../protocol/editor-api.ts";
import type { RunView } from "../../protocol/fold/index.ts";
import type { ArtifactRecord, ValueRecord } from "../../protocol/records.ts";
import { isTerminal } from "../../protocol/states.ts";
import { valueOfPart } from "../runs/task-runs.ts";

export interface FoundValue {
  readonly record: ValueRecord;
  /** Inputs that are kept one by one, because they are results of other tasks. */
  readonly parts?: readonly (ValueRecord | readonly ValueRecord[])[];
  readonly artifact: ArtifactRecord["type"] | null;
}

/** The id whose run has the value. */
export function ownerOf(source: ValueSource): string {
  return "task_run_id" in source ? source.task_run_id : source.flow_run_id;
}

/** @param run the flow run, or the one that the task run is part of */
export function findValue(view: RunView, run: FlowRun | undefined, source: ValueSource): FoundValue {
  if (source.of === "artifact") {
    const found = view.artifacts.find(({ id }) => id === source.artifact_id);
    return { record: found?.data ?? none("the artifact is not there"), artifact: found?.type ?? null };
  }
  const record = recordOf(view, run, source);
  const parts = record.kind === "none" ? record.parts?.map((part) => valueOfPart(view, part)) : undefined;
  return { record, artifact: null, ...(parts?.every((part) => part !== undefined) ? { parts } : {}) };
}

function recordOf(
  view: RunView,
  run: FlowRun | undefined,
  source: Exclude<ValueSource, { of: "artifact" }>,
): ValueRecord {
  if ("task_run_id" in source) {
    const task = view.taskRun(source.task_run_id);
    const record = source.of === "inputs" ? task?.inputs : task?.result;
    return (
      record ??
      (source.of === "inputs" ? none("the journal has no inputs") : noResult(task?.state_type, task?.state_name))
    );
  }
  if (source.of === "result") return view.result(source.flow_run_id) ?? noResult(run?.state_type, run?.state_name);
  // A run that was only asked for has no journal yet.
  return view.parameters(source.flow_run_id) ?? { kind: "inline", data: { json: run?.parameters ?? {} } };
}

function noResult(type: FlowRun["state_type"] | undefined, name: string | undefined): ValueRecord {
  if (type === undefined || !isTerminal(type)) return none("it has not ended yet");
  return none(type === "COMPLETED" ? "there is none in the journal" : `it ended as ${name}`);
}

function none(reason: string): ValueRecord {
  return { kind: "none", reason };
}
