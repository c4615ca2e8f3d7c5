/**
 * The child that loads block classes: tells of them, checks a document, or tests one. The question comes over stdin, so
 * that the secrets in it stand in no argument, no variable and no file; the answer has a pipe of its own.
 */
import fs from "node:fs";
import process from "node:process";
import type { BlockMessage, BlockTest, BlockType } from "../protocol/blocks.ts";
import { type ErrorCode, type FieldProblem, MillraceError, toError } from "../protocol/errors.ts";
import { applyEnvironmentFile, nearestEnvironmentFile } from "../system/environment-file.ts";
import { redact, rememberSecret } from "../system/redaction.ts";
import { loadBlockModule } from "./block-module.ts";
import { answerDescriptor } from "./describe.ts";
import { distFolder } from "./dist-folder.ts";
import { hideRunner } from "./user-view.ts";

export type BlockQuestion = { readonly home: string; readonly module: string } & (
  | { readonly ask: "describe" }
  | {
      readonly ask: "check" | "test" | "say";
      readonly slug: string;
      /** Secrets stand in it as they are. */
      readonly data: Readonly<Record<string, unknown>>;
      /** The secrets among the values. */
      readonly secrets: readonly string[];
      /** Milliseconds that a test may take. */
      readonly limit: number;
      readonly message?: BlockMessage;
    }
);

export type BlockAnswer =
  | { readonly ok: true; readonly block_types: readonly BlockType[] }
  | { readonly ok: true; readonly fields: readonly FieldProblem[] }
  | { readonly ok: true; readonly test: BlockTest }
  | { readonly ok: true; readonly said: string }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

export async function blockMain(): Promise<void> {
  let answer: BlockAnswer;
  try {
    let text = "";
    for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
    const question: BlockQuestion = JSON.parse(text);
    answer = await answerTo(question);
  } catch (thrown) {
    const code = thrown instanceof MillraceError ? thrown.code : "load-failed";
    answer = { ok: false, code, message: redact(toError(thrown).message) };
  }
  fs.writeSync(answerDescriptor, JSON.stringify(answer));
  // What a block or its module has left behind (sockets, timers) must not keep us.
  setImmediate(() => process.exit(0));
}

async function answerTo(question: BlockQuestion): Promise<BlockAnswer> {
  const cwd = process.cwd();
  if (question.ask !== "describe") for (const each of question.secrets) rememberSecret(each);
  hideRunner(question.module);
  const file = nearestEnvironmentFile(cwd);
  if (file !== undefined) applyEnvironmentFile(file);
  const { namespace, runtime, module, version } = await loadBlockModule(question.module, {
    home: question.home,
    dist: distFolder(),
    cwd,
  });
  if (question.ask === "describe") {
    return { ok: true, block_types: runtime.describe(namespace, { module, version, isProtected: false }) };
  }
  const { slug, data, limit } = question;
  if (question.ask === "check") {
    // A schema of somebody's own may say the value that it refuses.
    const fields = runtime
      .check(namespace, slug, data)
      .map(({ path, message }) => ({ path, message: redact(message) }));
    return { ok: true, fields };
  }
  if (question.ask === "say" && question.message !== undefined) {
    return { ok: true, said: redact(await runtime.say(namespace, slug, data, question.message)) };
  }
  const over = new AbortController();
  const message = `took longer than the ${limit / 1000} seconds that a test may take`;
  setTimeout(() => over.abort(new MillraceError("not-answering", message)), limit).unref();
  return { ok: true, test: await runtime.test(namespace, slug, data, over.signal) };
}
