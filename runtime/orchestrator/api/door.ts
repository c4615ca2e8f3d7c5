/** The same routes for other machines: where their workers and clients come in. */
import type { Server } from "node:http";
import type { HookServer } from "../automations/hook-server.ts";
import type { Events } from "../events.ts";
import type { Pools } from "../pools/pools.ts";
import { createGuard } from "./guard.ts";
import { isLoopback, type ListenAddress, listenTcp } from "./listen-tcp.ts";
import { attachLiveSockets } from "./live-socket.ts";
import type { Router } from "./router.ts";
import { createApiServer } from "./server.ts";

export interface DoorOptions {
  readonly token: string;
  readonly pools: Pools;
  readonly router: Router;
  readonly report: (message: string, error: Error) => void;
  readonly hook: HookServer["take"];
  readonly events: Events;
}

export interface Door {
  readonly clients: () => number;
  /** Resolves with the address, and what is to be said of it. */
  open(): Promise<{ readonly url: string; readonly note: string }>;
  /** Answers under way go out; nobody new gets in. */
  close(): void;
  /** Ends what is left. */
  end(): void;
  endSockets(): void;
}

/** Without an address to listen at there is none. */
export function createDoor(listen: ListenAddress | undefined, options: DoorOptions): Door | undefined {
  if (listen === undefined) return undefined;
  const { token, pools, router, report, hook, events } = options;
  const guard = createGuard({ token, poolOfToken: pools.ofToken, anyHost: !isLoopback(listen) });
  const server: Server = createApiServer({ guard, router, report, hook });
  const sockets = attachLiveSockets(server, { guard, events });
  return {
    clients: sockets.clients,
    async open() {
      const url = await listenTcp(server, listen);
      const open = isLoopback(listen) ? "" : ": without TLS, which is a proxy's to give";
      return { url, note: `workers of other machines reach it at ${url}${open}` };
    },
    close() {
      server.close();
      server.closeIdleConnections();
    },
    endSockets: sockets.close,
    end: () => server.closeAllConnections(),
  };
}
