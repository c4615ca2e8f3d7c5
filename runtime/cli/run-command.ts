/** `millrace run`, in the runner's bundle: the command is itself the runner. Loads only what the run at hand needs. */
import path from "node:path";
import { exitCodes } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { runFile } from "../runner/run-file.ts";
import { keepCode } from "../system/boot-seam.ts";
import { chosenHome } from "./chosen-home.ts";
import type { CommandContext, Io } from "./command.ts";
import { beforeDashes, processIo } from "./io.ts";
import { parseCommand, usage } from "./parse.ts";
import { reportError } from "./report-error.ts";
import { applyVariables } from "./run/environment.ts";
import { type Detail, showRun } from "./run/execute.ts";
import { readParameters } from "./run/parameters.ts";
import { resolveTarget } from "./run/target.ts";
import { runSpec } from "./run-spec.ts";

/** `argv` is what stands after `run`. Resolves to the exit code; never rejects. */
export async function runCommand(argv: readonly string[], io: Io = processIo(argv)): Promise<number> {
  try {
    return await start(argv, io);
  } catch (thrown) {
    return reportError(thrown, io, beforeDashes(argv).includes("--json"));
  }
}

async function start(argv: readonly string[], io: Io): Promise<number> {
  const input = parseCommand(runSpec, argv);
  if (input.help) {
    const { commandHelp } = await import("./help.ts");
    io.out(commandHelp(runSpec, { style: io.style, width: io.columns() }));
    return exitCodes.completed;
  }
  const home = chosenHome(runSpec, input, io);
  const context: CommandContext = { command: runSpec, input, io, home, json: input.flag("json") };
  if (input.flag("watch")) {
    const { watchRuns } = await import("./run/watch.ts");
    return watchRuns(argv, context);
  }
  return runHandler(context);
}

export function detailOf({ command, input }: Pick<CommandContext, "command" | "input">): Detail {
  if (input.flag("quiet") && input.flag("verbose"))
    throw usage(command, "--quiet and --verbose contradict each other.");
  return input.flag("quiet") ? "quiet" : input.flag("verbose") ? "verbose" : "normal";
}

export async function runHandler(context: CommandContext): Promise<number> {
  const { input, io, home, json } = context;
  const target = resolveTarget(input.arguments[0] ?? "", io.cwd);
  const parameters = readParameters({ pairs: input.list("param"), params: input.text("params"), cwd: io.cwd });
  const detail = detailOf(context);
  const key = input.text("idempotency-key");
  applyVariables(context, { flowFile: target.file, cwd: io.cwd });
  const runId = newId();
  if (key !== undefined) {
    const { reserveKey } = await import("./run/idempotency.ts");
    const known = await reserveKey(context, { key, file: target.file, flow: target.flow, runId });
    if (known !== undefined) return known;
  }
  const watched = await watchedBy();
  const name = input.text("name");
  const exitCode = await showRun(
    {
      io,
      home,
      json,
      detail,
      flowLabel: target.flow ?? path.basename(target.file),
      ...(watched === undefined ? {} : { onRecord: watched.onRecord, stop: watched.stop }),
    },
    (hooks) =>
      runFile({
        ...hooks,
        home,
        run_id: runId,
        file: target.file,
        ...(target.flow === undefined ? {} : { flow: target.flow }),
        parameters,
        trigger: "cli",
        cwd: io.cwd,
        ...(name === undefined ? {} : { name }),
        tags: input.list("tag"),
        ...(key === undefined ? {} : { idempotency_key: key }),
      }),
  );
  if (exitCode === exitCodes.completed) keepCode();
  return exitCode;
}

/** Set when this process is one run of `--watch`. */
async function watchedBy() {
  if (process.env["MILLRACE_WATCH"] !== "1" || process.send === undefined) return undefined;
  const { joinWatch } = await import("./run/watched.ts");
  return joinWatch();
}
