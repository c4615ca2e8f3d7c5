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
  /** For a map: the ids of its items' task runs. */
  taskRunIds: readonly string[] | undefined = undefined;
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

/** Where the outcome of a call goes: to its promise, or to the map that it is an item of. */
export interface CallEnd {
  /** Whether somebody waits, or waited, for the outcome. */
  readonly observed: boolean;
  /** The id of the call's task run, once it has one. */
  begun(taskRunId: string): void;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const ignore = () => {};

let lastResolve: (value: unknown) => void = ignore;
let lastReject: (error: unknown) => void = ignore;

function takeBoth(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  lastResolve = resolve;
  lastReject = reject;
}

/** A task's promise with the two functions that settle it. */
export class Settler implements CallEnd {
  readonly promise: TaskPromise<unknown>;
  readonly resolve: (value: unknown) => void;
  /** Rejects as any promise does: nobody looking makes an unhandled rejection. */
  readonly rejectOpenly: (error: unknown) => void;

  constructor(taskName: string) {
    this.promise = new TaskPromise<unknown>(takeBoth);
    this.resolve = lastResolve;
    this.rejectOpenly = lastReject;
    this.promise.taskName = taskName;
  }

  get observed(): boolean {
    return this.promise.observed;
  }

  begun(taskRunId: string): void {
    this.promise.taskRunId = taskRunId;
  }

  /** Rejects without ever being an unhandled rejection. */
  reject(error: unknown): void {
    Promise.prototype.then.call(this.promise, undefined, ignore);
    this.rejectOpenly(error);
  }
}
