/**
 * The arguments of a call: promises anywhere inside are awaited, and results of task runs are recognised, by the
 * promise or by the object itself. That is how the edges of the graph are known.
 */
export interface InputScan {
  /** Ids of the task runs whose results are among the inputs. */
  readonly edges: readonly string[];
  readonly hasPromises: boolean;
}

/**
 * Task run ids by result object: one, or those of a map for its list. Values that are no objects have no identity to
 * be known by.
 */
export type ResultOrigins = WeakMap<object, string | readonly string[]>;

/** What stands in the way of a call: one of its inputs failed. */
export class UpstreamFailure {
  /** Where in the arguments, as `[0].rows`. */
  readonly path: string;
  readonly error: unknown;
  readonly taskRunId: string | undefined;
  readonly taskName: string | undefined;

  constructor(path: string, error: unknown, promise: PromiseLike<unknown>) {
    this.path = path;
    this.error = error;
    this.taskRunId = textOf(promise, "taskRunId");
    this.taskName = textOf(promise, "taskName");
  }
}

const noEdges: InputScan = { edges: [], hasPromises: false };

export function scanInputs(inputs: readonly unknown[], origins: ResultOrigins): InputScan {
  for (const input of inputs) {
    if (typeof input === "object" && input !== null) return scanDeep(inputs, origins);
  }
  return noEdges;
}

function scanDeep(inputs: readonly unknown[], origins: ResultOrigins): InputScan {
  const edges = new Set<string>();
  const seen = new Set<object>();
  let hasPromises = false;
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (isThenable(value)) {
      hasPromises = true;
      return;
    }
    const origin = origins.get(value);
    if (typeof origin === "string") edges.add(origin);
    else for (const id of origin ?? []) edges.add(id);
    if (seen.has(value)) return;
    if (Array.isArray(value)) {
      seen.add(value);
      for (const item of value) if (typeof item === "object") visit(item);
    } else if (value instanceof Map) {
      seen.add(value);
      for (const [key, item] of value) {
        visit(key);
        visit(item);
      }
    } else if (value instanceof Set) {
      seen.add(value);
      for (const item of value) visit(item);
    } else if (isPlain(value)) {
      seen.add(value);
      for (const key in value) visit(Reflect.get(value, key));
    }
  };
  for (const input of inputs) visit(input);
  return { edges: [...edges], hasPromises };
}

/**
 * The arguments with every promise replaced by its value; what holds no promise stays the same object. All promises
 * are waited for at once; the first failure rejects with an `UpstreamFailure`. Task runs awaited are added to `edges`.
 */
export async function awaitInputs(inputs: readonly unknown[], edges: Set<string>): Promise<unknown[]> {
  const values = new Map<unknown, unknown>();
  const waits: Promise<void>[] = [];
  collectPromises(inputs, "", new Set(), (promise, path) => {
    if (values.has(promise)) return;
    values.set(promise, undefined);
    waits.push(awaitOne(promise, path, values, edges));
  });
  await Promise.all(waits);
  return inputs.map((input) => replace(input, values, new Map()));
}

async function awaitOne(
  promise: PromiseLike<unknown>,
  path: string,
  values: Map<unknown, unknown>,
  edges: Set<string>,
): Promise<void> {
  try {
    values.set(promise, await promise);
  } catch (error) {
    throw new UpstreamFailure(path, error, promise);
  }
  const id = textOf(promise, "taskRunId");
  if (id !== undefined) edges.add(id);
  const ids: unknown = Reflect.get(promise, "taskRunIds");
  for (const each of Array.isArray(ids) ? ids : []) if (typeof each === "string") edges.add(each);
}

/** No instanceof: a task's promise may come from another copy of the SDK in this process. */
function textOf(promise: PromiseLike<unknown>, field: "taskRunId" | "taskName"): string | undefined {
  const value: unknown = Reflect.get(promise, field);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function collectPromises(
  value: unknown,
  path: string,
  seen: Set<object>,
  found: (promise: PromiseLike<unknown>, path: string) => void,
): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  if (isThenable(value)) {
    found(value, path);
    return;
  }
  seen.add(value);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) collectPromises(value[index], `${path}[${index}]`, seen, found);
  } else if (value instanceof Map) {
    for (const [key, item] of value) {
      collectPromises(key, `${path}.keys()`, seen, found);
      collectPromises(item, `${path}.get(${String(key)})`, seen, found);
    }
  } else if (value instanceof Set) {
    for (const item of value) collectPromises(item, `${path}.values()`, seen, found);
  } else if (isPlain(value)) {
    for (const key of Object.keys(value)) collectPromises(Reflect.get(value, key), `${path}.${key}`, seen, found);
  }
}

/** `done` maps each container to what stands for it, so that shared and circular parts keep their shape. */
function replace(value: unknown, values: ReadonlyMap<unknown, unknown>, done: Map<object, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isThenable(value)) return values.get(value);
  if (done.has(value)) return done.get(value);
  if (!holdsPromise(value, new Set())) return value;
  if (Array.isArray(value)) {
    const copy: unknown[] = [];
    done.set(value, copy);
    for (const item of value) copy.push(replace(item, values, done));
    return copy;
  }
  if (value instanceof Map) {
    const copy = new Map<unknown, unknown>();
    done.set(value, copy);
    for (const [key, item] of value) copy.set(replace(key, values, done), replace(item, values, done));
    return copy;
  }
  if (value instanceof Set) {
    const copy = new Set<unknown>();
    done.set(value, copy);
    for (const item of value) copy.add(replace(item, values, done));
    return copy;
  }
  const copy: Record<string, unknown> = Object.create(Object.getPrototypeOf(value));
  done.set(value, copy);
  for (const key of Object.keys(value)) copy[key] = replace(Reflect.get(value, key), values, done);
  return copy;
}

function holdsPromise(value: object, seen: Set<object>): boolean {
  let holds = false;
  collectPromises(value, "", seen, () => {
    holds = true;
  });
  return holds;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
