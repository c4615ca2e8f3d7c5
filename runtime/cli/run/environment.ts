/** The file with variables that a run started here gets. */
import path from "node:path";
import { applyEnvironmentFile, nearestEnvironmentFile } from "../../system/environment-file.ts";
import type { CommandContext, OptionSpec } from "../command.ts";
import { usage } from "../parse.ts";

/** Not called --env-file: Node takes an option of that name for itself, also behind the script. */
export const environmentOptions: readonly OptionSpec[] = [
  {
    name: "dotenv",
    value: "FILE",
    summary: "Variables for the run, NAME=VALUE a line (default: .env beside the nearest millrace.json, else here)",
    complete: "file",
  },
  { name: "no-dotenv", summary: "Read no file with variables" },
];

/**
 * Sets the file's variables in this process. What is set already wins, so that a variable on the command line overrides
 * the file. @throws MillraceError "bad-file" for a file that was named and cannot be read.
 */
export function applyVariables(
  { command, input, io }: CommandContext,
  { flowFile, cwd }: { readonly flowFile: string; readonly cwd: string },
): void {
  const chosen = input.text("dotenv");
  if (input.flag("no-dotenv")) {
    if (chosen !== undefined) throw usage(command, "--dotenv and --no-dotenv contradict each other.");
    return;
  }
  const named = chosen ?? io.environment["MILLRACE_ENV_FILE"];
  const file =
    named === undefined
      ? nearestEnvironmentFile(path.dirname(flowFile), cwd)
      : named === ""
        ? undefined
        : path.resolve(io.cwd, named);
  if (file !== undefined) applyEnvironmentFile(file);
}
