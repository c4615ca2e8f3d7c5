/** A process that has loaded a file and checks parameters of its flows; never for untrusted files. */
import { spawn } from "node:child_process";
import { type FieldProblem, MillraceError } from "../protocol/errors.ts";
import { killTree } from "../system/kill-tree.ts";
import { runnerArguments, runnerEnvironment, type SpawnRunnerOptions } from "./spawn.ts";
import type { ValidateAnswer, ValidateQuestion } from "./validate.ts";

export interface ValidatorOptions extends SpawnRunnerOptions {
  /** Absolute path. */
  readonly file: string;
  readonly cwd: string;
  /** The sources to load instead of those that lie there now. */
  readonly snapshot?: string;
  /** Milliseconds for one answer, loading the file for the first one. */
  readonly limit: number;
}

export interface Validator {
  /** The fields that the flow's schema refuses. @throws MillraceError "load-failed", and what picking a flow may throw. */
  ask(flow: string | undefined, parameters: ValidateQuestion["parameters"]): Promise<readonly FieldProblem[]>;
  /** Resolves when the process is gone: another one is needed. */
  readonly gone: Promise<void>;
  close(): void;
  /** For a process that ends itself: what takes a moment would leave the child stopped for ever. */
  closeNow(): void;
}

interface Waiting {
  readonly resolve: (fields: readonly FieldProblem[]) => void;
  readonly reject: (error: MillraceError) => void;
  readonly timer: NodeJS.Timeout;
}

export function startValidator(options: ValidatorOptions): Validator {
  const { file, limit } = options;
  const pinned = options.snapshot === undefined ? [] : [options.snapshot];
  const child = spawn(options.node, runnerArguments(options, "validate", options.home, file, ...pinned), {
    env: runnerEnvironment(options),
    cwd: options.cwd,
    windowsHide: true,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2000);
  });

  const take = (id: number): Waiting | undefined => {
    const asked = waiting.get(id);
    waiting.delete(id);
    clearTimeout(asked?.timer);
    return asked;
  };
  const fail = (error: MillraceError): void => {
    for (const id of [...waiting.keys()]) take(id)?.reject(error);
  };
  const close = (): void => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) void killTree(child.pid);
  };
  child.on("message", (answer: ValidateAnswer) => {
    const asked = take(answer.id);
    if ("fields" in answer) asked?.resolve(answer.fields);
    else asked?.reject(new MillraceError(answer.code, answer.message));
  });
  const gone = new Promise<void>((resolve) => {
    const ended = (how: string): void => {
      const last = said.trim().split("\n").slice(-5).join("\n");
      fail(
        new MillraceError(
          "load-failed",
          `${file}: the process that loaded it ended (${how}) ${last === "" ? "without a word" : `saying:\n${last}`}`,
        ),
      );
      resolve();
    };
    child.once("error", (error) => ended(error.message));
    child.once("close", (code, signal) => ended(signal ?? `exit code ${code}`));
  });

  return {
    ask(flow, parameters) {
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          fail(
            new MillraceError(
              "load-failed",
              `${file}: checking the parameters took longer than ${limit / 1000} seconds: its top level waits for something, or its schema does.`,
            ),
          );
          close();
        }, limit);
        waiting.set(id, { resolve, reject, timer });
        const question: ValidateQuestion = { id, parameters, ...(flow === undefined ? {} : { flow }) };
        // One that has just ended is seen by its exit, not by an exception here.
        child.send(question, () => undefined);
      });
    },
    gone,
    close,
    closeNow: () => void child.kill("SIGKILL"),
  };
}
