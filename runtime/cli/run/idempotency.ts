/**
 * --idempotency-key: one run for one key and file in this home. The key is taken by creating
 * idempotency/<hash>.<n> exclusively; a taker whose run never came to be is followed by n+1, so no file is changed
 * and two takers at once cannot both win.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { MillraceError, toError } from "../../protocol/errors.ts";
import { isTerminal } from "../../protocol/states.ts";
import type { CommandContext } from "../command.ts";

export interface KeyRequest {
  readonly key: string;
  /** Absolute path: a key belongs to the file that is run, so that a date may be the key of many flows. */
  readonly file: string;
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
  const hash = createHash("sha256")
    .update(JSON.stringify([request.file, request.flow ?? null, request.key]))
    .digest("hex");
  for (;;) {
    const taken = latest(folder, hash);
    if (taken === undefined) {
      if (take(folder, hash, 1, request.runId)) return undefined;
      continue;
    }
    const exitCode = await showTaken(context, taken.reservation);
    if (exitCode !== undefined) return exitCode;
    if (take(folder, hash, taken.number + 1, request.runId)) return undefined;
  }
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

function latest(folder: string, hash: string): { number: number; reservation: Reservation | undefined } | undefined {
  const numbers = readdirSync(folder)
    .filter((name) => name.startsWith(`${hash}.`))
    .map((name) => Number(name.slice(hash.length + 1)))
    .filter(Number.isInteger);
  if (numbers.length === 0) return undefined;
  const number = Math.max(...numbers);
  return { number, reservation: readReservation(path.join(folder, `${hash}.${number}`)) };
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

/** Undefined when the run that took the key never came to be: the key is free. */
async function showTaken(context: CommandContext, reservation: Reservation | undefined): Promise<number | undefined> {
  const { io, home, json } = context;
  if (reservation === undefined) {
    // Give a writer in the middle of its write a moment; a dead one leaves the key free.
    await wait(200);
    return undefined;
  }
  const { openRun } = await import("../runs/open-run.ts");
  const { showEnd } = await import("../runs/show-end.ts");
  let told = false;
  for (;;) {
    const run = openRun(home, reservation.run_id);
    if (run?.flowRun === undefined) {
      const starting = isAlive(reservation.pid) && Date.now() - reservation.at < startTime;
      if (!starting) return undefined;
    } else if (isTerminal(run.flowRun.state_type) || run.flowRun.state_type === "PAUSED") {
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
