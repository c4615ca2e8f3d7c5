import { currentRun } from "../sdk/current-run.ts";
import { lazyNode } from "../system/lazy-node.ts";

/** How often each call was made in an attempt of a task; the attempt is known by its signal. */
const calls = new WeakMap<AbortSignal, Map<string, number>>();

/**
 * An id for what a task asks of a service, the same whenever this call of the task runs again (a retry, or a resume
 * after a crash): what the earlier attempt has started is found under it. Equal calls within one attempt are told apart
 * by their order. Outside of a task nothing comes back to a call, and each has an id of its own.
 */
export function callId(kind: string, parts: readonly unknown[]): string {
  const { taskRun, signal } = currentRun();
  if (taskRun === undefined) return jobId(kind, lazyNode.crypto.randomUUID());
  const key = JSON.stringify([taskRun.idempotencyKey, kind, ...parts]);
  const counts = calls.get(signal) ?? new Map<string, number>();
  calls.set(signal, counts);
  const count = counts.get(key) ?? 0;
  counts.set(key, count + 1);
  return contentJobId(kind, [key, count]);
}

/** An id that follows from these parts alone. */
export function contentJobId(kind: string, parts: readonly unknown[]): string {
  return jobId(kind, shortHash(JSON.stringify(parts)));
}

/** Fits a label's value too: at most 63 of a-z, 0-9, _ and -. */
export function shortHash(text: string): string {
  return lazyNode.crypto.createHash("sha256").update(text).digest("hex").slice(0, 40);
}

function jobId(kind: string, id: string): string {
  return `millrace_${kind}_${id}`;
}
