/** The describe child: loads a module, runs no flow, says which flows it has and what they take. */
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import type { Description } from "../protocol/api.ts";
import { toErrorRecord } from "../protocol/error-record.ts";
import type { ErrorRecord } from "../protocol/errors.ts";
import { type ErrorCode, MillraceError } from "../protocol/errors.ts";
import { distFolder } from "./dist-folder.ts";
import { findFlowFile } from "./flow-file.ts";
import { guardProcess } from "./guard.ts";
import { loadModule, loadSdk } from "./load-module.ts";
import { installLoader } from "./loader/install.ts";
import { pickFlow } from "./pick-flow.ts";
import { hideRunner } from "./user-view.ts";

/** What the child says over its answer pipe, as one JSON text. */
export type DescribeAnswer =
  | { readonly ok: true; readonly description: Description }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string; readonly error: ErrorRecord };

/** The pipe of the answer: stdout belongs to the user's code. */
export const answerDescriptor = 3;

/** @param home where transforms are kept @param given the file @param snapshot its sources, where they are pinned */
export async function describeMain([home = "", given = "", snapshot]: readonly string[]): Promise<void> {
  let answer: DescribeAnswer;
  try {
    answer = { ok: true, description: await describeHere(home, given, snapshot) };
  } catch (error) {
    const code = error instanceof MillraceError ? error.code : "load-failed";
    const message = error instanceof Error ? error.message : String(error);
    answer = { ok: false, code, message, error: toErrorRecord(error) };
  }
  fs.writeSync(answerDescriptor, JSON.stringify(answer));
  // What the module started at its top level (timers, servers) must not keep us; warnings still get out.
  setImmediate(() => process.exit(0));
}

async function describeHere(home: string, given: string, snapshot: string | undefined): Promise<Description> {
  const dist = distFolder();
  const file = snapshot === undefined ? findFlowFile(given, process.cwd()) : given;
  hideRunner(file);
  process.env["MILLRACE_DESCRIBE"] = "1";
  const loader = installLoader({ home: path.resolve(home), dist });
  if (snapshot !== undefined) loader.pin(snapshot);
  const namespace = await loadModule(file, loader, guardProcess(file).during);
  const runtime = await loadSdk(dist);
  const handles = runtime.listFlows(namespace);
  // The same answer as for a run: a file without flows is told what a flow looks like.
  if (handles.length === 0) pickFlow(handles, undefined, file);
  return { file, flows: handles.map((handle) => runtime.describe(handle, file)) };
}
