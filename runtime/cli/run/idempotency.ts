/**
 * --idempotency-key: one run for one key and flow in this home, however the flow was named and whoever started it. The
 * key is taken by creating idempotency/<hash of file and key>.<n> exclusively: n+1 follows a taker whose run never came
 * to be, or is of another flow in the file. So no file is changed and two takers at once cannot both win.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
// Not connect(), which can also install and start one: the bundle of `run` is kept small.
import { findOwner } from "../../client/owner.ts";
import { send } from "../../client/request.ts";
import type { FlowRun, Page } from "../../protocol/api.ts";
import { MillraceError, toError } from "../../protocol/errors.ts";
import { isTerminal } from "../../protocol/states.ts";
import type { CommandContext } from "../command.ts";

export interface KeyRequest {
  readonly key: string;
  /** Absolute path: a key belongs to the flow that is run, so that a date may be the key of many. */
  readonly file: string;
  /** As it was typed: its export, its name, or nothing when the file has one flow. */
  readonly flow: string | undefined;
  readonly runId: string;
}

interface Reservation {
  readonly run_id: string;
  readonly pid: number;
  readonly at: number;
}

/** Milliseconds that a run may take from taking its key to its first record. */
const startTime = 30_000;

/**
 * Takes the key for `runId` and resolves to undefined; or, when a run has it, waits for that run's end, shows it and
 * resolves to its exit code.
 */
export async function reserveKey(context: CommandContext, request: KeyRequest): Promise<number | undefined> {
  const folder = path.join(context.home, "idempotency");
  makeFolder(folder);
  const file = realpathSync.native(request.file);
  const hash = createHash("sha256")
    .update(JSON.stringify([file, request.key]))
    .digest("hex");
  const elsewhere = await startedByOthers(context.home, { ...request, file });
  if (elsewhere !== undefined) return showRunOf(context, elsewhere);
  for (;;) {
    const numbers = takenNumbers(folder, hash);
    for (const number of numbers) {
      const exitCode = await showTaken(context, readReservation(path.join(folder, `${hash}.${number}`)), request.flow);
      if (exitCode !== undefined) return exitCode;
    }
    if (take(folder, hash, (numbers.at(-1) ?? 0) + 1, request.runId)) return undefined;
  }
}

/** The newest run of the flow with this key that the orchestrator knows, when one is up: of the editor, of a program. */
async function startedByOthers(home: string, { file, flow, key }: KeyRequest): Promise<string | undefined> {
  const owner = findOwner(home);
  if (owner === undefined || owner.foreign) return undefined;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const body = { flow_file: file, limit: 1000, ...(cursor === undefined ? {} : { cursor }) };
    const asked = send<Page<FlowRun>>(owner, { method: "POST", path: "/api/flow_runs/filter", body });
    const page = await asked.catch(() => undefined);
    const found = page?.items.find((run) => run.idempotency_key === key && isOfFlow(run, flow));
    if (found !== undefined) return found.id;
    cursor = page?.next_cursor ?? null;
  }
  return undefined;
}

function isOfFlow(run: FlowRun, typed: string | undefined): boolean {
  return typed === undefined || run.flow_export === typed || run.flow_name === typed;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    throw new MillraceError(
      "home-unusable",
      `The home folder cannot be written: ${toError(thrown).message}. Choose another with --home or MILLRACE_HOME.`,
      { cause: thrown },
    );
  }
}

/** Ascending. */
function takenNumbers(folder: string, hash: string): number[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${hash}.`))
    .map((name) => Number(name.slice(hash.length + 1)))
    .filter(Number.isInteger)
    .sort((left, right) => left - right);
}

function readReservation(file: string): Reservation | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof value !== "object" || value === null || !("run_id" in value) || typeof value.run_id !== "string")
      return undefined;
    const pid = "pid" in value && typeof value.pid === "number" ? value.pid : 0;
    const at = "at" in value && typeof value.at === "number" ? value.at : 0;
    return { run_id: value.run_id, pid, at };
  } catch {
    // Being written this moment, or its writer died while writing.
    return undefined;
  }
}

function take(folder: string, hash: string, number: number, runId: string): boolean {
  const reservation: Reservation = { run_id: runId, pid: process.pid, at: Date.now() };
  try {
    writeFileSync(path.join(folder, `${hash}.${number}`), JSON.stringify(reservation), { flag: "wx", mode: 0o600 });
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST") return false;
    throw thrown;
  }
}

/** Undefined when the run that took the key never came to be, or is of another flow: then it is in nobody's way. */
async function showTaken(
  context: CommandContext,
  reservation: Reservation | undefined,
  flow: string | undefined,
): Promise<number | undefined> {
  if (reservation === undefined) {
    // Give a writer in the middle of its write a moment; a dead one leaves the key free.
    await wait(200);
    return undefined;
  }
  const { openRun } = await import("../runs/open-run.ts");
  for (;;) {
    const flowRun = openRun(context.home, reservation.run_id)?.flowRun;
    if (flowRun !== undefined) return isOfFlow(flowRun, flow) ? showRunOf(context, flowRun.id) : undefined;
    const starting = isAlive(reservation.pid) && Date.now() - reservation.at < startTime;
    if (!starting) return undefined;
    await wait(50);
  }
}

/** Waits for the end of the run, shows it, and resolves to its exit code. */
async function showRunOf(context: CommandContext, runId: string): Promise<number> {
  const { io, home, json } = context;
  const { openRun } = await import("../runs/open-run.ts");
  const { showEnd } = await import("../runs/show-end.ts");
  let told = false;
  for (;;) {
    const run = openRun(home, runId);
    if (run?.flowRun !== undefined && (isTerminal(run.flowRun.state_type) || run.flowRun.state_type === "PAUSED")) {
      if (!json) io.err(`${io.style.dim("This key has a run in this home already; nothing was run.")}\n`);
      return showEnd(context, run);
    }
    if (!told && !json) io.err(`${io.style.dim("A run with this key is going on; waiting for its end.")}\n`);
    told = true;
    await wait(250);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}
