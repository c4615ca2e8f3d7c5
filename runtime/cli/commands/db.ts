/** `millrace db`: the index is only a picture of the journals, and can be made again at any time. */
import { randomUUID } from "node:crypto";
import { connect } from "../../client/connect.ts";
import { realDisk } from "../../journal/disk.ts";
import { listLiveRuns, readLiveEntry } from "../../journal/live.ts";
import { prepareHome } from "../../journal/prepare-home.ts";
import { rebuildIndex } from "../../orchestrator/index/open-index.ts";
import { expiredRuns } from "../../orchestrator/index/retention.ts";
import { takeHome } from "../../orchestrator/ownership.ts";
import { formatDuration } from "../../protocol/durations.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { millraceVersion } from "../../protocol/version.ts";
import { localSocketAddress } from "../../system/local-socket.ts";
import { currentWriter, processState } from "../../system/process-identity.ts";
import { confirm } from "../ask.ts";
import type { CommandContext, CommandHandler, Io } from "../command.ts";
import { printJson } from "../json.ts";
import { usage } from "../parse.ts";
import { deleteRuns } from "../runs/delete-runs.ts";
import { listSummaries } from "../runs/list-runs.ts";
import type { RunSummary } from "../runs/summarize-run.ts";
import { makeScreen } from "../terminal/screen.ts";
import { progressBar } from "../view/glyphs.ts";
import { stopOrchestrator } from "./orchestrator.ts";
import { ageOf } from "./runs-ls.ts";

export const dbRebuildHandler: CommandHandler = async ({ home, input, io, json }) => {
  await prepareHome(realDisk, home);
  const client = await connect(home);
  if (client !== undefined) {
    if (!input.flag("stop")) {
      client.close();
      throw new MillraceError(
        "conflict",
        `The orchestrator is up (process ${client.health.pid}) and uses the index. Say --stop to stop it first; runs go on, and it comes back when it is needed.`,
      );
    }
    await stopOrchestrator(client, { drain: false });
  }
  const began = performance.now();
  const progress = showProgress(io, json, "runs read");
  const problems: string[] = [];
  // Nobody else may write the index meanwhile: an orchestrator that somebody starts now finds the home taken.
  const ownership = await takeHome({
    disk: realDisk,
    home,
    identity: currentWriter(millraceVersion),
    socket: localSocketAddress(home, "orchestrator"),
    token: randomUUID(),
    force: false,
  });
  let runs: number;
  try {
    runs = await rebuildIndex(home, { log: (message) => problems.push(message), progress: progress.show });
  } finally {
    progress.end();
    ownership.release();
  }
  const took = performance.now() - began;
  if (json) printJson(io, { runs, seconds: took / 1000, problems });
  else {
    for (const problem of problems) io.err(`${io.style.yellow("warning")}: ${problem}\n`);
    const recent = listLiveRuns(realDisk, home).length;
    const rest =
      recent === 0 ? "" : ` The newest ${recent} ${recent === 1 ? "is" : "are"} added whenever it is opened.`;
    io.out(`The index is made of ${runs} ${runs === 1 ? "run" : "runs"}, in ${formatDuration(took)}.${rest}\n`);
  }
  return exitCodes.completed;
};

export const dbPruneHandler: CommandHandler = async (context) => {
  const { home, input, io, json } = context;
  const older = input.text("older-than");
  const keep = keepOf(context);
  if (older === undefined && keep === undefined) {
    throw usage(context.command, "say which runs may go: --older-than 30d, --keep 100, or both.");
  }
  const policy = {
    ...(older === undefined ? {} : { olderThan: ageOf(context, older, "older-than") }),
    ...(keep === undefined ? {} : { keep }),
  };
  const { runs } = await listSummaries(home, { limit: Number.MAX_SAFE_INTEGER });
  const expired = new Set(expiredRuns(runs, policy, executedRuns(home), Date.now()));
  const gone = runs.filter(({ id }) => expired.has(id)).toSorted((a, b) => (a.created < b.created ? 1 : -1));
  if (input.flag("dry-run") || gone.length === 0) {
    if (json) printJson(io, { runs: gone.map(({ id }) => id), removed: 0 });
    else
      io.out(gone.length === 0 ? "No run is old enough to go.\n" : `${count(gone)} would be deleted${oldest(gone)}.\n`);
    return exitCodes.completed;
  }
  if (!input.flag("yes") && !(await confirm(io, `Delete ${count(gone)}${oldest(gone)}, with results and logs?`))) {
    io.err("Nothing was deleted.\n");
    return exitCodes.failed;
  }
  const progress = showProgress(io, json, "runs deleted");
  let removed = 0;
  try {
    await deleteRuns(
      home,
      gone.map(({ id }) => id),
      () => progress.show(++removed, gone.length),
    );
  } finally {
    progress.end();
  }
  if (json) printJson(io, { runs: gone.map(({ id }) => id), removed });
  else io.out(`Deleted ${count(gone)}.\n`);
  return exitCodes.completed;
};

function keepOf({ command, input }: CommandContext): number | undefined {
  const text = input.text("keep");
  if (text === undefined) return undefined;
  const keep = Number(text);
  if (!Number.isInteger(keep) || keep < 0) throw usage(command, `--keep: "${text}" is no whole number from 0.`);
  return keep;
}

/** Runs that a process still has, as far as can be told: also one whose last word is just being written. */
function executedRuns(home: string): ReadonlySet<string> {
  const live = listLiveRuns(realDisk, home).filter((id) => {
    const writer = readLiveEntry(realDisk, home, id)?.writer;
    return writer !== undefined && processState(writer) !== "dead";
  });
  return new Set(live);
}

function count(runs: readonly RunSummary[]): string {
  return `${runs.length} ${runs.length === 1 ? "run" : "runs"}`;
}

function oldest(runs: readonly RunSummary[]): string {
  const last = runs.at(-1);
  return last === undefined ? "" : `, the oldest of ${last.created.slice(0, 10)}`;
}

function showProgress(io: Io, json: boolean, what: string) {
  const screen = io.terminal && !json ? makeScreen({ write: io.out, columns: io.columns }) : undefined;
  let last = 0;
  return {
    show(done: number, total: number) {
      if (screen === undefined || (done < total && performance.now() - last < 80)) return;
      last = performance.now();
      screen.draw([`${progressBar(total === 0 ? 1 : done / total, 24, io.style)} ${done}/${total} ${what}`]);
    },
    end: () => screen?.close(),
  };
}
