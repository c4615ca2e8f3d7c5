/** The parts of a running orchestrator, as the API sees them. */
import type { FlowRun, Health } from "../protocol/api.ts";
import type { Published } from "../protocol/published.ts";
import type { Modules } from "../worker/modules.ts";
import type { Automations } from "./automations/automations.ts";
import type { HookServer } from "./automations/hook-server.ts";
import type { Hooks } from "./automations/hooks.ts";
import type { Blocks } from "./blocks/blocks.ts";
import type { Core } from "./core.ts";
import type { Deployments } from "./deployments/deployments.ts";
import type { LiveRuns } from "./live/live-runs.ts";
import type { PoolViews } from "./pools/pool-views.ts";
import type { Pools } from "./pools/pools.ts";
import type { Receiving } from "./remote/receiving.ts";
import type { RemoteRuns, RemoteTimes } from "./remote/remote-runs.ts";
import type { RemoteSlots } from "./remote/remote-slots.ts";
import type { Cancels } from "./runs/cancels.ts";
import type { Requests } from "./runs/requests.ts";
import type { Resumes } from "./runs/resumes.ts";
import type { RunViews } from "./runs/run-views.ts";
import type { TaskRuns } from "./runs/task-runs.ts";
import type { Settings } from "./settings.ts";
import type { Slots } from "./slots.ts";

export interface Orchestrator {
  readonly core: Core;
  readonly live: LiveRuns;
  readonly requests: Requests;
  readonly deployments: Deployments;
  readonly automations: Automations;
  readonly hooks: Hooks;
  readonly hookServer: HookServer;
  readonly resumes: Resumes;
  readonly views: RunViews;
  readonly taskRuns: TaskRuns;
  readonly cancels: Cancels;
  readonly settings: Settings;
  readonly blocks: Blocks;
  readonly slots: Slots;
  readonly pools: Pools;
  readonly poolViews: PoolViews;
  readonly remote: RemoteRuns;
  readonly remoteTimes: RemoteTimes;
  readonly receiving: Receiving;
  readonly remoteSlots: RemoteSlots;
  /** What runs on other machines need to know of this home. */
  published(): Published;
  readonly modules: Modules;
  /** What is to be said of a run's state beyond what its journal says (runs/notes.ts). */
  noteOn(run: FlowRun): string | undefined;
  health(): Health;
  /** Writes the index to the disk; resolves with the number of the newest event in it. */
  snapshot(): Promise<number>;
  /**
   * Begins to end: takes no more requests, leaves runs alone, gives the home back. With `drain` it waits for the runs
   * that live first.
   */
  shutDown(reason: string, options: { readonly drain: boolean }): void;
}
