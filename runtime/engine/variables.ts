import { MillraceError } from "../protocol/errors.ts";
import { currentScope, type Scope } from "./context.ts";
import { lookBack, observe } from "./observed.ts";
import { refusal } from "./run.ts";

/**
 * The variable's value, or undefined. A flow body sees the same value after a resume; a task that runs again reads
 * afresh, because its inputs do not say that it read it.
 */
export async function getVariable(name: string): Promise<unknown> {
  const scope = scopeFor("variable.get", name);
  const { host } = scope.flowRun.run;
  if (scope.task !== undefined) return await host.variables.get(name);
  const observation = lookBack(scope, "variable", name);
  if (observation.earlier !== undefined) return observation.earlier.value;
  const value = await host.variables.get(name);
  observe(observation, await host.values.keep(value, `variable "${name}"`));
  return value;
}

export async function setVariable(name: string, value: unknown): Promise<void> {
  const scope = scopeFor("variable.set", name);
  await scope.flowRun.run.host.variables.set(name, value);
}

function scopeFor(call: string, name: string): Scope {
  if (typeof name !== "string" || name === "") throw new TypeError(`${call}: the name must be a text`);
  const scope = currentScope();
  if (scope === undefined) {
    throw new MillraceError("bad-usage", `${call}("${name}") was called outside a run; call it in a flow or a task`);
  }
  const refused = refusal(scope);
  if (refused !== undefined) throw refused;
  return scope;
}
