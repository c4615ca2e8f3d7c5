/** `millrace worker start`: a worker in the foreground. */
import { availableParallelism, hostname } from "node:os";
import path from "node:path";
import { connectOrStart } from "../../client/connect.ts";
import { findOwner } from "../../client/owner.ts";
import { isRemote, tokenOf as profileToken } from "../../client/profiles.ts";
import type { Address, RemoteAddress } from "../../client/request.ts";
import type { PoolWorkerOptions } from "../../pool-worker/start.ts";
import { parseDuration } from "../../protocol/durations.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { homeFolder } from "../../protocol/home.ts";
import { distFolder } from "../../runner/dist-folder.ts";
import type { CommandContext, CommandHandler } from "../command.ts";

const defaultStop = "10m";

export const workerStartHandler: CommandHandler = async (context) => {
  const { home, input, io } = context;
  const { startPoolWorker } = await import("../../pool-worker/start.ts");
  const pool = input.text("pool") ?? "default";
  const name = input.text("name") ?? (hostname().replace(/[^\w.-]/g, "-") || "worker");
  const limit = limitOf(input.text("limit"));
  const within = durationOf(input.text("stop-within") ?? defaultStop);
  const url = input.text("url");
  const findAddress = url === undefined ? await ownOrchestrator(home) : remote(url, tokenOf(context));
  // A profile says where the orchestrator is; the worker's own files lie here all the same.
  const own = isRemote(home) ? homeFolder(io.environment) : home;
  const tell = (message: string): void => io.err(`${new Date().toISOString()} ${message}\n`);
  const type = input.text("type") === "docker" ? "docker" : "process";
  const worker = await startPoolWorker({
    home: path.join(own, "workers", `${pool}.${name}`),
    pool,
    queues: input.list("queue"),
    name,
    limit,
    spares: Math.max(1, Math.min(limit, 4)),
    type,
    ...(type === "docker" ? { makeWorker: containers(input.text("socket")) } : {}),
    findAddress,
    dist: distFolder(),
    env: io.environment,
    tell,
  });
  tell(`The worker "${name}" takes runs of the work pool "${pool}", ${limit} at the same time.`);
  let signals = 0;
  const onSignal = (): void => {
    signals++;
    tell(signals === 1 ? "It takes nothing more, and waits for its runs." : "It cancels its runs.");
    worker.stop(within);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  const reason = await worker.ended;
  process.off("SIGINT", onSignal);
  process.off("SIGTERM", onSignal);
  tell(`The worker has ended: ${reason}.`);
  return signals > 0 ? exitCodes.completed : exitCodes.failed;
};

function containers(socket: string | undefined): NonNullable<PoolWorkerOptions["makeWorker"]> {
  return async (worker, { home, limit, report }) => {
    const { createDockerWorker } = await import("../../worker/docker/docker-worker.ts");
    const { findEngine } = await import("../../worker/docker/engine.ts");
    return createDockerWorker({ home, dist: distFolder(), worker, limit, engine: findEngine(socket), report });
  };
}

/** The orchestrator of the home, wherever it listens by then: it may be replaced. */
async function ownOrchestrator(home: string): Promise<() => Address | RemoteAddress | undefined> {
  if (isRemote(home)) return remote(home, profileToken(home));
  const client = await connectOrStart(home);
  client.close();
  return () => findOwner(home);
}

function remote(url: string, token: string): () => RemoteAddress {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new MillraceError("bad-usage", `--url: "${url}" is no address; write http://HOST:PORT.`);
  }
  const address: RemoteAddress = { url, token };
  return () => address;
}

function tokenOf({ input, io }: CommandContext): string {
  const token = input.text("token") ?? io.environment["MILLRACE_WORKER_TOKEN"];
  if (token !== undefined && token !== "") return token;
  throw new MillraceError(
    "bad-usage",
    "An orchestrator of another machine wants a token: `millrace pools token POOL` there makes one; put it into MILLRACE_WORKER_TOKEN.",
  );
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return availableParallelism();
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new MillraceError("bad-usage", `--limit: "${text}" is no number of runs; write 4.`);
}

function durationOf(text: string): number {
  try {
    return parseDuration(text, "--stop-within");
  } catch (thrown) {
    throw new MillraceError("bad-usage", thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
  }
}
