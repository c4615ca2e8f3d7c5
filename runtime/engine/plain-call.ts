import { toError } from "../protocol/errors.ts";
import { awaitInputs, UpstreamFailure } from "./inputs.ts";
import type { TaskDefinition } from "./task-definition.ts";
import { Settler, type TaskPromise } from "./task-promise.ts";

/** A task called outside a flow just runs: nothing is recorded, retried or limited, and a failure is an ordinary one. */
export function callPlainly(definition: TaskDefinition, inputs: readonly unknown[]): TaskPromise<unknown> {
  const settler = new Settler(definition.key);
  runPlainly(definition, inputs).then(settler.resolve, settler.rejectOpenly);
  return settler.promise;
}

async function runPlainly(definition: TaskDefinition, inputs: readonly unknown[]): Promise<unknown> {
  try {
    const values = await awaitInputs(inputs, new Set());
    return await Reflect.apply(definition.run, undefined, values);
  } catch (error) {
    throw error instanceof UpstreamFailure ? toError(error.error) : error;
  }
}
