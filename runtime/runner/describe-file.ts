import { spawn } from "node:child_process";
import process from "node:process";
import type { Readable } from "node:stream";
import type { Description } from "../protocol/api.ts";
import { MillraceError } from "../protocol/errors.ts";
import { killTree } from "../system/kill-tree.ts";
import type { DescribeAnswer } from "./describe.ts";
import { runnerArguments, runnerEnvironment, type SpawnRunnerOptions } from "./spawn.ts";

export interface DescribeOptions extends Partial<SpawnRunnerOptions> {
  readonly home: string;
  /** Absolute path. */
  readonly file: string;
  readonly cwd?: string;
  /** The sources to load instead of those that lie there now. */
  readonly snapshot?: string;
  /** Milliseconds; 5,000 when left out. */
  readonly limit?: number;
}

/**
 * The flows of a file, found by loading it in a process of its own, without running one. Never for untrusted files.
 * @throws MillraceError "load-failed" and what picking a flow may throw; also when the module takes too long to load.
 */
export async function describeFile(options: DescribeOptions): Promise<Description> {
  const { node = process.execPath, env = process.env, limit = 5000 } = options;
  const pinned = options.snapshot === undefined ? [] : [options.snapshot];
  const child = spawn(node, runnerArguments(options, "describe", options.home, options.file, ...pinned), {
    env: runnerEnvironment({ ...options, node, env }),
    cwd: options.cwd,
    windowsHide: true,
    // The answer has a pipe of its own: the module may print.
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  child.stdout?.resume();
  const [errors, answer] = [collect(child.stderr), collect(child.stdio[3])];
  const ended = new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  let tooLong = false;
  const timer = setTimeout(() => {
    tooLong = true;
    if (child.pid !== undefined) void killTree(child.pid);
  }, limit);
  let end: string;
  try {
    end = await ended;
  } finally {
    clearTimeout(timer);
  }
  if (tooLong) {
    throw new MillraceError(
      "load-failed",
      `${options.file}: loading it took longer than ${limit / 1000} seconds. Move what waits (connections, requests) from the top of the module into a task.`,
    );
  }
  return read(await answer, options.file, end, await errors);
}

function read(text: string, file: string, end: string, errors: string): Description {
  if (text === "") {
    const said = errors.trim().split("\n").slice(-5).join("\n");
    throw new MillraceError(
      "load-failed",
      `${file}: the process that loaded it ended (${end}) ${said ? `saying:\n${said}` : "without a word"}`,
    );
  }
  const answer: DescribeAnswer = JSON.parse(text);
  if (answer.ok) return answer.description;
  throw Object.assign(new MillraceError(answer.code, answer.message), { location: answer.error.location });
}

/** All that a pipe says. */
export async function collect(stream: unknown): Promise<string> {
  let text = "";
  if (!isReadable(stream)) return text;
  stream.setEncoding("utf8");
  for await (const chunk of stream) text += chunk;
  return text;
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === "object" && stream !== null && "setEncoding" in stream;
}
