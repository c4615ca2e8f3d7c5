/** The worker's line to the orchestrator of its pool: typed requests, over the network or the local socket. */
import type { Agent } from "node:http";
import { type Address, type Answer, type RemoteAddress, routeAddress, send } from "../client/request.ts";
import type { RouteInput } from "../protocol/api.ts";
import { MillraceError } from "../protocol/errors.ts";
import { millraceVersion } from "../protocol/version.ts";
import type { WorkerRoutes } from "../protocol/workers.ts";

type Name = keyof WorkerRoutes;
type Asked<Route extends Name> = Omit<RouteInput<Route>["body"], "worker_id">;

export interface Uplink {
  /** @throws MillraceError as the orchestrator gave it, or "not-answering". */
  ask<Route extends Name>(
    name: Route,
    body: Asked<Route>,
    options?: { readonly signal?: AbortSignal; readonly timeout_ms?: number },
  ): Promise<Answer<Route>>;
  close(): void;
}

export interface UplinkOptions {
  readonly workerId: string;
  /** Asked before every request: an orchestrator of this machine that was replaced listens elsewhere. */
  readonly findAddress: () => Address | RemoteAddress | undefined;
  readonly agent: Agent;
}

const askWithin = 15_000;

export function createUplink({ workerId, findAddress, agent }: UplinkOptions): Uplink {
  return {
    async ask<Route extends Name>(
      name: Route,
      body: Asked<Route>,
      { signal, timeout_ms = askWithin }: { readonly signal?: AbortSignal; readonly timeout_ms?: number } = {},
    ) {
      const address = findAddress();
      if (address === undefined) throw new MillraceError("not-answering", "No orchestrator is up in that home.");
      return send<Answer<Route>>(address, {
        ...routeAddress(name),
        body: { worker_id: workerId, ...body },
        agent,
        timeout_ms,
        ...(signal === undefined ? {} : { signal }),
      }).catch((thrown: unknown) => {
        throw isUnknownRoute(thrown) ? olderOrchestrator(name, thrown) : thrown;
      });
    },
    close: () => agent.destroy(),
  };
}

/** What it answers to a path that it has no route for; of workers that it does not know it says something else. */
function isUnknownRoute(thrown: unknown): boolean {
  return thrown instanceof MillraceError && thrown.code === "not-found" && thrown.message.includes("/api/workers/");
}

function olderOrchestrator(name: string, cause: unknown): MillraceError {
  return new MillraceError(
    "conflict",
    `The orchestrator of this worker's pool is of an earlier Millrace than the worker (${millraceVersion}): it does not ` +
      `know ${name}. Update Millrace there, or use a worker of its version.`,
    { cause },
  );
}

/** Worth trying again later: nobody answered, or an orchestrator that is going or has just come. */
export function isOutage(thrown: unknown): boolean {
  return thrown instanceof MillraceError && (thrown.code === "not-answering" || thrown.code === "internal");
}

/** The orchestrator has been started anew and has not heard of this worker. */
export function isStranger(thrown: unknown): boolean {
  return thrown instanceof MillraceError && thrown.code === "not-found";
}
