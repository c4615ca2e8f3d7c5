/** Waits for a run that another process executes, and prints its log meanwhile. */
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../../client/client.ts";
import { isRemote } from "../../client/profiles.ts";
import type { FlowRun } from "../../protocol/api.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import { isTerminal } from "../../protocol/states.ts";
import type { Io } from "../command.ts";
import { logPages } from "../elsewhere/logs.ts";
import { makeLogReader } from "../runs/read-logs.ts";
import { cleanLines } from "../terminal/width.ts";
import { glyphOf, paintOf, stateLabel } from "../view/glyphs.ts";
import { levelName, paintLevel } from "../view/log-lines.ts";
import { clockTime } from "../view/plain.ts";

/** Milliseconds between two looks. */
const lookEvery = 150;

export interface FollowOptions {
  readonly home: string;
  readonly io: Io;
  /** Print log lines and changes of state. */
  readonly watch: boolean;
}

export async function followRun(client: Client, id: string, { home, io, watch }: FollowOptions): Promise<FlowRun> {
  const { style } = io;
  const reader = isRemote(home) ? logPages(client, id) : makeLogReader(homePaths.run(home, id));
  let shown = "";
  for (;;) {
    const run = await stillThere(client, id);
    const state = { type: run.state_type, name: run.state_name };
    const text = `${stateLabel(state)}${run.state.message === null ? "" : `: ${run.state.message}`}`;
    if (watch) {
      for (const log of await reader.next()) {
        const level = paintLevel(log.level, style)(levelName(log.level));
        for (const line of cleanLines(log.message)) io.err(`${style.dim(clockTime(log.at))} ${level} ${line}\n`);
      }
      if (text !== shown) io.err(`${glyphOf(state, style)} ${paintOf(state, style)(text)}\n`);
    }
    shown = text;
    if (isTerminal(run.state_type)) return run;
    await wait(lookEvery);
  }
}

/** An orchestrator that is replaced is away for a moment; the run goes on meanwhile. */
async function stillThere(client: Client, id: string): Promise<FlowRun> {
  for (let failures = 0; ; failures++) {
    try {
      return await client.request("GET /api/flow_runs/:id", { params: { id } });
    } catch (thrown) {
      const away = thrown instanceof MillraceError && thrown.code === "not-answering";
      if (!away || failures >= 20) throw thrown;
      await wait(500);
    }
  }
}

/** As for `millrace run`. */
export function exitCodeOf({ state_type }: FlowRun): number {
  if (state_type === "COMPLETED") return exitCodes.completed;
  return state_type === "FAILED" ? exitCodes.failed : exitCodes.crashed;
}
