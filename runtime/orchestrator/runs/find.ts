import type { FlowRun } from "../../protocol/api.ts";
import { MillraceError } from "../../protocol/errors.ts";
import type { IndexStore } from "../index/store.ts";

/** @throws MillraceError "not-found" */
export async function findFlowRun(store: IndexStore, id: string): Promise<FlowRun> {
  const run = await store.flowRun(id);
  if (run !== undefined) return run;
  throw new MillraceError("not-found", `There is no flow run ${id} in this home; \`millrace runs ls\` lists them.`);
}

/** The id of the root run, whose folder has the details. @throws MillraceError "not-found" */
export async function findRoot(store: IndexStore, id: string): Promise<string> {
  const root = await store.rootOf(id);
  if (root !== undefined) return root;
  throw new MillraceError("not-found", `There is no run ${id} in this home; \`millrace runs ls\` lists them.`);
}
