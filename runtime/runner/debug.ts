/**
 * The runner that VS Code's debugger starts. What the run prints goes to the console as well as to its log, because the
 * Debug Console shows what the console is given.
 */
import { existsSync } from "node:fs";
import process from "node:process";
import { debugRequestVariable, decodeDebugRequest } from "../protocol/debugging.ts";
import { toErrorRecord } from "../protocol/error-record.ts";
import { exitCodes, MillraceError } from "../protocol/errors.ts";
import { homePaths } from "../protocol/home.ts";
import { newId } from "../protocol/ids.ts";
import { applyRunEnvironment } from "./run-environment.ts";
import { type LoadedFlow, loadFlow } from "./run-file.ts";

export async function debugMain(): Promise<void> {
  const { environment, ...request } = decodeDebugRequest(process.env[debugRequestVariable] ?? "");
  delete process.env[debugRequestVariable];
  process.env["MILLRACE_HOME"] = request.home;
  // "Restart" starts the same program with the same arguments.
  const run_id = existsSync(homePaths.run(request.home, request.run_id)) ? newId() : request.run_id;
  let loaded: LoadedFlow;
  try {
    applyRunEnvironment(environment);
    process.chdir(request.cwd);
    loaded = await loadFlow({ ...request, run_id, trigger: "debug", debugging: true });
  } catch (error) {
    console.error(error instanceof MillraceError ? error.message : toErrorRecord(error).stack);
    process.exit(error instanceof MillraceError ? error.exitCode : exitCodes.failed);
  }
  const { state, error, exit_code } = await loaded.execute();
  if (state.type !== "COMPLETED") console.error(`${state.name}: ${error?.stack ?? state.message ?? ""}`);
  process.exit(exit_code);
}
