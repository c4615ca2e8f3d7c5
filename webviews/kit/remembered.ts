/** Small things that a page keeps through a reload: the chosen tab, a splitter's place. */
import { effect, type Signal, signal } from "@preact/signals";
import type { Host } from "./host.ts";

/** `read` says whether what was kept still makes sense; undefined takes the initial value. */
export function remembered<Value>(
  host: Pick<Host, "state">,
  key: string,
  initial: Value,
  read: (kept: unknown) => Value | undefined,
): Signal<Value> {
  const kept = read(all(host)[key]);
  const value = signal(kept === undefined ? initial : kept);
  let first = true;
  effect(() => {
    const now = value.value;
    if (first) first = false;
    else host.state.set({ ...all(host), [key]: now });
  });
  return value;
}

function all(host: Pick<Host, "state">): Readonly<Record<string, unknown>> {
  const state = host.state.get();
  return typeof state === "object" && state !== null ? { ...state } : {};
}

export function readNumber(kept: unknown): number | undefined {
  return typeof kept === "number" && Number.isFinite(kept) ? kept : undefined;
}

export function readBoolean(kept: unknown): boolean | undefined {
  return typeof kept === "boolean" ? kept : undefined;
}

/** One of a few words. */
export function readOneOf<Word extends string>(words: readonly Word[]): (kept: unknown) => Word | undefined {
  return (kept) => words.find((word) => word === kept);
}
