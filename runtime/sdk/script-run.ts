import { executeFlow, failRuns } from "../engine/execute.ts";
import type { FlowDefinition } from "../engine/flow-definition.ts";
import { flowReference } from "../engine/flow-records.ts";
import { toError } from "../protocol/errors.ts";
import { homeFolder } from "../protocol/home.ts";
import { newId } from "../protocol/ids.ts";
import type { ExecuteOutcome, ExecuteRequest } from "../protocol/sdk-runtime.ts";

/** A flow called from a plain script (`node ingest.ts`) is a recorded run like any other. */
export async function runScript(definition: FlowDefinition, parameters: unknown): Promise<unknown> {
  const release = guardProcess();
  const outcome = await executeOnDisk(definition, {
    home: homeFolder(),
    run_id: newId(),
    file: definition.place?.file ?? "",
    parameters: typeof parameters === "object" && parameters !== null ? { ...parameters } : {},
    trigger: "script",
    cwd: process.cwd(),
  }).finally(release);
  if (outcome.state.type === "COMPLETED") return outcome.result;
  throw outcome.thrown ?? toError(outcome.error?.message ?? `the run ended ${outcome.state.name}`);
}

let guards = 0;

/**
 * While a run goes on, an error that nobody caught fails it (and so the script that waits for it) instead of ending the
 * process with the run half done. In the runner these listeners are the runner's own.
 */
function guardProcess(): () => void {
  if (guards++ === 0) {
    process.on("uncaughtException", onUncaught);
    process.on("unhandledRejection", onUncaught);
  }
  return () => {
    if (--guards > 0) return;
    process.off("uncaughtException", onUncaught);
    process.off("unhandledRejection", onUncaught);
  };
}

function onUncaught(error: unknown): void {
  if (failRuns(error)) return;
  // No run to fail: what would have happened without us.
  process.off("uncaughtException", onUncaught);
  throw error;
}

export async function executeOnDisk(definition: FlowDefinition, request: ExecuteRequest): Promise<ExecuteOutcome> {
  // Loaded when the first run starts: defining flows and testing them needs no disk host.
  const { openDiskHost } = await import("../engine/host/open-host.ts");
  const { name, file } = flowReference(definition, request.file);
  const { host, close } = await openDiskHost(request, { name, file });
  const outcome = await executeFlow(definition, host, { ...request, echo: request.onLog === undefined });
  await close(outcome);
  return outcome;
}
