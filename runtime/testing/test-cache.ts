import type { ResultCache } from "../engine/host.ts";
import type { ValueStore } from "../journal/types.ts";

interface Entry {
  readonly value: unknown;
  readonly expires: number | undefined;
  readonly flow_run_id: string;
  readonly task_run_id: string;
}

/** Cached results that several test runs share. */
export interface TestCache {
  /** The keys that have a result, expired or not. */
  readonly keys: readonly string[];
  forRun(values: ValueStore, now: () => number): ResultCache;
}

/**
 * A cache to give to several runs.
 * @example
 * const cache = testCache();
 * await runFlow(etl, {}, { cache });
 * const second = await runFlow(etl, {}, { cache });
 */
export function testCache(): TestCache {
  const entries = new Map<string, Entry>();
  return {
    get keys() {
      return [...entries.keys()];
    },
    forRun: (values, now) => ({
      async get(key) {
        const entry = entries.get(key);
        if (entry === undefined || (entry.expires !== undefined && entry.expires <= now())) return undefined;
        const { flow_run_id, task_run_id, expires } = entry;
        const value = await values.keep(entry.value, "a cached result");
        return { value, flow_run_id, task_run_id, ...(expires === undefined ? {} : { expires }) };
      },
      async put(key, record, origin, expires) {
        entries.set(key, { ...origin, value: values.read(record), expires });
      },
    }),
  };
}
