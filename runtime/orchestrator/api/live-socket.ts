/** The WebSocket /api/live?after=<seq>[&flow_run_id=<id>]: a greeting with the present number, then lists of events. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { LiveEvent } from "../../protocol/api.ts";
import { toError } from "../../protocol/errors.ts";
import type { Events } from "../events.ts";
import { checkCaller, type Guard } from "./guard.ts";

/** A client that reads so slowly that this much waits for it is cut off; it comes back and asks for what it missed. */
const backlogLimit = 64 * 1024 * 1024;
const pingEvery = 30_000;

export interface LiveSocketOptions {
  readonly guard: Guard;
  readonly events: Events;
}

export interface LiveSockets {
  readonly clients: () => number;
  close(): void;
}

export function attachLiveSockets(server: Server, { guard, events }: LiveSocketOptions): LiveSockets {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 64 * 1024 });
  const alive = new WeakSet<WebSocket>();

  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    try {
      checkCaller(guard(request), "/api/live");
      if (!request.url?.startsWith("/api/live")) throw new Error("no such WebSocket");
    } catch (thrown) {
      socket.end(`HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n${toError(thrown).message}`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => serve(client, request));
  });

  function serve(client: WebSocket, request: IncomingMessage): void {
    const query = new URL(request.url ?? "/", "http://localhost").searchParams;
    const after = query.get("after");
    const flowRunId = query.get("flow_run_id");
    alive.add(client);
    client.on("pong", () => alive.add(client));
    client.on("error", () => client.terminate());
    client.send(JSON.stringify({ seq: events.seq() }));
    const end = events.listen(after === null ? undefined : Number(after), (all) => {
      const wanted = flowRunId === null ? all : all.filter((event) => concerns(event, flowRunId));
      if (wanted.length === 0) return;
      if (client.bufferedAmount > backlogLimit) client.terminate();
      else client.send(JSON.stringify(wanted));
    });
    client.on("close", end);
  }

  const pinging = setInterval(() => {
    for (const client of sockets.clients) {
      if (!alive.delete(client)) client.terminate();
      else client.ping();
    }
  }, pingEvery);
  pinging.unref();

  return {
    clients: () => sockets.clients.size,
    close() {
      clearInterval(pinging);
      for (const client of sockets.clients) client.close(1001);
      sockets.close();
    },
  };
}

/** Whether an event is about the run, or about a subflow run in it as far as the event tells. */
function concerns(event: LiveEvent, flowRunId: string): boolean {
  switch (event.type) {
    case "flow-run":
      return event.flow_run.id === flowRunId || event.flow_run.root_flow_run_id === flowRunId;
    case "artifact":
      return event.artifact.flow_run_id === flowRunId;
    case "reset":
      return true;
    case "blocks":
    case "work-pools":
    case "deployments":
    case "automations":
    case "notification":
      return false;
    default:
      return event.flow_run_id === flowRunId;
  }
}
