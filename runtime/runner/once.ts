/** The runner of a container: one run, told in the environment, which user code does not see. */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { toErrorRecord } from "../protocol/error-record.ts";
import { exitCodes, MillraceError } from "../protocol/errors.ts";
import type { StartRequest } from "../protocol/live.ts";
import { keepCode } from "../system/boot-seam.ts";
import { applyRunEnvironment } from "./run-environment.ts";
import { type LoadedFlow, loadFlow } from "./run-file.ts";

export async function onceMain(): Promise<void> {
  const { type: _type, environment, ...request }: StartRequest = JSON.parse(process.env["MILLRACE_START"] ?? "{}");
  const refusal = process.env["MILLRACE_REFUSAL"];
  delete process.env["MILLRACE_START"];
  delete process.env["MILLRACE_REFUSAL"];
  let loaded: LoadedFlow;
  try {
    applyRunEnvironment(environment);
    process.chdir(request.cwd);
    loaded = await loadFlow(request);
  } catch (error) {
    const exit_code = error instanceof MillraceError ? error.exitCode : exitCodes.failed;
    const record = toErrorRecord(error);
    process.stderr.write(`${error instanceof MillraceError ? error.message : record.stack}\n`);
    if (refusal !== undefined) writeFileSync(refusal, JSON.stringify({ error: record, exit_code }), { mode: 0o600 });
    process.exit(exit_code);
  }
  const { exit_code } = await loaded.execute();
  if (exit_code === exitCodes.completed) keepCode();
  process.exit(exit_code);
}
