/**
 * What a task call gives: a promise that knows whose result it is and whether anybody looked at it. It is born
 * handled - a failure is never an unhandled rejection - because the run itself reports a failure nobody looked at.
 */
export class TaskPromise<Result> extends Promise<Result> {
  // Derived promises are plain: only the call itself stands for a task run.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** Whether somebody waits, or waited, for the outcome. */
  observed = false;
  /** The id of the task run, once it has one. */
  taskRunId: string | undefined = undefined;
  /** The task's key: how messages name it. */
  taskName = "";

  // biome-ignore lint/suspicious/noThenProperty: a promise's own method, overridden to notice who waits.
  override then<First = Result, Second = never>(
    onFulfilled?: ((value: Result) => First | PromiseLike<First>) | null,
    onRejected?: ((reason: unknown) => Second | PromiseLike<Second>) | null,
  ): Promise<First | Second> {
    this.observed = true;
    return super.then(onFulfilled, onRejected);
  }
}

export interface Settler {
  readonly promise: TaskPromise<unknown>;
  resolve(value: unknown): void;
  /** Rejects without ever being an unhandled rejection. */
  reject(error: unknown): void;
  /** Rejects as any promise does. */
  rejectOpenly(error: unknown): void;
}

const ignore = () => {};

export function makeTaskPromise(taskName: string): Settler {
  let resolve: (value: unknown) => void = ignore;
  let reject: (error: unknown) => void = ignore;
  const promise = new TaskPromise<unknown>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  promise.taskName = taskName;
  return {
    promise,
    resolve,
    rejectOpenly: reject,
    reject(error) {
      Promise.prototype.then.call(promise, undefined, ignore);
      reject(error);
    },
  };
}
