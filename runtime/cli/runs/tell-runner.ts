/** Says one thing to a running run over its own socket. */
import { setTimeout as pause } from "node:timers/promises";
import type { LiveEntry, SupervisorMessage } from "../../protocol/live.ts";
import { connectLocal } from "../../system/local-socket.ts";
import { processState } from "../../system/process-identity.ts";

/** A run says where it listens a moment before it does: looks, and milliseconds between two of them. */
const looks = 40;
const lookEvery = 50;

export interface TellOptions {
  /** Milliseconds to listen for an answer. */
  readonly patience: number;
  /** Sees each message of the runner's; true ends listening. */
  readonly until: (answer: object) => boolean;
}

/**
 * Resolves to false when nobody listens there. What is said waits in the socket while the flow's code keeps the
 * runner busy, so nothing is lost when the answer does not come in time.
 */
export async function tellRunner(live: LiveEntry, message: SupervisorMessage, options: TellOptions): Promise<boolean> {
  const socket = await reach(live);
  if (socket === undefined) return false;
  return new Promise((resolve) => {
    let rest = "";
    const finish = () => {
      clearTimeout(timer);
      socket.end();
      resolve(true);
    };
    const timer = setTimeout(finish, options.patience);
    socket.on("error", finish);
    socket.on("close", finish);
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      if (lines.map(parse).some((answer) => answer !== undefined && options.until(answer))) finish();
    });
    const say = (each: SupervisorMessage) => socket.write(`${JSON.stringify(each)}\n`);
    say({ type: "hello", token: live.token, supervises: false });
    say(message);
  });
}

async function reach(live: LiveEntry): Promise<Awaited<ReturnType<typeof connectLocal>> | undefined> {
  for (let look = 1; ; look++) {
    try {
      return await connectLocal(live.socket);
    } catch {
      if (look === looks || processState(live.writer) === "dead") return undefined;
      await pause(lookEvery);
    }
  }
}

function parse(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
