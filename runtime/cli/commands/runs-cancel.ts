/** `millrace runs cancel`: through the orchestrator when one is up, else straight to the run's own process. */
import { setTimeout as wait } from "node:timers/promises";
import { connect } from "../../client/connect.ts";
import { isRemote } from "../../client/profiles.ts";
import { realDisk } from "../../journal/disk.ts";
import { writeVerdict } from "../../journal/sealing.ts";
import { formatDuration, parseDuration } from "../../protocol/durations.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { isTerminal, makeState } from "../../protocol/states.ts";
import { millraceVersion } from "../../protocol/version.ts";
import { killTree } from "../../system/kill-tree.ts";
import { currentWriter, processState } from "../../system/process-identity.ts";
import type { CommandContext, CommandHandler } from "../command.ts";
import { printJson } from "../json.ts";
import { findRun } from "../runs/find-run.ts";
import { type OpenedRun, openRun } from "../runs/open-run.ts";
import { tellRunner } from "../runs/tell-runner.ts";
import { stateLabel } from "../view/glyphs.ts";

const defaultGrace = "10s";

export const runsCancelHandler: CommandHandler = async (context) => {
  const { home, input, io, json } = context;
  const graceMs = parseGrace(input.text("grace") ?? defaultGrace);
  const reason = input.text("reason") ?? "cancelled from the command line";
  if (isRemote(home)) return (await import("../elsewhere/go-on.ts")).cancelElsewhere(context, reason, graceMs);
  const id = await findRun(home, input.arguments[0]);
  const run = openRun(home, id);
  const before = run?.flowRun;
  if (before !== undefined && isTerminal(before.state_type)) {
    throw new MillraceError(
      "conflict",
      `Run ${before.name} has ended already: ${stateLabel({ type: before.state_type, name: before.state_name })}.`,
    );
  }
  if (!(await throughOrchestrator(home, id, reason, graceMs))) {
    if (run === undefined) throw new MillraceError("not-found", `There is no run ${id} in ${home}.`);
    await withoutOrchestrator(run, reason, graceMs, (line) => json || io.err(`${line}\n`));
  }
  const after = await waitForEnd(home, id, graceMs);
  if (json) printJson(io, after?.flowRun ?? null);
  else io.out(`${endText(context, id, after)}\n`);
  return after?.flowRun?.state_type === "CANCELLED" ? exitCodes.completed : exitCodes.failed;
};

function parseGrace(text: string): number {
  try {
    return parseDuration(text, "--grace");
  } catch (thrown) {
    throw new MillraceError("bad-usage", thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
  }
}

async function throughOrchestrator(home: string, id: string, reason: string, graceMs: number): Promise<boolean> {
  const client = await connect(home).catch(() => undefined);
  if (client === undefined) return false;
  try {
    await client.request("POST /api/flow_runs/:id/cancel", { params: { id }, body: { reason, grace_ms: graceMs } });
    return true;
  } catch (thrown) {
    // It may not have heard of the run yet; the run itself has.
    if (thrown instanceof MillraceError && (thrown.code === "not-found" || thrown.code === "not-answering"))
      return false;
    throw thrown;
  } finally {
    client.close();
  }
}

async function withoutOrchestrator(
  run: OpenedRun,
  reason: string,
  graceMs: number,
  say: (line: string) => void,
): Promise<void> {
  const { live } = run;
  if (live === undefined) {
    throw new MillraceError(
      "not-found",
      `Run ${run.id} is not registered as running in this home; nothing was cancelled.`,
    );
  }
  const reached = await tellRunner(
    live,
    { type: "cancel", reason, grace_ms: graceMs },
    {
      patience: 200,
      until: (answer) => "type" in answer && answer.type === "closing",
    },
  );
  if (reached && (await endsWithin(run, graceMs))) return;
  if (processState(live.writer) === "alive") {
    say(
      `The flow did not stop within ${formatDuration(graceMs)}; ending its process (${live.writer.pid}) and what it started.`,
    );
    await killTree(live.writer.pid);
  }
  for (let tries = 0; tries < 100 && processState(live.writer) === "alive"; tries++) await wait(20);
  const message = reached
    ? `${reason}; its code did not stop within ${formatDuration(graceMs)}, so its process was ended`
    : reason;
  await writeVerdict(realDisk, run.folder, {
    state: makeState("CANCELLED", Date.now(), { message }),
    writer: currentWriter(millraceVersion),
  });
}

async function endsWithin({ live }: OpenedRun, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (live !== undefined && processState(live.writer) === "alive") {
    if (performance.now() > deadline) return false;
    await wait(50);
  }
  return true;
}

async function waitForEnd(home: string, id: string, graceMs: number): Promise<OpenedRun | undefined> {
  const deadline = performance.now() + graceMs + 10_000;
  for (;;) {
    const run = openRun(home, id);
    if ((run?.flowRun !== undefined && isTerminal(run.flowRun.state_type)) || performance.now() > deadline) return run;
    await wait(50);
  }
}

function endText({ io }: CommandContext, id: string, run: OpenedRun | undefined): string {
  const { flowRun } = run ?? {};
  if (flowRun === undefined) return `The run ${id} was asked to stop before it began.`;
  const label = stateLabel({ type: flowRun.state_type, name: flowRun.state_name }).toLowerCase();
  if (flowRun.state_type === "CANCELLED") return `${io.style.bold(flowRun.name)} is cancelled.`;
  return isTerminal(flowRun.state_type)
    ? `${io.style.bold(flowRun.name)} ended before it could be cancelled: ${label}.`
    : `${io.style.bold(flowRun.name)} was asked to stop and is still ${label}.`;
}
