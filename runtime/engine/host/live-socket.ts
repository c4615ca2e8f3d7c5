/**
 * The socket of a running run: whoever says the token hears how far the journal is synced and may cancel, answer a
 * pause or watch its deadlines (protocol/live.ts). Nothing here keeps the process alive.
 */
import type { Server, Socket } from "node:net";
import type { RunnerMessage, SupervisorMessage } from "../../protocol/live.ts";
import { listenLocal } from "../../system/local-socket.ts";

export interface LiveSocketOptions {
  readonly address: string;
  readonly token: string;
  /** First words to a new supervisor: who this is and how things stand. */
  readonly greeting: () => readonly RunnerMessage[];
  readonly onMessage: (message: SupervisorMessage) => void;
  /** The number of supervisors that watch deadlines has changed. */
  readonly onSupervisors: (count: number) => void;
}

export interface LiveSocket {
  readonly supervisors: number;
  send(message: RunnerMessage): void;
  close(): void;
}

/** A stranger who does not say the token soon is sent away. */
const helloWithin = 2000;
/** A line longer than this is no message of ours. */
const longestLine = 16 * 1024 * 1024;

export async function openLiveSocket(options: LiveSocketOptions): Promise<LiveSocket> {
  const { createServer } = process.getBuiltinModule("node:net");
  const supervisors = new Map<Socket, { readonly watches: boolean }>();
  const sockets = new Set<Socket>();

  const count = (): number => [...supervisors.values()].filter(({ watches }) => watches).length;

  const server: Server = createServer((socket) => {
    socket.unref();
    sockets.add(socket);
    const timer = setTimeout(() => socket.destroy(), helloWithin).unref();
    readLines(socket, (line) => {
      const message = parseMessage(line);
      if (supervisors.has(socket)) {
        if (message !== undefined) options.onMessage(message);
      } else if (message?.type === "hello" && message.token === options.token) {
        clearTimeout(timer);
        supervisors.set(socket, { watches: message.supervises !== false });
        for (const word of options.greeting()) socket.write(encode(word));
        options.onSupervisors(count());
      } else {
        socket.destroy();
      }
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(timer);
      sockets.delete(socket);
      if (supervisors.delete(socket)) options.onSupervisors(count());
    });
  });
  server.unref();
  await listenLocal(server, options.address);

  return {
    get supervisors() {
      return count();
    },
    send(message) {
      if (supervisors.size === 0) return;
      const line = encode(message);
      for (const socket of supervisors.keys()) socket.write(line);
    },
    close() {
      server.close();
      // What was said last still goes out; then the other side closes too.
      for (const socket of sockets) socket.end();
    },
  };
}

function encode(message: RunnerMessage): string {
  return `${JSON.stringify(message)}\n`;
}

function readLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > longestLine) socket.destroy();
    for (const line of lines) if (line !== "" && !socket.destroyed) onLine(line);
  });
}

/** A message of a kind that this version does not know is ignored. */
function parseMessage(line: string): SupervisorMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isSupervisorMessage(value) ? value : undefined;
}

function isSupervisorMessage(value: unknown): value is SupervisorMessage {
  if (typeof value !== "object" || value === null || !("type" in value)) return false;
  const has = (field: string, type: string) => typeof Reflect.get(value, field) === type;
  switch (value.type) {
    case "hello":
      return has("token", "string");
    case "cancel":
      return has("reason", "string") && has("grace_ms", "number");
    case "continue":
      return has("pause_key", "string");
    case "ping":
      return has("id", "number");
    default:
      return false;
  }
}
