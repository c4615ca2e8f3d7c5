/** Asks block classes in a process of their own; the orchestrator never loads them itself. */
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import type { BlockMessage, BlockTest, BlockType } from "../protocol/blocks.ts";
import { type FieldProblem, MillraceError } from "../protocol/errors.ts";
import { killTree } from "../system/kill-tree.ts";
import type { BlockAnswer, BlockQuestion } from "./block-child.ts";
import { collect } from "./describe-file.ts";
import { runnerArguments, runnerEnvironment, type SpawnRunnerOptions } from "./spawn.ts";

export interface BlockProcessOptions extends SpawnRunnerOptions {
  readonly cwd?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A document with the secrets in their places, for one question. */
export interface PlainDocument {
  readonly module: string;
  readonly slug: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly secrets: readonly string[];
}

/** Milliseconds. */
const describeLimit = 5000;
const checkLimit = 15_000;
const testLimit = 15_000;
const sayLimit = 60_000;
/** A test that does not hear that its time is over is ended with its process. */
const grace = 2000;

/** @throws MillraceError "load-failed", "bad-file"; also when the module takes too long to load. */
export async function describeBlockModule(module: string, options: BlockProcessOptions): Promise<readonly BlockType[]> {
  const answer = await ask({ ask: "describe", home: options.home, module }, describeLimit, options);
  return "block_types" in answer ? answer.block_types : [];
}

/** @throws MillraceError "load-failed" when the module cannot be loaded any more. */
export async function checkBlock(
  document: PlainDocument,
  options: BlockProcessOptions,
): Promise<readonly FieldProblem[]> {
  const answer = await ask({ ask: "check", home: options.home, limit: checkLimit, ...document }, checkLimit, options);
  return "fields" in answer ? answer.fields : [];
}

/** @throws MillraceError "cancelled" when the signal ends it, "load-failed". */
export async function testBlock(document: PlainDocument, options: BlockProcessOptions): Promise<BlockTest> {
  const answer = await ask(
    { ask: "test", home: options.home, limit: testLimit, ...document },
    testLimit + grace,
    options,
  );
  return "test" in answer ? answer.test : { ok: true, steps: [] };
}

/** Resolves with what the other side said. @throws MillraceError "task-failed", "not-answering", "load-failed". */
export async function sayByBlock(
  document: PlainDocument,
  message: BlockMessage,
  options: BlockProcessOptions,
): Promise<string> {
  const question = { ask: "say", home: options.home, limit: sayLimit, message, ...document } as const;
  const answer = await ask(question, sayLimit + grace, options);
  return "said" in answer ? answer.said : "";
}

async function ask(question: BlockQuestion, limit: number, options: BlockProcessOptions) {
  const { signal } = options;
  signal?.throwIfAborted();
  const child = spawn(options.node, runnerArguments(options, "block"), {
    env: runnerEnvironment(options),
    // A folder of the service's own may be gone by now.
    cwd: options.cwd ?? tmpdir(),
    windowsHide: true,
    stdio: ["pipe", "ignore", "pipe", "pipe"],
  });
  const [errors, answer] = [collect(child.stderr), collect(child.stdio[3])];
  const ended = new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, killedBy) => resolve(killedBy ?? `exit code ${code}`));
  });
  // One that died before it read is told by its end.
  child.stdin?.on("error", () => {}).end(JSON.stringify(question));
  let stopped: MillraceError | undefined;
  const stop = (error: MillraceError): void => {
    stopped ??= error;
    if (child.pid !== undefined) void killTree(child.pid);
  };
  const onAbort = (): void => stop(new MillraceError("cancelled", "The test was cancelled."));
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => stop(tooLong(question, limit)), limit);
  let end: string;
  try {
    end = await ended;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
  if (stopped !== undefined) throw stopped;
  return read(await answer, question.module, end, await errors);
}

function tooLong({ ask: asked, module }: BlockQuestion, limit: number): MillraceError {
  if (asked === "test" || asked === "say") {
    const what = asked === "test" ? "The test" : "The delivery";
    return new MillraceError("not-answering", `${what} did not end within ${limit / 1000} seconds and was stopped.`);
  }
  return new MillraceError(
    "load-failed",
    `${module}: loading it took longer than ${limit / 1000} seconds. Move what waits (connections, requests) from the top of the module into a method.`,
  );
}

function read(text: string, module: string, end: string, errors: string): Extract<BlockAnswer, { ok: true }> {
  if (text === "") {
    const said = errors.trim().split("\n").slice(-5).join("\n");
    throw new MillraceError(
      "load-failed",
      `${module}: the process that loaded it ended (${end}) ${said ? `saying:\n${said}` : "without a word"}`,
    );
  }
  const answer: BlockAnswer = JSON.parse(text);
  if (answer.ok) return answer;
  throw new MillraceError(answer.code, answer.message);
}
