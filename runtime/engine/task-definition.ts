import { parseDuration } from "../protocol/durations.ts";
import type { Definition } from "./naming.ts";
import { compileDelay, compileRetries, type DelayOf } from "./retry-policy.ts";
import type { CacheOptions, CallOptions, TaskHook, TaskHooks } from "./task-options.ts";

/** A task as the engine sees it. Settings of single calls are compiled apart; the definition stays the same. */
export interface TaskDefinition extends Definition {
  readonly run: (...inputs: never) => unknown;
  readonly settings: CompiledTask;
  /** Calls of it stand for runs of a subflow. */
  readonly isFlow?: boolean;
}

/** Task options with everything checked and computed once. */
export interface CompiledTask {
  readonly name: string | undefined;
  readonly runName: string | ((...inputs: never) => string) | undefined;
  readonly retries: number;
  readonly delay: DelayOf;
  readonly retryIf: ((error: unknown) => boolean) | undefined;
  readonly timeout: number | undefined;
  readonly cache: CompiledCache | undefined;
  readonly refreshCache: boolean;
  readonly tags: readonly string[];
  readonly persist: boolean;
  readonly id: string | undefined;
  /** "task:<key>" and "tag:<tag>" for each tag: what limits count; known with the first call. */
  limitNames: readonly string[] | undefined;
  readonly onRunning: readonly TaskHook[];
  readonly onCompletion: readonly TaskHook[];
  readonly onFailure: readonly TaskHook[];
  readonly onCancellation: readonly TaskHook[];
}

export interface CompiledCache {
  readonly key: CacheOptions<never>["key"];
  readonly ttl: number | undefined;
  readonly version: string | number | undefined;
}

/** Checks what was written, so that a typo fails where it stands and not in the middle of a run. */
export function compileTask(options: CallOptions<never>, label: string): CompiledTask {
  const retries = compileRetries(options.retries, label);
  return {
    name: options.name,
    runName: options.runName,
    retries,
    delay: compileDelay(options.retryDelay, options.retryJitter, label),
    retryIf: options.retryIf,
    timeout: options.timeout === undefined ? undefined : parseDuration(options.timeout, `${label}: timeout`),
    cache: options.cache === undefined ? undefined : compileCache(options.cache, label),
    refreshCache: options.refreshCache ?? false,
    tags: options.tags ?? [],
    persist: options.persist ?? true,
    id: options.id,
    limitNames: undefined,
    onRunning: hookList(options.onRunning),
    onCompletion: hookList(options.onCompletion),
    onFailure: hookList(options.onFailure),
    onCancellation: hookList(options.onCancellation),
  };
}

function compileCache(cache: CacheOptions<never>, label: string): CompiledCache {
  if (cache.key !== "inputs" && typeof cache.key !== "function") {
    throw new TypeError(`${label}: cache.key must be "inputs" or a function of the inputs`);
  }
  const ttl = cache.ttl === undefined ? undefined : parseDuration(cache.ttl, `${label}: cache.ttl`);
  return { key: cache.key, ttl, version: cache.version };
}

function hookList(hooks: TaskHooks | undefined): readonly TaskHook[] {
  if (hooks === undefined) return [];
  return typeof hooks === "function" ? [hooks] : hooks;
}
