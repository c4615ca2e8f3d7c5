/**
 * Who is running: the one AsyncLocalStorage through which a task call finds its run. It lives on globalThis, so that
 * two copies of the SDK in one process (a bundle that inlined it, a worker thread's second load) share it.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { sharedSymbol } from "../protocol/sdk-runtime.ts";
import type { FlowRun, Run } from "./run.ts";
import type { TaskCall } from "./task-call.ts";
import type { TaskDefinition } from "./task-definition.ts";

/** One execution of a body: an attempt of a task, or of a flow. Task calls made in it are identified within it. */
export interface Scope {
  readonly flowRun: FlowRun;
  /** Undefined in a flow's own body. */
  readonly task: TaskCall | undefined;
  /** First part of the identity of every call made here; the same on every attempt and after a resume. */
  readonly id: string;
  /** How many equal calls were made here so far, by identity; made when first needed. */
  counts: Map<string, number> | undefined;
  /** Made when somebody asks for the signal: most tasks never do, and a controller costs more than a task. */
  controller: AbortController | undefined;
  /** Why this attempt was told to stop; undefined while it may go on. */
  stopped: Error | undefined;
  /** Called once when the attempt is told to stop. */
  onStop: ((reason: Error) => void) | undefined;
  /** Ends the watch over the attempt's time. */
  disarm: (() => void) | undefined;
}

interface Shared {
  readonly storage: AsyncLocalStorage<Scope>;
  /** Runs going on in this process: a plain script may have several. */
  readonly runs: Set<Run>;
  /** Set by the first copy that captures the console. */
  consoleCaptured: boolean;
  /** While millrace or the captured console writes to the process's streams itself. */
  printing: boolean;
  /** The tasks made from the moment on that somebody wants to know; absent in runs of flows. */
  madeTasks?: TaskDefinition[];
}

function openShared(): Shared {
  const present: Shared | undefined = Reflect.get(globalThis, sharedSymbol);
  if (present !== undefined) return present;
  const shared: Shared = { storage: new AsyncLocalStorage(), runs: new Set(), consoleCaptured: false, printing: false };
  Reflect.set(globalThis, sharedSymbol, shared);
  return shared;
}

export const shared: Shared = openShared();

export function currentScope(): Scope | undefined {
  return shared.storage.getStore();
}

export function makeScope(flowRun: FlowRun, task: TaskCall | undefined, id: string): Scope {
  return {
    flowRun,
    task,
    id,
    counts: undefined,
    controller: undefined,
    stopped: undefined,
    onStop: undefined,
    disarm: undefined,
  };
}

/** The signal of one attempt: aborts on cancel and on timeout. */
export function signalOf(scope: Scope): AbortSignal {
  if (scope.controller === undefined) {
    scope.controller = new AbortController();
    if (scope.stopped !== undefined) scope.controller.abort(scope.stopped);
  }
  return scope.controller.signal;
}

/** Tells an attempt to stop. The first reason stays. */
export function stopScope(scope: Scope, reason: Error): void {
  if (scope.stopped !== undefined) return;
  scope.stopped = reason;
  scope.controller?.abort(reason);
  scope.onStop?.(reason);
}

/** The how-manieth equal call this is within the scope, from 0. */
export function countCall(scope: Scope, identity: string): number {
  scope.counts ??= new Map();
  const count = scope.counts.get(identity) ?? 0;
  scope.counts.set(identity, count + 1);
  return count;
}
