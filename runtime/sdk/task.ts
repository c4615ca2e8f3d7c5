import { callSite } from "../engine/call-site.ts";
import { shared } from "../engine/context.ts";
import { mapTask } from "../engine/map.ts";
import { makeDefinition } from "../engine/naming.ts";
import { type SettledState, settleCall } from "../engine/settle.ts";
import { callTask } from "../engine/task-call.ts";
import { type CompiledTask, compileTask, type TaskDefinition } from "../engine/task-definition.ts";
import type { CallOptions, MapOptions, TaskOptions } from "../engine/task-options.ts";
import { markTask, typed } from "./marks.ts";
import type { Promised, PromisedInputs } from "./types.ts";

/** A task: call it in a flow and it runs, is recorded, and is not run again by a resume once it has completed. */
export interface Task<Inputs extends readonly unknown[], Result> {
  /**
   * Runs the task. Inputs may be, or hold at any depth, promises of other tasks: it waits for them, and they are the
   * edges of the run's graph. Calls that do not wait for each other run at the same time.
   *
   * The promise never makes an unhandled rejection. What still runs when the flow returns is waited for, and a failure
   * that nobody looked at fails the run, naming the task and the line of the call.
   *
   * Outside a flow the task just runs.
   */
  (...inputs: PromisedInputs<Inputs>): Promise<Awaited<Result>>;

  /**
   * Runs the task once per item, at the same time, and gives the results in the order of the items; rejects with the
   * first failure after all have ended. An item may be a promise, and so may the list.
   *
   * @param options.concurrency how many run at the same time; all of them when left out.
   * @param options.spread each item is the list of the task's inputs instead of its first input.
   * @example
   * const sizes = await download.map(urls, { concurrency: 4 });
   * await copy.map([["a.csv", "b.csv"], ["c.csv", "d.csv"]], { spread: true });
   */
  map(items: Promised<Iterable<MapItem<Inputs>>>, options?: MapOptions): Promise<Awaited<Result>[]>;
  map(
    items: Promised<Iterable<PromisedInputs<Inputs>>>,
    options: MapOptions & { readonly spread: true },
  ): Promise<Awaited<Result>[]>;

  /**
   * Runs the task and gives its final state instead of throwing: `{ type, name, result }` or `{ type, name, error }`.
   *
   * @example
   * const state = await load.settle(rows);
   * if (state.type === "FAILED") log.warn(`not loaded: ${state.error}`);
   */
  settle(...inputs: PromisedInputs<Inputs>): Promise<SettledState<Awaited<Result>>>;

  /**
   * The same task with other settings. `id` pins the identity of the call, so that a resume matches it whatever its
   * inputs are.
   *
   * @example
   * await fetchTrips.with({ retries: 5, timeout: "10m" })(url);
   */
  with(options: CallOptions<Inputs>): Task<Inputs, Result>;

  /** The task's body, to call it in a test as the plain function it is. */
  readonly run: (...inputs: Inputs) => Result | PromiseLike<Result>;
  /** `name` is the option, or the name it is exported under. */
  readonly name: string;
}

/** A task that needs several inputs can only be mapped with `spread`. */
type MapItem<Inputs extends readonly unknown[]> = Inputs extends readonly [unknown, unknown, ...unknown[]]
  ? never
  : Promised<Inputs[0]>;

/**
 * Defines a task: a step of a flow whose result is kept.
 *
 * @throws TypeError when an option makes no sense, naming it.
 * @example
 * export const fetchTrips = task({
 *   retries: 3,
 *   retryDelay: ["1s", "5s", "30s"],
 *   timeout: "2m",
 *   async run(url: string) {
 *     const response = await fetch(url, { signal: currentRun().signal });
 *     if (response.status === 404) throw new NonRetryableError(`${url} does not exist`);
 *     return await response.text();
 *   },
 * });
 */
export function task<Inputs extends readonly unknown[], Result>(
  options: TaskOptions<Inputs, Result>,
): Task<Inputs, Result> {
  if (typeof options?.run !== "function")
    throw new TypeError("task: `run` must be a function: task({ async run(…) {…} })");
  const place = callSite(task);
  const label = `task "${options.name ?? options.run.name}"`;
  const definition: TaskDefinition = Object.assign(makeDefinition("task", options.name, options.run, place), {
    run: options.run,
    settings: compileTask(options, label),
  });
  shared.madeTasks?.push(definition);
  return makeTask(definition, options, definition.settings, options.run);
}

function makeTask<Inputs extends readonly unknown[], Result>(
  definition: TaskDefinition,
  options: CallOptions<Inputs>,
  settings: CompiledTask,
  run: (...inputs: Inputs) => Result | PromiseLike<Result>,
): Task<Inputs, Result> {
  // The engine works on unknown values; what is given back has gone through `run`, whose types these are.
  const call = (...inputs: readonly unknown[]) => callTask(definition, settings, inputs, callSite(call));
  const map = (items: unknown, mapOptions?: MapOptions) =>
    mapTask(definition, settings, items, mapOptions, callSite(map));
  const settle = (...inputs: readonly unknown[]) =>
    settleCall(callTask(definition, settings, inputs, callSite(settle)));
  const made = Object.assign(call, {
    map,
    settle,
    with: (more: CallOptions<Inputs>) => {
      const merged = { ...options, ...more };
      return makeTask(definition, merged, compileTask(merged, `task "${definition.key}"`), run);
    },
    run,
  });
  Object.defineProperty(made, "name", { get: () => definition.key, configurable: true });
  return markTask(typed<Task<Inputs, Result>>(made), definition);
}
