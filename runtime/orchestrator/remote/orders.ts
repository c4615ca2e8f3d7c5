/** What is wanted of runs that go on elsewhere: told with each poll until the worker says that it has heard. */
import { MillraceError } from "../../protocol/errors.ts";
import { newId } from "../../protocol/ids.ts";
import type { RunOrder } from "../../protocol/workers.ts";

export interface Orders {
  add(worker: string, runId: string, message: RunOrder["message"]): string;
  of(worker: string): readonly RunOrder[];
  heard(worker: string, ids: readonly string[]): void;
  /** The run refused what it was told. */
  refused(id: string, message: string): void;
  /** Resolves when nobody refused the order for so many milliseconds, rejects when it was refused. */
  accepted(id: string, within: number): Promise<void>;
  forget(runId: string): void;
}

export function createOrders(wake: (about: { readonly worker: string }) => void): Orders {
  const waiting = new Map<string, RunOrder[]>();
  const refusals = new Map<string, (message: string) => void>();
  return {
    add(worker, run_id, message) {
      const order: RunOrder = { id: newId(), run_id, message };
      waiting.set(worker, [...(waiting.get(worker) ?? []), order]);
      wake({ worker });
      return order.id;
    },
    of: (worker) => waiting.get(worker) ?? [],
    heard(worker, ids) {
      const left = (waiting.get(worker) ?? []).filter(({ id }) => !ids.includes(id));
      if (left.length === 0) waiting.delete(worker);
      else waiting.set(worker, left);
    },
    refused: (id, message) => refusals.get(id)?.(message),
    accepted(id, within) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          refusals.delete(id);
          resolve();
        }, within);
        refusals.set(id, (message) => {
          clearTimeout(timer);
          refusals.delete(id);
          reject(new MillraceError("bad-parameters", message));
        });
      });
    },
    forget(runId) {
      for (const [worker, orders] of waiting) {
        const left = orders.filter(({ run_id }) => run_id !== runId);
        if (left.length === 0) waiting.delete(worker);
        else waiting.set(worker, left);
      }
    },
  };
}
