/**
 * Runs a flow in this process over a real disk host, from the sources: what `millrace run` does, without loading a
 * module. `step` makes a task, `runFlow` opens a host, executes and closes.
 */
import { callSite } from "../../runtime/engine/call-site.ts";
import { executeFlow } from "../../runtime/engine/execute.ts";
import { compileFlow, type FlowSettings } from "../../runtime/engine/flow-definition.ts";
import { openDiskHost } from "../../runtime/engine/host/open-host.ts";
import { makeDefinition } from "../../runtime/engine/naming.ts";
import { callTask } from "../../runtime/engine/task-call.ts";
import { compileTask } from "../../runtime/engine/task-definition.ts";
import type { CallOptions } from "../../runtime/engine/task-options.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import type { ExecuteOutcome, ExecuteRequest } from "../../runtime/protocol/sdk-runtime.ts";

export function step<Inputs extends readonly unknown[]>(
  name: string,
  run: (...inputs: Inputs) => unknown,
  options: CallOptions<never[]> = {},
): (...inputs: { [Index in keyof Inputs]: Inputs[Index] | Promise<unknown> }) => Promise<unknown> {
  const settings = compileTask(options, `task "${name}"`);
  const definition = Object.assign(makeDefinition("task", name, run, undefined), { run, settings });
  const call = (...inputs: readonly unknown[]): Promise<unknown> =>
    callTask(definition, settings, inputs, callSite(call));
  return call;
}

export async function runFlow(
  home: string,
  body: (parameters: unknown) => unknown,
  request: Partial<ExecuteRequest> = {},
  settings: FlowSettings = {},
): Promise<ExecuteOutcome> {
  const complete: ExecuteRequest = {
    home,
    run_id: newId(),
    file: "",
    parameters: {},
    trigger: "testing",
    cwd: process.cwd(),
    ...request,
  };
  const compiled = compileFlow({ name: "tested", ...settings }, "flow");
  const definition = Object.assign(makeDefinition("flow", "tested", body, undefined), {
    run: body,
    schema: undefined,
    settings: compiled,
  });
  const { host, close } = await openDiskHost(complete, { name: "tested", file: "" });
  const outcome = await executeFlow(definition, host, complete);
  await close(outcome);
  return outcome;
}
