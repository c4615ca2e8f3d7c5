/** `task.map`: one call per item, so many at a time, results in order. */
import type { SourceLocation } from "../protocol/errors.ts";
import { currentScope } from "./context.ts";
import { identifyMap } from "./identity.ts";
import { isThenable } from "./inputs.ts";
import { settleOne } from "./pending.ts";
import { callPlainly } from "./plain-call.ts";
import { noteUnseen } from "./run.ts";
import { callInScope } from "./task-call.ts";
import type { CompiledTask, TaskDefinition } from "./task-definition.ts";
import type { MapOptions } from "./task-options.ts";
import { type CallEnd, Settler, type TaskPromise } from "./task-promise.ts";

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
  const ids: (string | undefined)[] = [];
  const call: CallItem = (item, index, size, end) => {
    const inputs = spread && Array.isArray(item) ? item : [item];
    if (scope !== undefined) callInScope(scope, definition, settings, inputs, source, { id, index, size }, end);
    else {
      callPlainly(definition, inputs).then(
        (value) => end.resolve(value),
        (error: unknown) => end.reject(error),
      );
    }
  };
  if (scope !== undefined) scope.flowRun.pending++;
  mapItems(items, call, ids, concurrency).then(
    (results) => {
      if (scope !== undefined) {
        // A list is known by the task runs that made it, as a single result is.
        settler.promise.taskRunIds = ids.flatMap((each) => each ?? []);
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
      noteUnseen(scope.flowRun, settler, { taskName: `${definition.key}.map`, source, error });
      settler.reject(error);
      settleOne(scope.flowRun);
    },
  );
  return settler.promise;
}

type CallItem = (item: unknown, index: number, size: number, end: CallEnd) => void;

/** More edges than this into one task run are no graph that anybody could look at. */
const mostEdges = 1000;

/** What the items of a map have in common. */
interface OpenMap {
  readonly results: unknown[];
  /** Of the task runs of the first items. */
  readonly ids: (string | undefined)[];
  /** The failure of the first item that failed. */
  failure: { readonly error: unknown; readonly index: number } | undefined;
}

/** The end of one item. No promise: of a hundred thousand items that run at once, each costs what it keeps. */
class MapItem implements CallEnd {
  readonly observed = true;
  readonly #map: OpenMap;
  readonly #index: number;
  readonly #settled: () => void;

  constructor(map: OpenMap, index: number, settled: () => void) {
    this.#map = map;
    this.#index = index;
    this.#settled = settled;
  }

  begun(taskRunId: string): void {
    if (this.#index < mostEdges) this.#map.ids[this.#index] = taskRunId;
  }

  resolve(value: unknown): void {
    this.#map.results[this.#index] = value;
    this.#settled();
  }

  reject(error: unknown): void {
    const { failure } = this.#map;
    if (failure === undefined || this.#index < failure.index) this.#map.failure = { error, index: this.#index };
    this.#settled();
  }
}

async function mapItems(
  items: unknown,
  call: CallItem,
  ids: (string | undefined)[],
  concurrency: number | undefined,
): Promise<unknown[]> {
  const list = listOf(isThenable(items) ? await items : items);
  const map: OpenMap = { results: new Array(list.length), ids, failure: undefined };
  if (concurrency === undefined || concurrency >= list.length) await callAll(list, call, map);
  else await callSome(list, call, map, concurrency);
  if (map.failure !== undefined) throw map.failure.error;
  return map.results;
}

async function callAll(list: readonly unknown[], call: CallItem, map: OpenMap): Promise<void> {
  if (list.length === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  let open = list.length;
  const settled = () => {
    open--;
    if (open === 0) resolve();
  };
  for (const [index, item] of list.entries()) call(item, index, list.length, new MapItem(map, index, settled));
  await promise;
}

async function callSome(list: readonly unknown[], call: CallItem, map: OpenMap, concurrency: number): Promise<void> {
  let next = 0;
  // Each worker awaits, and an await comes back in the worker's own context: no item runs in another item's.
  const work = async (): Promise<void> => {
    while (next < list.length) {
      const index = next++;
      await new Promise<void>((settled) => {
        call(list[index], index, list.length, new MapItem(map, index, settled));
      });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
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
