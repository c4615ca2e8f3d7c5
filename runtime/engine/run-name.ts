import { runWords } from "../protocol/run-words.ts";
import type { FlowDefinition } from "./flow-definition.ts";

/** What the flow's `runName` says, or two words. */
export function flowRunName(definition: FlowDefinition, parameters: unknown, runId: string): string {
  const { runName } = definition.settings;
  if (typeof runName === "string") return runName;
  try {
    const made: unknown = runName === undefined ? undefined : Reflect.apply(runName, undefined, [parameters]);
    if (typeof made === "string" && made !== "") return made;
  } catch {
    // Parameters that failed validation may not have what the name is made from.
  }
  return runWords(runId);
}
