/** One task called again with the inputs that it had: a flow of that one call. */

import { currentScope, shared } from "../engine/context.ts";
import { compileFlow, type FlowDefinition } from "../engine/flow-definition.ts";
import { callTask } from "../engine/task-call.ts";
import type { TaskDefinition } from "../engine/task-definition.ts";
import { realDisk } from "../journal/disk.ts";
import type { ValueStore } from "../journal/types.ts";
import { diskValueStore } from "../journal/value-store.ts";
import { MillraceError } from "../protocol/errors.ts";
import type { TaskAgain } from "../protocol/live.ts";
import type { FlowHandle } from "../protocol/sdk-runtime.ts";
import { markFlow } from "./marks.ts";

/** @throws MillraceError "unknown-flow", "ambiguous-flow" */
export function taskAgain(task: TaskAgain, file: string): FlowHandle {
  const definition = findTask(task.task_key, file);
  // Whoever asks for it again does not mean what is in the cache.
  const settings = { ...definition.settings, refreshCache: true };
  const flow: FlowDefinition = {
    key: task.task_key,
    place: definition.place,
    exportName: undefined,
    schema: undefined,
    settings: compileFlow({}, `task "${task.task_key}"`),
    run: async () => {
      const inputs = readInputs(task);
      await keepInputs(inputs);
      return callTask(definition, settings, inputs, definition.place);
    },
  };
  return { name: flow.key, exportName: "", flow: markFlow({}, flow) };
}

function findTask(key: string, file: string): TaskDefinition {
  const found = (shared.madeTasks ?? []).filter((made) => made.key === key);
  const here = found.filter(({ place }) => place?.file === file);
  const [definition, other] = here.length > 0 ? here : found;
  if (definition === undefined) {
    throw new MillraceError("unknown-flow", `${file} has no task "${key}" any more: it was renamed or removed.`);
  }
  if (other !== undefined) {
    const places = [definition, other].map(({ place }) => `line ${place?.line ?? "?"}`).join(" and ");
    throw new MillraceError(
      "ambiguous-flow",
      `${file} has several tasks "${key}" (${places}): give each its own name.`,
    );
  }
  return definition;
}

/** With this run too: the one that they came from may be removed, and this call may be asked for again. */
async function keepInputs(inputs: readonly unknown[]): Promise<void> {
  const run = currentScope()?.flowRun.run;
  if (run === undefined) return;
  run.keptInputs = new WeakMap();
  for (const input of inputs) {
    if (typeof input === "object" && input !== null)
      run.keptInputs.set(input, await run.host.values.keep(input, "an input"));
  }
}

/** Read when the run has begun, with the classes that its module registers: what is gone fails the run, by name. */
function readInputs({ folder, inputs }: TaskAgain): readonly unknown[] {
  const values: Pick<ValueStore, "read"> = diskValueStore(realDisk, folder);
  if ("kind" in inputs) {
    const all = values.read(inputs);
    return Array.isArray(all) ? all : [all];
  }
  return inputs.map((input) => ("kind" in input ? values.read(input) : input.map((each) => values.read(each))));
}
