/**
 * Going on with a run at an orchestrator: one of another machine, or that of this home for a run whose pool has workers of
 * its own. It waits in its queue and is followed until its end.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../../client/client.ts";
import type { FlowRun } from "../../protocol/api.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import type { ResumeOptions } from "../../protocol/live.ts";
import { isTerminal } from "../../protocol/states.ts";
import type { CommandContext } from "../command.ts";
import { exitCodeOf, followRun } from "../deploy/follow-run.ts";
import { printJson } from "../json.ts";
import { oneLine } from "../terminal/width.ts";
import { glyphOf, paintOf, stateLabel } from "../view/glyphs.ts";
import { planLines } from "../view/plan-lines.ts";
import { withRun } from "./run-of.ts";

export function goOnElsewhere(context: CommandContext, options: ResumeOptions, planOnly: boolean): Promise<number> {
  return withRun(context, (client, run) =>
    planOnly ? showPlan(context, client, run, options) : goOn(context, client, run, options),
  );
}

async function showPlan({ io, json }: CommandContext, client: Client, run: FlowRun, options: ResumeOptions) {
  const plan = await client.request("POST /api/flow_runs/:id/plan", { params: { id: run.id }, body: options });
  if (json) printJson(io, plan);
  else
    io.out(
      planLines(plan, run, io)
        .map((line) => `${line}\n`)
        .join(""),
    );
  return exitCodes.completed;
}

export async function goOn(
  { home, io, json }: CommandContext,
  client: Client,
  { id }: FlowRun,
  options: ResumeOptions,
): Promise<number> {
  const asked = await client.request("POST /api/flow_runs/:id/resume", {
    params: { id },
    body: options,
    timeout_ms: 60_000,
  });
  if (!json) io.err(`${io.style.bold(asked.name)} is asked to go on (${id}).\n`);
  const ended = await followRun(client, id, { home, io, watch: !json });
  if (json) printJson(io, ended);
  else io.out(`${endLine(ended, io)}\n`);
  return exitCodeOf(ended);
}

export function endLine(run: FlowRun, { style }: Pick<CommandContext["io"], "style">): string {
  const state = { type: run.state_type, name: run.state_name };
  const why = run.error === null ? run.state.message : `${run.error.name}: ${run.error.message}`;
  const rest = why === null || run.state_type === "COMPLETED" ? "" : `: ${oneLine(why)}`;
  return `${glyphOf(state, style)} ${run.name} ${paintOf(state, style)(stateLabel(state))}${rest}`;
}

/** Milliseconds between two looks, and beyond the grace. */
const lookEvery = 100;
const longer = 10_000;

export function cancelElsewhere(context: CommandContext, reason: string, grace: number): Promise<number> {
  const { io, json } = context;
  return withRun(context, async (client, { id, name }) => {
    const params = { id };
    await client.request("POST /api/flow_runs/:id/cancel", { params, body: { reason, grace_ms: grace } });
    let run = await client.request("GET /api/flow_runs/:id", { params });
    for (const end = performance.now() + grace + longer; !isTerminal(run.state_type) && performance.now() < end; ) {
      await wait(lookEvery);
      run = await client.request("GET /api/flow_runs/:id", { params });
    }
    if (json) printJson(io, run);
    else if (run.state_type === "CANCELLED") io.out(`${io.style.bold(name)} is cancelled.\n`);
    else
      io.out(
        `${io.style.bold(name)} was asked to stop: ${stateLabel({ type: run.state_type, name: run.state_name })}.\n`,
      );
    return run.state_type === "CANCELLED" ? exitCodes.completed : exitCodes.failed;
  });
}

export function continueElsewhere(context: CommandContext, body: { pause_key?: string; value?: unknown }) {
  const { io, json } = context;
  return withRun(context, async (client, { id }) => {
    const run = await client.request("POST /api/flow_runs/:id/continue", { params: { id }, body });
    if (json) printJson(io, run);
    else io.out(`${io.style.bold(run.name)} goes on.\n`);
    return exitCodes.completed;
  });
}

export function removeElsewhere(context: CommandContext, confirm: (question: string) => Promise<boolean>) {
  const { io, json, input } = context;
  return withRun(context, async (client, { id, name }) => {
    if (input.arguments.length > 1) {
      throw new MillraceError("bad-usage", "At an orchestrator elsewhere one run is deleted at a time: name one.");
    }
    if (!input.flag("yes") && !(await confirm(`Delete ${name} (${id}) at ${client.home} with results and logs?`))) {
      io.err("Nothing was deleted.\n");
      return exitCodes.failed;
    }
    await client.request("DELETE /api/flow_runs/:id", { params: { id } });
    if (json) printJson(io, [{ id, removed: true }]);
    else io.out(`Deleted ${name} (${id}).\n`);
    return exitCodes.completed;
  });
}
