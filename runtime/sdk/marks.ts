import type { FlowDefinition } from "../engine/flow-definition.ts";
import type { TaskDefinition } from "../engine/task-definition.ts";

// Marks and no instanceof: the user's code may hold another copy of the SDK than the one that runs it.
const flowMark = Symbol.for("millrace.flow");
const taskMark = Symbol.for("millrace.task");

export function markFlow<T extends object>(made: T, definition: FlowDefinition): T {
  Object.defineProperty(made, flowMark, { value: definition });
  return made;
}

export function markTask<T extends object>(made: T, definition: TaskDefinition): T {
  Object.defineProperty(made, taskMark, { value: definition });
  return made;
}

export function flowOf(value: unknown): FlowDefinition | undefined {
  return marked(value, flowMark);
}

export function taskOf(value: unknown): TaskDefinition | undefined {
  return marked(value, taskMark);
}

function marked<T>(value: unknown, mark: symbol): T | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  return typed<T | undefined>(Reflect.get(value, mark));
}

/**
 * The one place where values that went through the engine (which knows no types of the user's) get the types of the
 * user's code back: results of `run`, validated parameters, marks.
 */
export function typed<T>(value: unknown): T {
  return value as T;
}
