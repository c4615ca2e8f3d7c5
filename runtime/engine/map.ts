/** `task.map`: one call per item, so many at a time, results in order. */
import type { SourceLocation } from "../protocol/errors.ts";
import { currentScope } from "./context.ts";
import { identifyMap, type MapPlacement } from "./identity.ts";
import { isThenable } from "./inputs.ts";
import { settleOne } from "./pending.ts";
import { noteUnseen } from "./run.ts";
import { callTask } from "./task-call.ts";
import type { CompiledTask, TaskDefinition } from "./task-definition.ts";
import type { MapOptions } from "./task-options.ts";
import { Settler, type TaskPromise } from "./task-promise.ts";

/** Resolves with the results in the order of the items. After the last item has ended, rejects with the first failure. */
export function mapTask(
  definition: TaskDefinition,
  settings: CompiledTask,
  items: unknown,
  options: MapOptions = {},
  source: SourceLocation | undefined = undefined,
): TaskPromise<unknown> {
  const { concurrency, spread = false } = options;
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1)) {
    throw new TypeError(`task "${definition.key}".map: concurrency must be a whole number from 1, not ${concurrency}`);
  }
  // Counted when map is called, not when its items are there: two maps started together keep their order.
  const scope = currentScope();
  const id = scope === undefined ? "" : identifyMap(scope, definition.key, settings.id);
  const settler = new Settler(definition.key);
  const calls: TaskPromise<unknown>[] = [];
  const call = (item: unknown, index: number, size: number) => {
    const map: MapPlacement | undefined = scope === undefined ? undefined : { id, index, size };
    const made = callTask(definition, settings, spread && Array.isArray(item) ? item : [item], source, map);
    calls[index] = made;
    return made;
  };
  if (scope !== undefined) scope.flowRun.pending++;
  mapItems(items, call, concurrency).then(
    (results) => {
      if (scope !== undefined) {
        // A list is known by the task runs that made it, as a single result is.
        settler.promise.taskRunIds = idsOf(calls);
        scope.flowRun.run.origins.set(results, settler.promise.taskRunIds);
      }
      settler.resolve(results);
      if (scope !== undefined) settleOne(scope.flowRun);
    },
    (error: unknown) => {
      if (scope === undefined) {
        settler.rejectOpenly(error);
        return;
      }
      // The items' failures were looked at by the map, so what counts is whether somebody looks at the map's.
      noteUnseen(scope.flowRun, settler.promise, { taskName: `${definition.key}.map`, source, error });
      settler.reject(error);
      settleOne(scope.flowRun);
    },
  );
  return settler.promise;
}

/** More edges than this into one task run are no graph that anybody could look at. */
const mostEdges = 1000;

function idsOf(calls: readonly TaskPromise<unknown>[]): readonly string[] {
  return calls.slice(0, mostEdges).flatMap((call) => call.taskRunId ?? []);
}

async function mapItems(
  items: unknown,
  call: (item: unknown, index: number, size: number) => PromiseLike<unknown>,
  concurrency: number | undefined,
): Promise<unknown[]> {
  const list = listOf(isThenable(items) ? await items : items);
  const results: unknown[] = new Array(list.length);
  let failure: { readonly error: unknown; readonly index: number } | undefined;
  let next = 0;
  // Each worker awaits, and an await comes back in the worker's own context: no item runs in another item's.
  const work = async (): Promise<void> => {
    while (next < list.length) {
      const index = next++;
      try {
        results[index] = await call(list[index], index, list.length);
      } catch (error) {
        if (failure === undefined || index < failure.index) failure = { error, index };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency ?? list.length, list.length) }, work));
  if (failure !== undefined) throw failure.error;
  return results;
}

function listOf(items: unknown): readonly unknown[] {
  if (Array.isArray(items)) return items;
  if (typeof items === "object" && items !== null && Symbol.iterator in items) {
    return Array.from(asIterable(items));
  }
  throw new TypeError("map: the items must be a list (an array, a Set, anything iterable), or a promise of one");
}

function asIterable(items: object): Iterable<unknown> {
  const iterate: unknown = Reflect.get(items, Symbol.iterator);
  if (typeof iterate !== "function") throw new TypeError("map: the items are not iterable");
  return { [Symbol.iterator]: () => Reflect.apply(iterate, items, []) };
}
