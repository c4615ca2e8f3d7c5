/**
 * Identity of a task call: what resume matches (STATE.md "What resume replays"). It is the fingerprint of (scope, task
 * key, canonical inputs) and, behind a dot, the how-manieth equal call this is in its scope. The task's source is no
 * part of it: the bug was fixed, that is why one resumes.
 *
 * For an item of `task.map` the scope is the map call and the number is the item's index. So the same item at another
 * index differs only behind the dot, and after an item was inserted the others still find their completions: the exact
 * index first, else any unused completion of that map with the same inputs (see host/history.ts).
 */

import { fingerprint } from "./canonical.ts";
import type { Scope } from "./context.ts";
import { countCall } from "./context.ts";

/** Where a call stands within `task.map`. */
export interface MapPlacement {
  readonly id: string;
  readonly index: number;
  readonly size: number;
}

export function identifyCall(
  scope: Scope,
  key: string,
  inputs: string,
  pinned: string | undefined,
  map: MapPlacement | undefined,
): string {
  // In a map the id pins the map; its items are told apart by their inputs, or they could not stand in for each other.
  if (map !== undefined) return `${fingerprint(`${map.id}\n${key}\n${inputs}`)}.${map.index}`;
  const what = pinned === undefined ? inputs : `id:${pinned}`;
  const equal = fingerprint(`${scope.id}\n${key}\n${what}`);
  return `${equal}.${countCall(scope, equal)}`;
}

/** Identity of a `task.map` call as a whole: which one of the maps of this task within the scope it is. */
export function identifyMap(scope: Scope, key: string, pinned: string | undefined): string {
  const equal = fingerprint(`${scope.id}\nmap ${key}\n${pinned ?? ""}`);
  return `${equal}.${countCall(scope, equal)}`;
}

/** What the calls that may stand in for each other have in common. */
export function equalCalls(call: string): string {
  return call.slice(0, call.lastIndexOf("."));
}
