/**
 * Claims that this worker has and has not begun. It counts each lease from before it asked, on the monotonic clock, and
 * by the time of day too: while a machine sleeps the one stands still on some systems, and the other may be set. Whichever
 * says that the lease is over is believed. Pure over the clocks.
 */
import type { Clocks } from "../orchestrator/remote/clock.ts";
import type { ClaimedRun } from "../protocol/workers.ts";

export interface Held {
  readonly claim: ClaimedRun;
  readonly isValid: () => boolean;
}

export interface HeldClaims {
  add(claims: readonly ClaimedRun[], asked: Asked): void;
  /** A sign of life was answered: what was valid then is renewed. */
  renew(asked: Asked): void;
  /** The next one whose lease stands; those that have lapsed are dropped: they are somebody else's by now. */
  take(): ClaimedRun | undefined;
  ids(): readonly string[];
  /** Takes out all, to be given back. */
  clear(): readonly string[];
}

/** When a request was sent whose answer is a lease. */
export interface Asked {
  readonly monotonic: number;
  readonly time: number;
}

export function createHeldClaims(clocks: Clocks, lease: () => number): HeldClaims {
  const held = new Map<string, { readonly claim: ClaimedRun; asked: Asked }>();
  const isOver = ({ monotonic, time }: Asked): boolean =>
    clocks.monotonic() - monotonic >= lease() || Math.abs(clocks.now() - time) >= lease();
  const dropLapsed = (): void => {
    for (const [id, { asked }] of held) if (isOver(asked)) held.delete(id);
  };
  return {
    add(claims, asked) {
      for (const claim of claims) held.set(claim.claim_id, { claim, asked });
    },
    renew(asked) {
      dropLapsed();
      // One that came in meanwhile was not renewed by an answer to an earlier question.
      for (const entry of held.values()) if (entry.asked.monotonic <= asked.monotonic) entry.asked = asked;
    },
    take() {
      dropLapsed();
      const [first] = held;
      if (first === undefined) return undefined;
      held.delete(first[0]);
      return first[1].claim;
    },
    ids: () => [...held.keys()],
    clear() {
      const ids = [...held.keys()];
      held.clear();
      return ids;
    },
  };
}
