/** One promise for all that wait for the same sync. */
export type Waiter = PromiseWithResolvers<void>;

export function makeWaiter(): Waiter {
  const waiter = Promise.withResolvers<void>();
  bornHandled(waiter.promise);
  return waiter;
}

/** Nobody has to look at an acknowledgement; a failure is told through the writer's `onFailed` as well. */
export function bornHandled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
