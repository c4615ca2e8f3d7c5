/** All that has to do with workers of other processes, put together: their claims, what they bring, their slots. */
import type { Core } from "../core.ts";
import type { LiveRuns } from "../live/live-runs.ts";
import type { Pools } from "../pools/pools.ts";
import type { Requests } from "../runs/requests.ts";
import { createResumesElsewhere, type ResumesElsewhere } from "../runs/resumes-elsewhere.ts";
import type { Slots } from "../slots.ts";
import { realClocks } from "./clock.ts";
import { createReceiving, type Receiving } from "./receiving.ts";
import { createRemoteRuns, type RemoteRuns, type RemoteTimes } from "./remote-runs.ts";
import { createRemoteSlots, type RemoteSlots } from "./remote-slots.ts";

export interface RemoteSideOptions {
  readonly core: Core;
  readonly pools: Pools;
  readonly slots: Slots;
  readonly times: RemoteTimes;
  readonly isDraining: () => boolean;
  /** A run's state is to be told anew. */
  readonly announce: (runId: string) => void;
  /** What is made after this side, and needs it. */
  readonly live: () => LiveRuns;
  readonly requests: () => Requests;
  readonly onSettled: () => void;
}

export interface RemoteSide {
  readonly remote: RemoteRuns;
  readonly remoteSlots: RemoteSlots;
  /** Once live runs and requests are there. */
  finish(): { readonly receiving: Receiving; readonly elsewhere: ResumesElsewhere };
  /** Looks for lapsed leases and silent workers until it is ended. */
  watch(): () => void;
}

export function createRemoteSide(options: RemoteSideOptions): RemoteSide {
  const { core, pools, slots, times, isDraining, announce } = options;
  let receiving: Receiving | undefined;
  const remoteSlots = createRemoteSlots(core.system, slots);
  const remote = createRemoteRuns({
    core,
    pools,
    clocks: realClocks,
    times,
    isDraining,
    onReturned: () => void options.requests().pump(),
    giveUp: async (claim, message) => receiving?.giveUp(claim, message),
    onNote: announce,
  });
  return {
    remote,
    remoteSlots,
    finish() {
      const [live, requests] = [options.live(), options.requests()];
      const elsewhere = createResumesElsewhere({ core, live, remote, requests });
      receiving = createReceiving({
        core,
        live,
        begun: requests.begun,
        ended(runId) {
          slots.releaseRun(runId);
          remoteSlots.dropRun(runId);
          remote.orders.forget(runId);
          options.onSettled();
          void requests.pump();
        },
        withdraw: elsewhere.withdraw,
      });
      return { receiving, elsewhere };
    },
    watch() {
      const timer = setInterval(
        () => {
          remote.look().catch((thrown: unknown) => core.log.error("looking after workers", thrown));
        },
        Math.min(1000, times.heartbeat),
      ).unref();
      return () => clearInterval(timer);
    },
  };
}
