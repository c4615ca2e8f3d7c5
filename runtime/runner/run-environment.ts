/**
 * The environment of one run: what its start names, and a file of variables when MILLRACE_ENV_FILE names one. The runner
 * reads that file itself, so that what stands in it never passes through a request or a record.
 */
import process from "node:process";
import { applyEnvironmentFile } from "../system/environment-file.ts";

/** @throws MillraceError "bad-file" when the file that is named cannot be read. */
export function applyRunEnvironment(
  named: Readonly<Record<string, string>> | undefined,
  target: NodeJS.ProcessEnv = process.env,
): void {
  Object.assign(target, named);
  const file = named?.["MILLRACE_ENV_FILE"];
  if (file !== undefined && file !== "") applyEnvironmentFile(file, target);
}
