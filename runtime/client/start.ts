/** Starting an orchestrator: a detached process of the installed runtime that says once whether it came up. */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { isErrorCode, MillraceError, toError } from "../protocol/errors.ts";
import { homePaths } from "../protocol/home.ts";
import { helperEnvironment } from "../system/clean-environment.ts";
import { installRuntime } from "./install.ts";
import { chooseNode, chosenNode } from "./node-path.ts";

export type StartOutcome =
  | { readonly kind: "ready" }
  /** Another orchestrator took the home first, or ours took too long to tell. */
  | { readonly kind: "lost"; readonly error?: MillraceError }
  | { readonly kind: "failed"; readonly error: MillraceError };

export interface StartOptions {
  readonly dist: string | undefined;
  readonly node: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly force: boolean;
  /** HOST:PORT at which workers of other machines shall reach it. */
  readonly listen?: string | undefined;
}

/**
 * Mebibytes. Reading thousands of deployments lets V8's young generation grow to many times what an orchestrator needs
 * from then on, and it would not shrink while nothing happens.
 */
const youngGeneration = "--max-semi-space-size=2";

/** @throws MillraceError "home-unusable" when the home cannot be written, "bad-usage" when the Node given is none. */
export async function startOrchestrator(
  home: string,
  { dist, node: wanted, timeout, force, listen }: StartOptions,
): Promise<StartOutcome> {
  const node = await (wanted === undefined ? chooseNode() : chosenNode(wanted));
  const runtime = installRuntime(home, dist, node.path);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const log = homePaths.orchestratorLog(home);
  // What Node itself prints before our log is open (a broken program, out of memory) must not be lost.
  const output = openSync(log, "a", 0o600);
  try {
    const child = spawn(
      node.path,
      [
        youngGeneration,
        path.join(runtime.folder, "millrace.cjs"),
        "__orchestrator",
        "--home",
        home,
        ...(force ? ["--force"] : []),
        ...(listen === undefined ? [] : ["--listen", listen]),
      ],
      {
        cwd: home,
        detached: true,
        windowsHide: true,
        env: { ...helperEnvironment(), MILLRACE_HOME: home },
        stdio: ["ignore", output, output, "ipc"],
      },
    );
    return await new Promise<StartOutcome>((resolve) => {
      const finish = (outcome: StartOutcome): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        child.on("error", () => {});
        if (child.connected) child.disconnect();
        child.unref();
        resolve(outcome);
      };
      const timer = setTimeout(() => finish({ kind: "lost" }), timeout);
      child.once("message", (message) => finish(readOutcome(message)));
      child.once("error", (error) => finish({ kind: "failed", error: failed(log, error.message) }));
      child.once("exit", (code, signal) =>
        finish({ kind: "failed", error: failed(log, `it ended with ${signal ?? code}`) }),
      );
    });
  } finally {
    closeSync(output);
  }
}

function failed(log: string, what: string): MillraceError {
  return new MillraceError("internal", `The orchestrator did not start: ${what}. ${log} tells more.`);
}

/** {type: "ready"} or {type: "failed", code, message}; "home-owned" and "not-answering" mean that another one has it. */
function readOutcome(message: unknown): StartOutcome {
  if (typeof message !== "object" || message === null || !("type" in message)) return { kind: "lost" };
  if (message.type === "ready") return { kind: "ready" };
  const code = "code" in message && typeof message.code === "string" ? message.code : "internal";
  const text = "message" in message && typeof message.message === "string" ? message.message : toError(message).message;
  const error = new MillraceError(isErrorCode(code) ? code : "internal", text);
  return { kind: "type" in message && message.type === "lost" ? "lost" : "failed", error };
}
