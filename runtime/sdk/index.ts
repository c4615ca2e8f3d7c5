/** `millrace`: what a flow file imports. */

export type { CurrentRun } from "../engine/current-run.ts";
export { NonRetryableError } from "../engine/errors.ts";
export type { FlowHook, FlowHookEvent, FlowHooks, FlowSettings } from "../engine/flow-definition.ts";
export type { SettledState } from "../engine/settle.ts";
export type {
  CacheOptions,
  CallOptions,
  MapOptions,
  TaskHook,
  TaskHookEvent,
  TaskHooks,
  TaskOptions,
  TaskSettings,
} from "../engine/task-options.ts";
export { registerClass } from "../journal/classes.ts";
export type { Duration } from "../protocol/durations.ts";
export { MillraceError } from "../protocol/errors.ts";
export type { State, StateName, StateType } from "../protocol/states.ts";
export { type ArtifactOptions, artifact } from "./artifact.ts";
export { concurrency } from "./concurrency.ts";
export { currentRun } from "./current-run.ts";
export {
  cron,
  type DeployedFlow,
  type DeployOptions,
  deploy,
  type FlowSchedule,
  type InfrastructureOptions,
  interval,
  type ScheduleOptions,
} from "./deploy.ts";
export { type Flow, type FlowOptions, flow } from "./flow.ts";
export { log } from "./log.ts";
export { type PauseOptions, pause } from "./pause.ts";
export { runtime } from "./runtime.ts";
export { sleep } from "./sleep.ts";
export { type Task, task } from "./task.ts";
export type { Promised } from "./types.ts";
export { variable } from "./variable.ts";
export { z } from "./z.ts";
