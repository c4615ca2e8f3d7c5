/** `task.map`: one call per item, so many at a time, results in order. */
import { AsyncResource } from "node:async_hooks";
import type { SourceLocation } from "../protocol/errors.ts";
import { currentScope } from "./context.ts";
import { identifyMap, type MapPlacement } from "./identity.ts";
import { isThenable } from "./inputs.ts";
import { callTask } from "./task-call.ts";
import type { CompiledTask, TaskDefinition } from "./task-definition.ts";
import type { MapOptions } from "./task-options.ts";

/** Resolves with the results in the order of the items. After the last item has ended, rejects with the first failure. */
export function mapTask(
  definition: TaskDefinition,
  settings: CompiledTask,
  items: unknown,
  options: MapOptions = {},
  source: SourceLocation | undefined = undefined,
): Promise<unknown[]> {
  const { concurrency } = options;
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1)) {
    throw new TypeError(`task "${definition.key}".map: concurrency must be a whole number from 1, not ${concurrency}`);
  }
  // Counted when map is called, not when its items are there: two maps started together keep their order.
  const scope = currentScope();
  const id = scope === undefined ? "" : identifyMap(scope, definition.key, settings.id);
  const mapped = mapItems(
    items,
    (item, index, size) => {
      const placement: MapPlacement | undefined = scope === undefined ? undefined : { id, index, size };
      return callTask(definition, settings, inputsOf(definition, item), source, placement);
    },
    concurrency,
  );
  // Each item's failure is known to the run; that of the map as a whole is seen by whoever waits for it.
  mapped.catch(() => {});
  return mapped;
}

/** A task with several inputs takes each item as the list of them. */
function inputsOf(definition: TaskDefinition, item: unknown): readonly unknown[] {
  return definition.run.length > 1 && Array.isArray(item) ? item : [item];
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
  // Bound to the context of the call to map: a worker that goes on after an item must not go on in that item's context.
  const start = AsyncResource.bind((index: number) => call(list[index], index, list.length));
  const work = async (): Promise<void> => {
    while (next < list.length) {
      const index = next++;
      try {
        results[index] = await start(index);
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
