/** What a body saw of the world and must see again after a resume. */
import type { ObservedRecord, ValueRecord } from "../protocol/records.ts";
import type { Scope } from "./context.ts";
import { identifyCall } from "./identity.ts";
import { append, commit } from "./run.ts";

export interface Observation {
  readonly scope: Scope;
  readonly what: ObservedRecord["what"];
  /** Identity of the call. */
  readonly call: string;
  readonly key: string;
  /** What was seen before; undefined when this is the first time. */
  readonly earlier: { readonly value: unknown } | undefined;
}

export function lookBack(scope: Scope, what: ObservedRecord["what"], key: string): Observation {
  const { run } = scope.flowRun;
  const call = identifyCall(scope, what, key, undefined, undefined);
  const seen = run.history?.observed(call);
  if (seen === undefined) return { scope, what, call, key, earlier: undefined };
  run.memory?.rememberObserved(seen);
  return { scope, what, call, key, earlier: { value: run.host.values.read(seen.value) } };
}

/** Written at once, durable with the next sync. */
export function observe(observation: Observation, value: ValueRecord): void {
  append(observation.scope.flowRun.run, recordOf(observation, value));
}

/** Durable when it resolves: an answer that a person gave is not asked for again. */
export function observeDurably(observation: Observation, value: ValueRecord): Promise<void> {
  return commit(observation.scope.flowRun.run, recordOf(observation, value));
}

function recordOf({ scope, what, call, key }: Observation, value: ValueRecord): ObservedRecord {
  const { run, id } = scope.flowRun;
  const record: ObservedRecord = {
    kind: "observed",
    what,
    flow_run_id: id,
    call,
    key,
    value,
    at: run.host.clock.now(),
  };
  run.memory?.rememberObserved(record);
  return record;
}
