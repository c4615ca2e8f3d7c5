/**
 * How long a claim that has not begun is its worker's. The worker counts from the moment it asked, the orchestrator from
 * the moment it answered plus a margin, both on clocks that nobody sets: so a claim that has lapsed here has lapsed
 * there before. Pure over the clock that it is given.
 */
export interface Leases {
  /** Begins or renews. */
  grant(claimId: string): void;
  has(claimId: string): boolean;
  /** The claim was given back, has begun, or was cancelled. False when there was no lease (any more). */
  end(claimId: string): boolean;
  /** Takes out what has lapsed. */
  lapsed(): readonly string[];
}

/** Part of the lease by which two clocks may differ over its length, and more. */
const margin = 0.25;

export function createLeases(lease: number, monotonic: () => number): Leases {
  const until = new Map<string, number>();
  return {
    grant: (id) => void until.set(id, monotonic() + lease * (1 + margin)),
    has: (id) => until.has(id),
    end: (id) => until.delete(id),
    lapsed() {
      const now = monotonic();
      const over = [...until].filter(([, end]) => end < now).map(([id]) => id);
      for (const id of over) until.delete(id);
      return over;
    },
  };
}
