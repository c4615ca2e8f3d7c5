import { getVariable, setVariable } from "../engine/variables.ts";
import { typed } from "./marks.ts";

/** Variables of the home: settings that many runs share, changed without changing code. */
export const variable = {
  /**
   * The variable's value (any JSON), or undefined when there is none. In a flow's body a resume gives back the value
   * that the run saw first.
   *
   * @throws MillraceError "bad-usage" outside a run.
   * @example
   * const color = (await variable.get<string>("taxi-color")) ?? "yellow";
   */
  async get<Value = unknown>(name: string): Promise<Value | undefined> {
    return typed<Value | undefined>(await getVariable(name));
  },

  /**
   * Sets the variable for all runs of this home. Needs the orchestrator, which is started when none is up.
   *
   * @param value any JSON.
   * @throws MillraceError "bad-usage" outside a run, "not-answering" when the orchestrator cannot be reached.
   */
  set(name: string, value: unknown): Promise<void> {
    return setVariable(name, value);
  },
};
