/**
 * What is owed is tried until it is taken, at most five times over some minutes. A delivery is owed once its firing is
 * durable, and done once its end is: killed in between, it is tried again.
 */
import { MillraceError, toError } from "../../protocol/errors.ts";
import type { Core } from "../core.ts";
import type { Clock } from "../deployments/clock.ts";
import type { StoredDelivery } from "./facts.ts";

export interface Deliveries {
  /** They are durably owed. */
  add(deliveries: readonly StoredDelivery[]): void;
  /** Takes up what an earlier orchestrator owed. */
  restore(): void;
  readonly owed: () => number;
  stop(): void;
}

export interface DeliveriesOptions {
  readonly core: Pick<Core, "system" | "log">;
  readonly clock: Clock;
  /** Does it; resolves with what the other side said. */
  readonly act: (delivery: StoredDelivery) => Promise<string>;
  readonly onChange: () => void;
}

/** Milliseconds before the second attempt, the third, … */
export const retryDelays: readonly number[] = [2000, 15_000, 60_000, 180_000];
/** Each may be a process of its own. */
const atOnce = 2;

/** Trying again would say the same. */
const final: ReadonlySet<string> = new Set([
  "bad-parameters",
  "bad-usage",
  "bad-file",
  "not-found",
  "conflict",
  "unknown-flow",
  "no-flow",
]);

/** The delivery after an attempt that failed. Pure. */
export function afterFailure(delivery: StoredDelivery, thrown: unknown, now: number): StoredDelivery {
  const error = toError(thrown);
  const attempts = delivery.attempts + 1;
  const delay = retryDelays[attempts - 1];
  const isFinal = delay === undefined || (error instanceof MillraceError && final.has(error.code));
  return {
    ...delivery,
    attempts,
    updated: now,
    state: isFinal ? "failed" : "pending",
    next_attempt: isFinal ? null : now + delay,
    message: error.message,
  };
}

export function createDeliveries({ core, clock, act, onChange }: DeliveriesOptions): Deliveries {
  const { system, log } = core;
  const owed = new Map<string, StoredDelivery>();
  const underWay = new Set<string>();
  let cancelTimer: (() => void) | undefined;
  let stopped = false;

  async function attempt(delivery: StoredDelivery): Promise<void> {
    let after: StoredDelivery;
    try {
      const message = await act(delivery);
      const now = clock.now();
      const attempts = delivery.attempts + 1;
      after = { ...delivery, attempts, updated: now, state: "delivered", next_attempt: null, message };
    } catch (thrown) {
      after = afterFailure(delivery, thrown, clock.now());
    }
    // Its automation was removed meanwhile: there is nobody to tell it of.
    if (!system.facts.automations.deliveries.has(delivery.id)) return void owed.delete(delivery.id);
    await system.commit({ kind: "delivery", delivery: after });
    if (after.state === "pending") owed.set(after.id, after);
    else owed.delete(after.id);
    onChange();
  }

  function pump(): void {
    if (stopped) return;
    cancelTimer?.();
    const now = clock.now();
    const waiting = [...owed.values()].filter(({ id }) => !underWay.has(id));
    for (const delivery of waiting) {
      if (underWay.size >= atOnce) return;
      if ((delivery.next_attempt ?? 0) > now) continue;
      underWay.add(delivery.id);
      attempt(delivery)
        .catch((thrown: unknown) => {
          owed.delete(delivery.id);
          log.error(`delivery ${delivery.id}`, thrown);
        })
        .finally(() => {
          underWay.delete(delivery.id);
          pump();
        });
    }
    const next = Math.min(
      ...waiting.map(({ id, next_attempt }) => (underWay.has(id) ? Infinity : (next_attempt ?? 0))),
    );
    // A clock that was put forward or back moves the attempt by at most this.
    if (Number.isFinite(next)) cancelTimer = clock.after(Math.max(0, Math.min(next - now, 60_000)), pump);
  }

  return {
    add(deliveries) {
      for (const delivery of deliveries) if (delivery.state === "pending") owed.set(delivery.id, delivery);
      pump();
    },
    restore() {
      for (const delivery of system.facts.automations.deliveries.values()) {
        if (delivery.state === "pending") owed.set(delivery.id, delivery);
      }
      pump();
    },
    owed: () => owed.size,
    stop() {
      stopped = true;
      cancelTimer?.();
    },
  };
}
