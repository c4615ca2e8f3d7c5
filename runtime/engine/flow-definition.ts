import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Duration, parseDuration } from "../protocol/durations.ts";
import type { State } from "../protocol/states.ts";
import type { Definition } from "./naming.ts";
import { compileDelay, compileRetries, type DelayOf, type RetryDelay } from "./retry-policy.ts";

export interface FlowSettings {
  /** Name of the flow on pages and in lists; the exported name when left out. */
  readonly name?: string;
  /** Name of each run, as text or made from the parameters; two words ("quiet-otter") when left out. */
  readonly runName?: string | ((parameters: never) => string);
  readonly description?: string;
  /** Further attempts after a failure, in the same run; completed tasks are kept. 0 when left out. */
  readonly retries?: number;
  /** Time before each further attempt, as for tasks. */
  readonly retryDelay?: RetryDelay;
  /** Longest time for one attempt ("1h"); after it the run has failed as TimedOut. */
  readonly timeout?: Duration;
  readonly tags?: readonly string[];
  readonly onRunning?: FlowHooks;
  readonly onCompletion?: FlowHooks;
  /** Called when no further attempt is made. */
  readonly onFailure?: FlowHooks;
  readonly onCancellation?: FlowHooks;
  /** The run cannot go on, for a reason that is not the flow's: its journal is lost, say. Best effort. */
  readonly onCrashed?: FlowHooks;
}

/** A function called on a change of state, or several. One that throws is logged and changes nothing. */
export type FlowHooks = FlowHook | readonly FlowHook[];
export type FlowHook = (event: FlowHookEvent) => unknown;

export interface FlowHookEvent {
  readonly flow: { readonly name: string };
  readonly flowRun: {
    readonly id: string;
    readonly name: string;
    readonly runCount: number;
    readonly parameters: unknown;
  };
  readonly state: State;
  /** What it failed with. */
  readonly error?: unknown;
}

/** A flow as the engine sees it. */
export interface FlowDefinition extends Definition {
  readonly run: (parameters: never) => unknown;
  readonly schema: StandardSchemaV1 | undefined;
  readonly settings: CompiledFlow;
}

export interface CompiledFlow {
  readonly name: string | undefined;
  readonly runName: string | ((parameters: never) => string) | undefined;
  readonly description: string | undefined;
  readonly retries: number;
  readonly delay: DelayOf;
  readonly timeout: number | undefined;
  readonly tags: readonly string[];
  readonly onRunning: readonly FlowHook[];
  readonly onCompletion: readonly FlowHook[];
  readonly onFailure: readonly FlowHook[];
  readonly onCancellation: readonly FlowHook[];
  readonly onCrashed: readonly FlowHook[];
}

export function compileFlow(options: FlowSettings, label: string): CompiledFlow {
  const retries = compileRetries(options.retries, label);
  return {
    name: options.name,
    runName: options.runName,
    description: options.description,
    retries,
    delay: compileDelay(options.retryDelay, undefined, label),
    timeout: options.timeout === undefined ? undefined : parseDuration(options.timeout, `${label}: timeout`),
    tags: options.tags ?? [],
    onRunning: hookList(options.onRunning),
    onCompletion: hookList(options.onCompletion),
    onFailure: hookList(options.onFailure),
    onCancellation: hookList(options.onCancellation),
    onCrashed: hookList(options.onCrashed),
  };
}

function hookList(hooks: FlowHooks | undefined): readonly FlowHook[] {
  if (hooks === undefined) return [];
  return typeof hooks === "function" ? [hooks] : hooks;
}
