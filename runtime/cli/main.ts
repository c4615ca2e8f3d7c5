/** The `millrace` command, all but `run` (run-command.ts, in the runner's bundle). */
import { exitCodes } from "../protocol/errors.ts";
import { chosenHome } from "./chosen-home.ts";
import type { CommandSpec, Io } from "./command.ts";
import { findCommand } from "./find-command.ts";
import { commandHelp, groupHelp, overview } from "./help.ts";
import { beforeDashes, processIo } from "./io.ts";
import { parseCommand } from "./parse.ts";
import { reportError } from "./report-error.ts";
import { commands, groups } from "./table.ts";

/** Runs one command; resolves to the exit code and never rejects. `argv` is without node and the script. */
export async function main(argv: readonly string[], io: Io = processIo(argv)): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (thrown) {
    return reportError(thrown, io, beforeDashes(argv).includes("--json"));
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const found = findCommand(argv);
  const page = { style: io.style, width: io.columns() };
  if (found.kind === "overview") {
    io.out(overview(commands, groups, page));
    return exitCodes.completed;
  }
  if (found.kind === "group") {
    const text = groupHelp(found.group, commands, page);
    // Asked for it is an answer; a script that forgot the command's second word must not go on.
    if (found.asked) io.out(text);
    else io.err(text);
    return found.asked ? exitCodes.completed : exitCodes.usage;
  }
  return runOne(found.command, found.rest, io);
}

async function runOne(command: CommandSpec, rest: readonly string[], io: Io): Promise<number> {
  const input = parseCommand(command, command.raw ? ["--", ...rest] : rest);
  if (input.help) {
    io.out(commandHelp(command, { style: io.style, width: io.columns() }, commands));
    return exitCodes.completed;
  }
  const handler = await command.load();
  const home = chosenHome(command, input, io);
  return handler({ command, input, io, home, json: input.flag("json") });
}
