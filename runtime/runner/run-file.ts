import { newId } from "../protocol/ids.ts";
import type { TaskAgain } from "../protocol/live.ts";
import type { ExecuteOutcome, ExecuteRequest, FlowHandle, SdkRuntime } from "../protocol/sdk-runtime.ts";
import { captureOutput } from "./capture-output.ts";
import { distFolder } from "./dist-folder.ts";
import { findFlowFile } from "./flow-file.ts";
import { guardProcess } from "./guard.ts";
import { loadModule, loadSdk } from "./load-module.ts";
import { installLoader } from "./loader/install.ts";
import { pickFlow } from "./pick-flow.ts";
import { hideRunner } from "./user-view.ts";

export interface RunFileOptions extends Omit<ExecuteRequest, "run_id" | "sources"> {
  /** Absolute, or relative to `cwd`. */
  readonly file: string;
  /** Export or name of the flow; may be left out when the file has one. */
  readonly flow?: string;
  /** Instead of a flow: one task of the file. */
  readonly task?: TaskAgain;
  /** The sources to load instead of those that lie there now. */
  readonly snapshot?: string;
  /** Made when left out. */
  readonly run_id?: string;
  /** Folder of the bundles; where this one stands when left out. */
  readonly dist?: string;
}

/** A flow that is ready to run, once. */
export interface LoadedFlow {
  execute(): Promise<ExecuteOutcome>;
}

/**
 * Loads a file and runs a flow of it in this process, once: a module can't be loaded a second time afresh.
 * @throws MillraceError "bad-file", "load-failed", "no-flow", "ambiguous-flow", "unknown-flow" before there is a run.
 */
export async function runFile(options: RunFileOptions): Promise<ExecuteOutcome> {
  const loaded = await loadFlow(options);
  return loaded.execute();
}

/** The first half of `runFile`: everything that can fail without there being a run. */
export async function loadFlow(options: RunFileOptions): Promise<LoadedFlow> {
  const { flow, task, snapshot, dist = distFolder(), ...request } = options;
  // With a snapshot the file itself may be gone.
  const file = snapshot === undefined ? findFlowFile(options.file, options.cwd) : options.file;
  // A resume goes on in the folder that the run began in: its relative paths must mean the same files.
  if (options.cwd !== process.cwd()) process.chdir(options.cwd);
  const loader = installLoader({ home: options.home, dist });
  if (snapshot !== undefined) loader.pin(snapshot);
  const guard = guardProcess(file);
  const output = captureOutput(options.onLog !== undefined);
  hideRunner(file);
  try {
    // Never seen or just edited: all of it at once and asynchronously takes a third of one file after the other.
    if (snapshot === undefined && !loader.isPrepared(file)) {
      const { prepareOnce } = await import("./loader/prepare.ts");
      await prepareOnce(file, options.home, dist);
    }
    if (task !== undefined) (await loadSdk(dist)).noteTasks?.();
    const namespace = await loadModule(file, loader, guard.during);
    const runtime = await loadSdk(dist);
    // Listing names the tasks that are exported.
    const flows = runtime.listFlows(namespace);
    const again = task === undefined ? undefined : runtime.taskAgain?.(task, file);
    const handle = again ?? pickFlow(flows, flow, file, namespace);
    return { execute: () => execute(runtime, handle) };
  } catch (error) {
    guard.release();
    output.release();
    throw error;
  }

  async function execute(runtime: SdkRuntime, handle: FlowHandle): Promise<ExecuteOutcome> {
    guard.handTo(runtime.failRuns);
    output.handTo(runtime.captureOutput?.bind(runtime));
    try {
      const run_id = options.run_id ?? newId();
      return await runtime.execute(handle, { ...request, file, run_id, sources: loader.sources });
    } finally {
      output.release();
      guard.release();
    }
  }
}
