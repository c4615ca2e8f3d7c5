/** Folds journal records into the API's objects. Pure: no clock, no disk, no Node; pages may import it too. */
export { applyRecord, deploymentOf } from "./apply-record.ts";
export { flowId } from "./flow-id.ts";
export { createMemoryRows, type MemoryRows, noteUnsuccessful } from "./memory-rows.ts";
export { plainParameters, plainValue } from "./plain-values.ts";
export type { Bookkeeping, FlowRunRow, FoldRows, RunRow, TaskRunRow } from "./rows.ts";
export { isUnsuccessful, noCounts } from "./rows.ts";
export { createRunFolder, foldRun, isAfter, type RunFolder, type RunView } from "./run-folder.ts";
export { apiFlowRun, apiState, apiTaskRun, isoTime } from "./views.ts";
