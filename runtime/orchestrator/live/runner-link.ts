/** The connection to one runner's socket: says the token, reads one message per line. */
import type { Socket } from "node:net";
import type { LiveEntry, RunnerMessage, SupervisorMessage } from "../../protocol/live.ts";
import { connectLocal } from "../../system/local-socket.ts";

export interface RunnerLink {
  send(message: SupervisorMessage): void;
  close(): void;
}

export interface RunnerLinkListener {
  readonly onMessage: (message: RunnerMessage) => void;
  /** Once, when the other side has gone. */
  readonly onClosed: () => void;
}

/** Rejects with the system's error when nobody listens there. */
export async function linkRunner(entry: LiveEntry, listener: RunnerLinkListener): Promise<RunnerLink> {
  const socket = await connectLocal(entry.socket);
  const send = (message: SupervisorMessage): void => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
  };
  readLines(socket, listener.onMessage);
  socket.on("error", () => socket.destroy());
  socket.once("close", listener.onClosed);
  send({ type: "hello", token: entry.token });
  return { send, close: () => socket.destroy() };
}

function readLines(socket: Socket, onMessage: (message: RunnerMessage) => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = parse(line);
      if (message !== undefined) onMessage(message);
    }
  });
  // The other side closes its half when it has said its last word; ours follows.
  socket.on("end", () => socket.end());
}

function parse(line: string): RunnerMessage | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
