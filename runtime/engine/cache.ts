/** Results shared between calls and runs, by key (STATE.md "Runs without a server"). */
import path from "node:path";
import { toError } from "../protocol/errors.ts";
import type { ValueRecord } from "../protocol/records.ts";
import { secretsWithin } from "../system/redaction.ts";
import { findInexact, fingerprint } from "./canonical.ts";
import { writeLog } from "./run.ts";
import type { TaskCall } from "./task-call.ts";

export interface CachedResult {
  readonly value: unknown;
  /** As it is kept in this run. */
  readonly record: ValueRecord;
  readonly origin: { readonly flow_run_id: string; readonly task_run_id: string };
  readonly expires: number | undefined;
}

/** Looks for a result and sets the call's cache key. A cache that fails is reported and costs no more than a miss. */
export async function findInCache(call: TaskCall): Promise<CachedResult | undefined> {
  const { run } = call.flowRun;
  try {
    call.cacheKey = keyOf(call);
    if (call.cacheKey === undefined || call.settings.refreshCache) return undefined;
    const hit = await run.host.cache.get(call.cacheKey);
    if (hit === undefined) return undefined;
    const value = run.host.values.read(hit.value);
    const record = await run.host.values.keep(value, `the cached result of task "${call.name}"`);
    return {
      value,
      record,
      origin: { flow_run_id: hit.flow_run_id, task_run_id: hit.task_run_id },
      expires: hit.expires,
    };
  } catch (error) {
    writeLog(call.caller, "warn", `task "${call.name}" runs uncached: ${toError(error).message}`);
    return undefined;
  }
}

export async function putInCache(call: TaskCall, result: ValueRecord): Promise<void> {
  const { cache } = call.settings;
  if (cache === undefined || call.cacheKey === undefined || result.kind === "none") return;
  const { host } = call.flowRun.run;
  const expires = cache.ttl === undefined ? undefined : host.clock.now() + cache.ttl;
  try {
    await host.cache.put(call.cacheKey, result, { flow_run_id: call.flowRun.id, task_run_id: call.id }, expires);
  } catch (error) {
    writeLog(call.caller, "warn", `the result of task "${call.name}" was not cached: ${toError(error).message}`);
  }
}

function keyOf(call: TaskCall): string | undefined {
  const { cache, limitNames: _, ...settings } = call.settings;
  if (cache === undefined) return undefined;
  if (typeof cache.key === "function") {
    const key: unknown = Reflect.apply(cache.key, undefined, call.inputs);
    if (key === undefined || key === null) return undefined;
    const text = String(key);
    // The key stands in records and beside the value.
    return secretsWithin(text) === undefined ? `key:${text}` : `key:${fingerprint(text)}`;
  }
  if (!call.canonical.exact) {
    const place = findInexact(call.inputs) ?? "";
    writeLog(
      call.caller,
      "warn",
      `task "${call.name}" runs uncached: its input ${place} cannot be compared (a function, or an instance of a class that is not registered); pass plain values, or give cache.key as a function`,
    );
    return undefined;
  }
  const { definition } = call;
  const folder = path.dirname(definition.place?.file ?? call.flowRun.run.options.file ?? "");
  const version = cache.version === undefined ? `source ${String(definition.run)}` : `version ${cache.version}`;
  const name = settings.name ?? definition.key;
  return `inputs:${fingerprint(`${folder}\n${name}\n${version}\n${call.canonical.text}`)}`;
}
