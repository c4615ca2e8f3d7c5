/** Starting runner processes, for whoever supervises them. */
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import type { StartRequest } from "../protocol/live.ts";
import { userEnvironment } from "../system/clean-environment.ts";
import { distFolder } from "./dist-folder.ts";
import type { Nothing, WarmMessage } from "./warm.ts";

export interface SpawnRunnerOptions {
  /** The Node to run on: a path. */
  readonly node: string;
  readonly home: string;
  /** What user code sees, on top of nothing: pass on what the user had. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dist?: string;
}

export interface WarmRunnerOptions extends SpawnRunnerOptions {
  /** Takes stdout and stderr of the process, appended; made with mode 0600. */
  readonly outputFile: string;
  /** For Node itself, before the program: what limits its memory. */
  readonly nodeArguments?: readonly string[];
  /** Ready sooner and with half the work, and a few milliseconds slower when its run begins. */
  readonly lean?: boolean;
}

export type Refusal = Omit<Extract<WarmMessage, { type: "refused" }>, "type">;

/** A runner that has all but the user's code loaded and waits. It leads its own process group and outlives its parent once started. */
export interface WarmRunner {
  readonly process: ChildProcess;
  /** Rejects when the process ended instead. */
  readonly ready: Promise<void>;
  /** Once only. */
  start(request: StartRequest): void;
  /** Resolves when the channel closes: with why there is no run, or with undefined when the run goes its own way. */
  readonly refused: Promise<Refusal | undefined>;
}

export function spawnWarmRunner(options: WarmRunnerOptions): WarmRunner {
  fs.mkdirSync(path.dirname(options.outputFile), { recursive: true, mode: 0o700 });
  const output = fs.openSync(options.outputFile, "a", 0o600);
  let child: ChildProcess;
  try {
    child = spawn(
      options.node,
      [
        ...(options.nodeArguments ?? []),
        ...runnerArguments(options, "warm", options.home, ...(options.lean === true ? ["lean"] : [])),
      ],
      {
        env: runnerEnvironment(options),
        detached: true,
        windowsHide: true,
        stdio: ["ignore", output, output, "ipc"],
      },
    );
  } finally {
    fs.closeSync(output);
  }
  const say = (message: StartRequest | Nothing): void => {
    // A runner that has just died is seen by its exit, not by an exception here.
    child.send(message, () => undefined);
  };
  say({ type: "nothing" });
  let refusal: Refusal | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    child.on("message", (message: WarmMessage) => {
      if (message.type === "ready") resolve();
      else refusal = { error: message.error, exit_code: message.exit_code };
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      reject(
        new Error(`the runner ended before it was ready (${signal ?? `exit code ${code}`}); see ${options.outputFile}`),
      );
    });
  });
  // Nobody may be waiting any more when a spare is let go.
  ready.catch(() => undefined);
  const refused = new Promise<Refusal | undefined>((resolve) => {
    child.once("disconnect", () => resolve(refusal));
    child.once("error", () => resolve(refusal));
  });
  return {
    process: child,
    ready,
    refused,
    start: say,
  };
}

export function runnerArguments(options: Pick<SpawnRunnerOptions, "dist">, ...rest: readonly string[]): string[] {
  return [path.join(options.dist ?? distFolder(), "millrace.cjs"), "__runner", ...rest];
}

/** VS Code's own binary runs as Node only when told; the runner hides that from user code again. */
export function runnerEnvironment({ env, home, node }: SpawnRunnerOptions): Record<string, string> {
  const electron = process.versions["electron"] !== undefined && node === process.execPath;
  return {
    ...userEnvironment(env),
    MILLRACE_HOME: home,
    ...(electron ? { ELECTRON_RUN_AS_NODE: "1", ELECTRON_NO_ASAR: "1" } : {}),
  };
}
