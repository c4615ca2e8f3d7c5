/**
 * Live changes, numbered without gaps and kept in a ring, so that a client that reconnects gets what it missed. The
 * numbers of each orchestrator begin far above those of the one before it: a number from an earlier orchestrator is
 * always recognised as too old and answered with "reset".
 */
import type { LiveEvent } from "../protocol/api.ts";

type WithoutSeq<Event> = Event extends unknown ? Omit<Event, "seq"> : never;
export type NewEvent = WithoutSeq<Exclude<LiveEvent, { type: "reset" }>>;

/** Gets the events of one turn together; an array is never empty. */
export type EventListener = (events: readonly LiveEvent[]) => void;

export interface Events {
  /** The number of the newest event. */
  readonly seq: () => number;
  publish(event: NewEvent): void;
  /**
   * What came after `after` and everything from now on; `after` undefined means from now on. Calls the listener at
   * once when something was missed. Returns the function that ends it.
   */
  listen(after: number | undefined, listener: EventListener): () => void;
  readonly listeners: () => number;
}

/** Numbers that one orchestrator may use up before they would meet those of the next. */
const numbersPerEpoch = 1_000_000_000;

export function createEvents(epoch: number, capacity = 10_000): Events {
  const first = epoch * numbersPerEpoch;
  let seq = first;
  /** The newest `capacity` events or a little more, oldest first. */
  let kept: LiveEvent[] = [];
  let pending: LiveEvent[] = [];
  const listeners = new Set<EventListener>();

  const deliver = (): void => {
    if (pending.length === 0) return;
    const events = pending;
    pending = [];
    for (const listener of listeners) listener(events);
  };

  const since = (after: number): readonly LiveEvent[] => {
    const oldest = kept[0]?.seq ?? seq + 1;
    if (after > seq || after < oldest - 1) return [{ seq, type: "reset" }];
    return kept.slice(after - oldest + 1);
  };

  return {
    seq: () => seq,
    publish(event) {
      const numbered: LiveEvent = { ...event, seq: ++seq };
      kept.push(numbered);
      if (kept.length > capacity * 1.25) kept = kept.slice(-capacity);
      // One message per turn of the event loop, however many records a fold brought.
      if (pending.length === 0) setImmediate(deliver);
      pending.push(numbered);
    },
    listen(after, listener) {
      // What is pending is in `kept` already: hand it to the others first, so that nobody gets it twice.
      if (pending.length > 0) deliver();
      const missed = after === undefined ? [] : since(after);
      listeners.add(listener);
      if (missed.length > 0) listener(missed);
      return () => listeners.delete(listener);
    },
    listeners: () => listeners.size,
  };
}
