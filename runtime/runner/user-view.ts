import process from "node:process";
import { userEnvironment } from "../system/clean-environment.ts";

/** What user code sees of its process: itself, not the runner around it, the editor or the channels behind it. */
export function hideRunner(file: string): void {
  process.argv = [process.execPath, file];
  process.execArgv = [];
  const seen = userEnvironment(process.env);
  for (const name of Object.keys(process.env)) if (!(name in seen)) delete process.env[name];
}
