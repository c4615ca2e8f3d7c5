import type { TaskDefinition } from "../engine/task-definition.ts";
import { taskOf } from "../sdk/marks.ts";
import type { Task } from "../sdk/task.ts";

/** Stands for a task's body in the runs it is given to. */
export interface TaskMock<Inputs extends readonly unknown[] = readonly unknown[]> {
  readonly definition: TaskDefinition;
  readonly body: (...inputs: never) => unknown;
  /** The inputs of each call so far, retries included. */
  readonly calls: readonly Inputs[];
}

/**
 * Replaces the body of a task in runs that get this mock. Retries, caching and records stay as they are.
 *
 * @throws TypeError when what is given is no task.
 * @example
 * const fetched = mockTask(fetchTrips, async () => "VendorID\n1\n");
 * const run = await runFlow(etl, { months: [1] }, { mocks: [fetched] });
 * assert.equal(fetched.calls.length, 1);
 */
export function mockTask<Inputs extends readonly unknown[], Result>(
  task: Task<Inputs, Result>,
  body: (...inputs: Inputs) => Result | Awaited<Result> | PromiseLike<Awaited<Result>>,
): TaskMock<Inputs> {
  const definition = taskOf(task);
  if (definition === undefined) throw new TypeError("mockTask: the first argument must be a task");
  const calls: Inputs[] = [];
  return {
    definition,
    calls,
    body: (...inputs: Inputs) => {
      calls.push(inputs);
      return body(...inputs);
    },
  };
}

export function mockedBodies(mocks: readonly TaskMock[]): Map<TaskDefinition, TaskDefinition["run"]> {
  return new Map(mocks.map(({ definition, body }) => [definition, body]));
}
