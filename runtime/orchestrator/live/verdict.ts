/** The verdict over a run whose process is gone and could not say how it ended. */
import { open } from "node:fs/promises";
import { readLiveEntry } from "../../journal/live.ts";
import { listSegments } from "../../journal/reading.ts";
import { writeVerdict } from "../../journal/sealing.ts";
import { stateAfterDebugger } from "../../protocol/debugging.ts";
import { toError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import type { LiveEntry } from "../../protocol/live.ts";
import { makeState, type State } from "../../protocol/states.ts";
import type { Core } from "../core.ts";
import type { ProcessExit } from "./live-runs.ts";
import type { Ending } from "./supervision.ts";

/** Bytes at the end of the output, and lines of them, that go into the state. */
const outputBytes = 8 * 1024;
const outputLines = 20;

/** Writes the verdict over a run that is folded to its end and had none; false when somebody else goes on with it. */
export async function passVerdict(
  core: Core,
  entry: LiveEntry,
  ending: Ending | undefined,
  exit: ProcessExit | undefined,
  /** The process is known to be gone, whatever its identity tells here. */
  isGone = false,
): Promise<boolean> {
  const lastOutput = entry.output === undefined ? [] : await lastLines(entry.output);
  const folder = homePaths.run(core.home, entry.run_id);
  try {
    const last = listSegments(core.disk, folder).findLast(({ header }) => header !== undefined);
    const now = Date.now();
    const gone = last?.header?.debugging
      ? stateAfterDebugger(now)
      : crashedState(exit, lastOutput, now, last?.failure?.message ?? exit?.reason);
    return await writeVerdict(core.disk, folder, {
      ...(ending ?? keepersWord(core, entry) ?? { state: gone }),
      writer: core.identity,
      wasOpen: true,
      ...(isGone ? { writerIsGone: true } : {}),
    });
  } catch (thrown) {
    core.log.error(`no verdict over run ${entry.run_id}`, toError(thrown));
    return false;
  }
}

/** The entry is read anew: the keeper has said it since the run was found. A resume makes an entry without it. */
function keepersWord({ disk, home }: Core, { run_id, token }: LiveEntry): Ending | undefined {
  const now = readLiveEntry(disk, home, run_id);
  if (now?.last_word === undefined || now.token !== token) return undefined;
  const { state, task_message, task_states } = now.last_word;
  return {
    state,
    ...(task_message === undefined ? {} : { taskMessage: task_message }),
    ...(task_states === undefined ? {} : { taskStates: new Map(Object.entries(task_states)) }),
  };
}

/**
 * Pure: the state that tells how a process ended that was not ended by us. `noted` is why the runner could not go on
 * writing (a full disk), as it noted itself.
 */
export function crashedState(
  exit: ProcessExit | undefined,
  lastOutput: readonly string[],
  now: number,
  noted?: string,
): State {
  const details = {
    ...(typeof exit?.code === "number" ? { exit_code: exit.code } : {}),
    ...(typeof exit?.signal === "string" ? { signal: exit.signal } : {}),
    ...(lastOutput.length > 0 ? { last_output: lastOutput } : {}),
  };
  const said = lastOutput.at(-1);
  const last = noted ?? (said === undefined ? undefined : `It last wrote: ${said}`);
  const message = `The runner's process ended ${describeExit(exit)} before the run did.${last === undefined ? "" : ` ${last}`}`;
  return makeState("CRASHED", now, { message, details });
}

function describeExit(exit: ProcessExit | undefined): string {
  if (typeof exit?.signal === "string") return `by ${exit.signal}`;
  if (typeof exit?.code === "number") return `with exit code ${exit.code}`;
  return "(nobody saw how)";
}

/** The last lines of a file; none when it cannot be read. */
export async function lastLines(file: string): Promise<readonly string[]> {
  const handle = await open(file, "r").catch(() => undefined);
  if (handle === undefined) return [];
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - outputBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(outputBytes), 0, outputBytes, start);
    const lines = buffer.toString("utf8", 0, bytesRead).split(/\r?\n/);
    // The first line is cut off somewhere when there is more before it.
    return lines
      .slice(start > 0 ? 1 : 0)
      .filter((line) => line.trim() !== "")
      .slice(-outputLines);
  } finally {
    await handle.close();
  }
}
