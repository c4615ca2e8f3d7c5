/** The records of a flow run's life. */
import { toErrorRecord } from "../protocol/error-record.ts";
import type { FlowReference, FlowRunRecord, FlowRunStateRecord, ValueRecord } from "../protocol/records.ts";
import { makeState, type State } from "../protocol/states.ts";
import type { FlowDefinition, FlowHookEvent } from "./flow-definition.ts";
import { append, commit, type FlowRun, flushKept } from "./run.ts";

export function flowReference(definition: FlowDefinition, file: string | undefined): FlowReference {
  const { place, exportName } = definition;
  return {
    name: flowName(definition),
    file: place?.file ?? file ?? "",
    ...(exportName === undefined ? {} : { export: exportName }),
    ...(place === undefined ? {} : { line: place.line }),
  };
}

export function flowName(definition: FlowDefinition): string {
  return definition.settings.name ?? definition.key;
}

export function recordFlowRun(
  flowRun: FlowRun,
  parameters: ValueRecord,
  rest: Partial<FlowRunRecord> & { readonly file?: string | undefined },
): void {
  const { file, ...fields } = rest;
  const { settings } = flowRun.definition;
  append(flowRun.run, {
    kind: "flow-run",
    id: flowRun.id,
    at: flowRun.run.host.clock.now(),
    name: flowRun.name,
    flow: flowReference(flowRun.definition, file),
    parameters,
    ...(flowRun.tags.length === 0 ? {} : { tags: flowRun.tags }),
    ...(settings.retries === 0 ? {} : { retries: settings.retries }),
    ...fields,
  });
}

type NewState = Pick<State, "type"> & Partial<Pick<State, "name" | "message" | "details">>;
type Ending = { readonly result?: ValueRecord; readonly error?: unknown };

export function recordFlowState(flowRun: FlowRun, state: NewState, ending: Ending = {}): State {
  const record = stateRecord(flowRun, state, ending);
  append(flowRun.run, record);
  return record.state;
}

/** A final state: durable when it resolves, and everything before it. */
export async function commitFlowState(flowRun: FlowRun, state: NewState, ending: Ending = {}): Promise<State> {
  flushKept(flowRun.run);
  const record = stateRecord(flowRun, state, ending);
  await commit(flowRun.run, record);
  return record.state;
}

function stateRecord(flowRun: FlowRun, { type, ...rest }: NewState, { result, error }: Ending): FlowRunStateRecord {
  return {
    kind: "flow-run-state",
    id: flowRun.id,
    state: makeState(type, flowRun.run.host.clock.now(), rest),
    run_count: flowRun.runCount,
    ...(result === undefined ? {} : { result }),
    ...(error === undefined ? {} : { error: toErrorRecord(error) }),
  };
}

export function flowEvent(flowRun: FlowRun, state: State, error?: unknown): FlowHookEvent {
  return {
    flow: { name: flowName(flowRun.definition) },
    flowRun: { id: flowRun.id, name: flowRun.name, runCount: flowRun.runCount, parameters: flowRun.parameters },
    state,
    ...(error === undefined ? {} : { error }),
  };
}
