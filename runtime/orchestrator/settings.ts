/** Variables and concurrency limits: in the system journal first, then published for runs without a server. */
import type { Variable } from "../protocol/api.ts";
import { MillraceError } from "../protocol/errors.ts";
import type { Core } from "./core.ts";
import type { LimitSetting } from "./index/store.ts";
import type { SystemRecord } from "./system/records.ts";

export interface Settings {
  putVariable(name: string, value: unknown, tags: readonly string[]): Promise<Variable>;
  /** @throws MillraceError "not-found" */
  deleteVariable(name: string): Promise<void>;
  putLimit(name: string, limit: number, active: boolean): Promise<LimitSetting>;
  /** @throws MillraceError "not-found" */
  deleteLimit(name: string): Promise<void>;
}

/** `limitsChanged` is called when a limit is in force. */
export function createSettings({ store, system, publish }: Core, limitsChanged: () => void): Settings {
  const change = async (record: SystemRecord): Promise<void> => {
    await system.commit(record);
    await publish();
  };
  return {
    async putVariable(name, value, tags) {
      const variable: Variable = { name, value, tags, updated: new Date().toISOString() };
      await change({ kind: "variable", variable });
      await store.putVariable(variable);
      return variable;
    },
    async deleteVariable(name) {
      if (!system.facts.variables.has(name)) {
        throw new MillraceError("not-found", `There is no variable "${name}" in this home.`);
      }
      await change({ kind: "variable-removed", name });
      await store.deleteVariable(name);
    },
    async putLimit(name, limit, active) {
      const setting: LimitSetting = { name, limit, active };
      await change({ kind: "limit", limit: setting });
      await store.putLimit(setting);
      limitsChanged();
      return setting;
    },
    async deleteLimit(name) {
      if (!system.facts.limits.has(name)) {
        throw new MillraceError("not-found", `There is no concurrency limit "${name}" in this home.`);
      }
      await change({ kind: "limit-removed", name });
      await store.deleteLimit(name);
      limitsChanged();
    },
  };
}
