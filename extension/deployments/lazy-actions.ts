/** The actions of deployments, whose code is loaded with the first of them: no start of the editor waits for it. */
import type { DeploymentActions } from "../context.ts";
import type { DeploymentActionParts } from "./actions.ts";

export function createDeploymentActions(parts: DeploymentActionParts): DeploymentActions {
  let loaded: Promise<DeploymentActions> | undefined;
  const load = (): Promise<DeploymentActions> => {
    loaded ??= import("./actions.ts").then((actions) => actions.createDeploymentActions(parts));
    return loaded;
  };
  return {
    plan: async (...given) => (await load()).plan(...given),
    compare: async (...given) => (await load()).compare(...given),
    save: async (...given) => (await load()).save(...given),
    switchSchedules: async (...given) => (await load()).switchSchedules(...given),
    switchSchedule: async (...given) => (await load()).switchSchedule(...given),
    run: async (...given) => (await load()).run(...given),
    goBack: async (...given) => (await load()).goBack(...given),
    remove: async (...given) => (await load()).remove(...given),
    apply: async (...given) => (await load()).apply(...given),
    pausePool: async (...given) => (await load()).pausePool(...given),
    pauseQueue: async (...given) => (await load()).pauseQueue(...given),
  };
}
