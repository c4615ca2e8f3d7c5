/**
 * dist/orchestrator.cjs: the process, started as `millrace.cjs __orchestrator --home FOLDER [--force]`; says once over its
 * channel whether it came up.
 */
import { parseArgs } from "node:util";
import { parseDuration } from "../protocol/durations.ts";
import { MillraceError, toError } from "../protocol/errors.ts";
import { homeFolder } from "../protocol/home.ts";
import { keepCode } from "../system/boot-seam.ts";
import { parseListen } from "./api/listen-tcp.ts";
import { defaultTimes, type RemoteTimes } from "./remote/remote-runs.ts";
import { startOrchestrator } from "./start.ts";

type Word =
  | { readonly type: "ready" }
  /** Another orchestrator has the home. */
  | { readonly type: "lost"; readonly code: string; readonly message: string }
  | { readonly type: "failed"; readonly code: string; readonly message: string };

/** Milliseconds after which most of what an orchestrator does was done once, and nobody waits for it any more. */
const keepAfter = 5000;

function say(word: Word): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(word, undefined, undefined, () => {
      if (process.connected) process.disconnect();
      resolve();
    });
  });
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: process.argv.slice(process.argv[2] === "__orchestrator" ? 3 : 2),
    options: { home: { type: "string" }, force: { type: "boolean", default: false }, listen: { type: "string" } },
  });
  const home = values.home ?? homeFolder();
  const minutes = Number(process.env["MILLRACE_IDLE_MINUTES"] ?? 10);
  const spares = Number(process.env["MILLRACE_WARM_RUNNERS"] ?? 2);
  // Who started us may go at any time.
  process.on("disconnect", () => {});
  process.on("SIGHUP", () => {});
  try {
    const running = await startOrchestrator({
      home,
      force: values.force,
      idleMinutes: Number.isFinite(minutes) ? minutes : 10,
      spares: Number.isInteger(spares) ? spares : 2,
      ...(values.listen === undefined ? {} : { listen: parseListen(values.listen) }),
      remoteTimes: remoteTimes(process.env),
    });
    process.on("SIGTERM", () => running.shutDown("SIGTERM"));
    process.on("SIGINT", () => running.shutDown("SIGINT"));
    await say({ type: "ready" });
    setTimeout(keepCode, keepAfter).unref();
    await running.ended;
    return 0;
  } catch (thrown) {
    const error = toError(thrown);
    const code = error instanceof MillraceError ? error.code : "internal";
    const lost = code === "home-owned" || code === "not-answering";
    process.stderr.write(`${error instanceof MillraceError ? error.message : (error.stack ?? error.message)}\n`);
    await say({ type: lost ? "lost" : "failed", code, message: error.message });
    return 1;
  }
}

/** MILLRACE_WORKER_LEASE, _HEARTBEAT and _OFFLINE_LIMIT: durations like "30s". */
function remoteTimes(environment: NodeJS.ProcessEnv): RemoteTimes {
  const read = (name: string, otherwise: number): number => {
    const text = environment[`MILLRACE_WORKER_${name}`];
    return text === undefined || text === "" ? otherwise : parseDuration(text);
  };
  return {
    lease: read("LEASE", defaultTimes.lease),
    heartbeat: read("HEARTBEAT", defaultTimes.heartbeat),
    offlineLimit: read("OFFLINE_LIMIT", defaultTimes.offlineLimit),
  };
}

void main().then((code) => process.exit(code));
