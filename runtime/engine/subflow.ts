/**
 * A flow called in a flow: a task run stands for it in its parent, so that a subflow has an identity, waits for its
 * inputs and is kept like any task; its own flow run has its own states and task runs in the same journal.
 */
import { toErrorRecord } from "../protocol/error-record.ts";
import { MillraceError, toError } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import type { ValueRecord } from "../protocol/records.ts";
import { currentScope, makeScope } from "./context.ts";
import { isCancelled, isTimeout } from "./errors.ts";
import type { FlowDefinition } from "./flow-definition.ts";
import { commitFlowState, flowEvent, flowName, recordFlowRun } from "./flow-records.ts";
import { runFlowBody } from "./flow-run.ts";
import { callHooks } from "./hooks.ts";
import type { RunHistory } from "./host.ts";
import { type FlowRun, untouched } from "./run.ts";
import { flowRunName } from "./run-name.ts";
import { validate } from "./schema.ts";
import type { TaskCall } from "./task-call.ts";
import { compileTask, type TaskDefinition } from "./task-definition.ts";

/** The task whose calls stand for runs of this flow. */
export function standIn(flow: FlowDefinition): TaskDefinition {
  return {
    get key() {
      return flowName(flow);
    },
    place: flow.place,
    exportName: undefined,
    isFlow: true,
    settings: compileTask({ tags: flow.settings.tags }, "flow"),
    run: (parameters: unknown) => {
      const call = currentScope()?.task;
      if (call === undefined) throw new MillraceError("internal", "a subflow was started outside its parent");
      return runSubflow(flow, call, parameters);
    },
  };
}

async function runSubflow(flow: FlowDefinition, call: TaskCall, given: unknown): Promise<unknown> {
  const { run } = call.flowRun;
  const earlier = run.history?.flowRun(call.identity);
  const what = `parameters of flow "${flowName(flow)}"`;
  let parameters: unknown = given ?? {};
  let problem: unknown;
  try {
    if (earlier?.parameters !== undefined && earlier.parameters.kind !== "none")
      parameters = run.host.values.read(earlier.parameters);
    else if (flow.schema !== undefined) parameters = await validate(flow.schema, parameters, what);
  } catch (error) {
    problem = error;
  }
  const flowRun = makeSubflowRun(flow, call, parameters, earlier);
  if (earlier === undefined) {
    const record = await keepParameters(flowRun, what);
    recordFlowRun(flowRun, record, { parent_flow_run_id: call.flowRun.id, parent_task_run_id: call.id });
    run.memory?.rememberSubflow(call.identity, {
      id: flowRun.id,
      name: flowRun.name,
      completed: undefined,
      ...(problem === undefined ? { parameters: record } : {}),
    });
  }
  if (problem !== undefined) return await fail(flowRun, problem);
  const outcome = await runFlowBody(flowRun, earlier === undefined ? "Running" : "Rerunning");
  return outcome.ok ? await complete(flowRun, outcome.value) : await fail(flowRun, outcome.error);
}

function makeSubflowRun(
  definition: FlowDefinition,
  call: TaskCall,
  parameters: unknown,
  earlier: ReturnType<RunHistory["flowRun"]>,
): FlowRun {
  const id = call.childFlowRunId ?? newId();
  return {
    run: call.flowRun.run,
    id,
    name: earlier?.name ?? flowRunName(definition, parameters, id),
    definition,
    parameters,
    tags: definition.settings.tags,
    scopeId: call.identity,
    caller: call.caller,
    runCount: earlier === undefined ? 1 : (earlier.run_count ?? 1) + 1,
    ...untouched(),
  };
}

async function keepParameters(flowRun: FlowRun, what: string): Promise<ValueRecord> {
  try {
    return await flowRun.run.host.values.keep(flowRun.parameters, what);
  } catch (error) {
    // Not journaled: a resume validates them again, from the inputs of the call.
    return { kind: "none", reason: toError(error).message };
  }
}

async function complete(flowRun: FlowRun, value: unknown): Promise<unknown> {
  const { settings } = flowRun.definition;
  const result = await keepResult(flowRun, value);
  const state = await commitFlowState(flowRun, { type: "COMPLETED" }, { result });
  await callHooks(settings.onCompletion, flowEvent(flowRun, state), "onCompletion", scopeOf(flowRun));
  return value;
}

async function keepResult(flowRun: FlowRun, value: unknown): Promise<ValueRecord> {
  try {
    return await flowRun.run.host.values.keep(value, "the subflow's result");
  } catch (error) {
    return { kind: "none", reason: toError(error).message };
  }
}

async function fail(flowRun: FlowRun, error: unknown): Promise<never> {
  const { settings } = flowRun.definition;
  const { message } = toErrorRecord(error);
  if (isCancelled(error) && error === flowRun.scope?.stopped) {
    const state = await commitFlowState(flowRun, { type: "CANCELLED", message });
    await callHooks(settings.onCancellation, flowEvent(flowRun, state), "onCancellation", scopeOf(flowRun));
    throw error;
  }
  const name = isTimeout(error) ? "TimedOut" : "Failed";
  const state = await commitFlowState(flowRun, { type: "FAILED", name, message }, { error });
  await callHooks(settings.onFailure, flowEvent(flowRun, state, error), "onFailure", scopeOf(flowRun));
  throw error;
}

function scopeOf(flowRun: FlowRun) {
  return flowRun.scope ?? makeScope(flowRun, undefined, flowRun.scopeId);
}
