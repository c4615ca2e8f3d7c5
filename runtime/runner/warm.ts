/**
 * The warm runner: everything but the user's code is loaded, then it waits for one StartRequest, lets go of the
 * channel and becomes that run. It is never used twice.
 */
import module from "node:module";
import process from "node:process";
import { cleanError, toErrorRecord } from "../protocol/error-record.ts";
import { type ErrorRecord, exitCodes, MillraceError } from "../protocol/errors.ts";
import type { StartRequest } from "../protocol/live.ts";
import { keepCode } from "../system/boot-seam.ts";
import { redact } from "../system/redaction.ts";
import { distFolder } from "./dist-folder.ts";
import { loadSdk } from "./load-module.ts";
import { installLoader } from "./loader/install.ts";
import { preload } from "./preload.ts";
import { rehearseRun } from "./rehearse.ts";
import { applyRunEnvironment } from "./run-environment.ts";
import { type LoadedFlow, loadFlow } from "./run-file.ts";

/** Warm runner → whoever started it, over the IPC channel. */
export type WarmMessage =
  | { readonly type: "ready" }
  /** The run that was asked for never came to be: the file does not load, has no such flow. */
  | { readonly type: "refused"; readonly error: ErrorRecord; readonly exit_code: number };

/** Said once to a new runner: the first message over a channel takes a millisecond longer than the next. */
export interface Nothing {
  readonly type: "nothing";
}

type Send = (message: WarmMessage) => Promise<void>;

/**
 * @param home where transforms are kept
 * @param manner "lean" spares itself what a run may not need and the rehearsal: for a worker that counts runs in an hour,
 *   not the milliseconds of one
 */
export async function warmMain([home = "", manner]: readonly string[]): Promise<void> {
  const dist = distFolder();
  // Whoever keeps spares may die without a word: nobody would ever start this one.
  const orphaned = (): void => process.exit(exitCodes.crashed);
  if (!process.connected) orphaned();
  process.once("disconnect", orphaned);
  const request = new Promise<StartRequest>((resolve) => {
    const listener = (message: StartRequest | Nothing): void => {
      if (message.type !== "start") return;
      process.off("message", listener);
      resolve(message);
    };
    process.on("message", listener);
  });
  const loader = installLoader({ home, dist });
  const runtime = await loadSdk(dist);
  if (manner !== "lean") {
    await preload(dist, runtime);
    await rehearseRun(home, dist, runtime, loader);
    // With all that the rehearsal has compiled.
    module.flushCompileCache?.();
    keepCode();
  }
  const send = takeChannel();
  void send({ type: "ready" });
  const start = await request;
  process.off("disconnect", orphaned);
  process.exit(await becomeRun(start, dist, send));
}

async function becomeRun(start: StartRequest, dist: string, send: Send): Promise<number> {
  const { type: _type, environment, ...request } = start;
  let loaded: LoadedFlow;
  try {
    applyRunEnvironment(environment);
    process.chdir(request.cwd);
    loaded = await loadFlow({ ...request, dist });
  } catch (error) {
    const exit_code = error instanceof MillraceError ? error.exitCode : exitCodes.failed;
    const record = cleanError(toErrorRecord(error), redact);
    process.stderr.write(`${error instanceof MillraceError ? record.message : record.stack}\n`);
    await send({ type: "refused", error: record, exit_code });
    return exit_code;
  }
  if (process.connected) process.disconnect();
  const outcome = await loaded.execute();
  if (outcome.exit_code === exitCodes.completed) keepCode();
  return outcome.exit_code;
}

/** The channel stays open while the user's module loads, but is none of that module's business. */
function takeChannel(): Send {
  const send = process.send?.bind(process);
  delete process.send;
  return (message) =>
    new Promise((resolve) => {
      if (send === undefined || !process.connected) resolve();
      else send(message, undefined, undefined, () => resolve());
    });
}
