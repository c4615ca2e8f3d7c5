/**
 * Starts the keeper (runner/keeper.ts): a small process that ends this one when user code blocks the event loop past a
 * deadline. It hears through its standard input; a write there reaches it also when this loop never turns again.
 */
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import type { KeeperMessage } from "../../protocol/keeper.ts";
import { helperEnvironment } from "../../system/clean-environment.ts";

export interface Keeper {
  readonly pid: number | undefined;
  say(message: KeeperMessage): void;
  release(runId: string): void;
}

/** Undefined when this installation has no keeper beside it. */
export function startKeeper(first: Extract<KeeperMessage, { readonly type: "keep" }>): Keeper | undefined {
  const program = keeperProgram();
  if (program === undefined) return undefined;
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(process.execPath, program, {
    // In our process group on purpose: Ctrl-C at the terminal reaches it as well.
    stdio: ["pipe", "ignore", "inherit"],
    env: helperEnvironment(),
    cwd: first.home,
    // A process without a console would not hear Ctrl-C on Windows.
    windowsHide: !first.interrupts,
  });
  unreference(child);
  const say = (message: KeeperMessage): void => {
    child.stdin?.write(`${JSON.stringify(message)}\n`);
  };
  say(first);
  return {
    pid: child.pid,
    say,
    release(runId) {
      say({ type: "release", run_id: runId });
      child.stdin?.end();
    },
  };
}

/** For the last moment of this process: waits until a keeper has written how the run ended. */
export function recordVerdictAtExit(verdict: Extract<KeeperMessage, { readonly type: "verdict" }>): void {
  const program = keeperProgram();
  if (program === undefined) return;
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  spawnSync(process.execPath, program, {
    input: `${JSON.stringify(verdict)}\n`,
    stdio: ["pipe", "ignore", "inherit"],
    env: helperEnvironment(),
    cwd: verdict.home,
    windowsHide: true,
    timeout: 10_000,
  });
}

/** Neither the process nor its pipe keeps the run's process alive, and its death is no error of the run. */
function unreference(child: ChildProcess): void {
  child.unref();
  child.on("error", () => undefined);
  child.stdin?.on("error", () => undefined);
  const pipe: unknown = child.stdin;
  if (typeof pipe === "object" && pipe !== null && "unref" in pipe && typeof pipe.unref === "function") pipe.unref();
}

/** Beside the SDK's folder in a build, the source when the sources run as they are. */
function keeperProgram(): readonly string[] | undefined {
  const place = (relative: string): string => path.resolve(import.meta.dirname, relative);
  if (import.meta.filename.endsWith(".ts")) {
    return ["--experimental-strip-types", "--disable-warning=ExperimentalWarning", place("../../runner/keeper.ts")];
  }
  const built = [place("../keeper.cjs"), place("./keeper.cjs")].find((file) => existsSync(file));
  return built === undefined ? undefined : [built];
}
