/** Taking a home: at most one orchestrator writes its state (STATE.md "One writer per segment"). */
import { request } from "node:http";
import { type Ownership, type SocketState, takeOwnership } from "../journal/owner.ts";
import { unusable } from "../journal/prepare-home.ts";
import type { Disk } from "../journal/types.ts";
import { MillraceError } from "../protocol/errors.ts";
import type { WriterIdentity } from "../protocol/records.ts";

export interface TakeHomeOptions {
  readonly disk: Disk;
  readonly home: string;
  readonly identity: WriterIdentity;
  readonly socket: string;
  readonly token: string;
  /** Take the home from an owner that cannot be judged from here, once its heartbeat stands still. */
  readonly force: boolean;
  /** Called once, when the home is gone or another's: nothing may be written there any more. */
  readonly onLost?: () => void;
}

/** Well within the time after which a heartbeat counts as stopped. Milliseconds. */
const beatEvery = 4000;

/** Two looks in a row must find the home lost: folders that come over a network are away for a moment. Milliseconds. */
const lookEvery = 1000;

/** @throws MillraceError "home-owned" or "not-answering", as `takeOwnership`; "home-unusable" when it cannot be written. */
export async function takeHome({ disk, home, identity, onLost, ...rest }: TakeHomeOptions): Promise<Ownership> {
  const ownership = await takeOwnership(disk, home, identity, { ...rest, socketProbe: probe }).catch(
    (thrown: unknown) => {
      throw thrown instanceof MillraceError ? thrown : unusable(home, thrown);
    },
  );
  const beating = setInterval(() => {
    try {
      ownership.heartbeat();
    } catch {
      // A full disk: whoever may want to judge us looks at the process first.
    }
  }, beatEvery);
  beating.unref();
  let missed = 0;
  const looking = setInterval(() => {
    missed = ownership.stands() ? 0 : missed + 1;
    if (missed < 2) return;
    clearInterval(looking);
    onLost?.();
  }, lookEvery);
  looking.unref();
  return {
    ...ownership,
    release() {
      clearInterval(beating);
      clearInterval(looking);
      ownership.release();
    },
  };
}

/** Whether an orchestrator answers there. Any HTTP answer is one, also a refusal. */
function probe(socket: string): Promise<SocketState> {
  return new Promise((resolve) => {
    const asked = request({ socketPath: socket, path: "/api/health", headers: { host: "localhost" } }, (answer) => {
      answer.resume();
      resolve("answers");
    });
    asked.setTimeout(2000, () => {
      resolve("silent");
      asked.destroy();
    });
    asked.on("error", (error) => {
      const code = "code" in error ? error.code : undefined;
      resolve(code === "ECONNREFUSED" ? "refused" : code === "ENOENT" || code === "ENOTSOCK" ? "gone" : "silent");
    });
    asked.end();
  });
}
