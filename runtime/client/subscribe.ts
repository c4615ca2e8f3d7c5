/** Live changes over a WebSocket: reconnects by itself and goes on from the last number seen, so nothing is missed. */
import type { Socket } from "node:net";
import type { LiveEvent } from "../protocol/api.ts";
import { MillraceError, toError } from "../protocol/errors.ts";
import type { Address, RemoteAddress } from "./request.ts";

export interface SubscribeOptions {
  /** Everything after this number; left out: from now on. */
  readonly after?: number;
  /** Only what concerns this run and its subflows. */
  readonly flow_run_id?: string;
  /** In order and each once. After "reset" the subscriber reads what it shows again. */
  readonly onEvent: (event: LiveEvent) => void;
  /** "connected" after each (re)connection, "waiting" while there is none. */
  readonly onState?: (state: "connected" | "waiting") => void;
}

export interface Subscription {
  /** The last number seen, as `after` for a later subscription. */
  readonly seq: () => number | undefined;
  /** Resolves when nothing from then on will be missed, rejects when the orchestrator refuses it. */
  readonly connected: Promise<void>;
  close(): void;
}

/** First retry at once, then slower, never slower than two seconds: an orchestrator that is replaced is away briefly. */
const retryDelays: readonly number[] = [0, 50, 100, 250, 500, 1000, 2000];

/**
 * `findAddress` is asked before every connection, because an orchestrator that was replaced listens elsewhere with
 * another token. It may throw or give undefined while there is none.
 */
export function subscribe(
  findAddress: () => Promise<Address | RemoteAddress | undefined>,
  options: SubscribeOptions,
): Subscription {
  let last = options.after;
  let closed = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let closeSocket: (() => void) | undefined;
  const first = Promise.withResolvers<void>();
  // Whoever only listens to events need not look at the promise.
  first.promise.catch(() => {});

  const deliver = (event: LiveEvent): void => {
    // A reset starts numbers anew; everything else only moves forwards.
    if (event.type !== "reset" && last !== undefined && event.seq <= last) return;
    last = event.seq;
    options.onEvent(event);
  };

  const again = (): void => {
    closeSocket = undefined;
    if (closed) return;
    options.onState?.("waiting");
    const delay = retryDelays[Math.min(failures++, retryDelays.length - 1)] ?? 2000;
    timer = setTimeout(() => void open(), delay);
  };

  async function open(): Promise<void> {
    let address: Address | RemoteAddress | undefined;
    try {
      address = await findAddress();
    } catch (thrown) {
      if (thrown instanceof MillraceError && thrown.code === "home-newer") first.reject(thrown);
    }
    if (closed) return;
    if (address === undefined) return again();
    const { WebSocket } = await import("ws");
    const net = process.getBuiltinModule("node:net");
    const http = await import("node:http");
    if (closed) return;
    const query = new URLSearchParams();
    if (last !== undefined) query.set("after", String(last));
    if (options.flow_run_id !== undefined) query.set("flow_run_id", options.flow_run_id);
    const where = "url" in address ? address.url.replace(/^http/, "ws").replace(/\/$/, "") : "ws://localhost";
    // ws's own unix-socket addresses cannot hold a path with a colon, which every Windows pipe and some homes have. An
    // agent rather than ws's createConnection: VS Code puts its proxy's agent in that one's place, which keeps ours.
    const agent =
      "url" in address
        ? undefined
        : Object.assign(new http.Agent(), { createConnection: (): Socket => net.connect(address.socket) });
    const socket = new WebSocket(`${where}/api/live?${query}`, {
      ...(agent === undefined ? {} : { agent }),
      headers: { authorization: `Bearer ${address.token}` },
      perMessageDeflate: false,
    });
    closeSocket = () => socket.terminate();
    let refused: MillraceError | undefined;
    socket.on("open", () => {
      failures = 0;
      options.onState?.("connected");
    });
    socket.on("unexpected-response", (_request, response) => {
      refused = new MillraceError(
        "unauthorized",
        `The orchestrator refused live updates (HTTP ${response.statusCode}).`,
      );
      socket.terminate();
    });
    socket.on("message", (data) => {
      const message: unknown = JSON.parse(data.toString());
      if (Array.isArray(message)) for (const event of message) deliver(event);
      // The first message says where we stand, so that a connection lost before any event loses nothing.
      else if (isGreeting(message)) {
        last ??= message.seq;
        first.resolve();
      }
    });
    socket.on("error", (thrown) => {
      refused ??= new MillraceError("not-answering", `Live updates: ${toError(thrown).message}`);
    });
    socket.on("close", () => {
      if (refused?.code === "unauthorized") first.reject(refused);
      again();
    });
  }

  void open();
  return {
    seq: () => last,
    connected: first.promise,
    close() {
      closed = true;
      clearTimeout(timer);
      closeSocket?.();
    },
  };
}

function isGreeting(message: unknown): message is { seq: number } {
  return typeof message === "object" && message !== null && "seq" in message && typeof message.seq === "number";
}
