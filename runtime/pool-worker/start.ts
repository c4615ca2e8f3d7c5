/**
 * A worker of its own process: takes runs of a pool's queues, starts and watches them in a home of its own, and brings
 * their journals to the orchestrator. It lives through everything that happens to the line: what it has begun goes on.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { hostname } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Address, RemoteAddress } from "../client/request.ts";
import { isMissing, realDisk } from "../journal/disk.ts";
import { prepareHome } from "../journal/prepare-home.ts";
import { createGuard } from "../orchestrator/api/guard.ts";
import { createRouter } from "../orchestrator/api/router.ts";
import { createApiServer } from "../orchestrator/api/server.ts";
import type { Core } from "../orchestrator/core.ts";
import { createEvents } from "../orchestrator/events.ts";
import { createMemoryStore } from "../orchestrator/index/memory-store.ts";
import { createLiveRuns } from "../orchestrator/live/live-runs.ts";
import { createLog } from "../orchestrator/log.ts";
import { takeHome } from "../orchestrator/ownership.ts";
import { type Clocks, realClocks } from "../orchestrator/remote/clock.ts";
import { createStarts } from "../orchestrator/runs/starts.ts";
import { openSystemJournal } from "../orchestrator/system/journal.ts";
import { toError } from "../protocol/errors.ts";
import { homePaths } from "../protocol/home.ts";
import { millraceVersion, protocolVersion } from "../protocol/version.ts";
import type { RunOrder, WorkerTerms } from "../protocol/workers.ts";
import { listenLocal, localSocketAddress, removeLocalSocket } from "../system/local-socket.ts";
import { currentWriter } from "../system/process-identity.ts";
import { createWorker, type Worker, type WorkerOptions } from "../worker/worker.ts";
import { createHeldClaims } from "./claims.ts";
import { fetchSnapshot } from "./fetch-snapshot.ts";
import { createHomeRoutes } from "./home-routes.ts";
import { createPatience } from "./patience.ts";
import { createPublished } from "./published.ts";
import { createRuns } from "./runs.ts";
import { createShipper } from "./shipper.ts";
import { createUplink, isOutage, isStranger } from "./uplink.ts";

export interface PoolWorkerOptions {
  /** The worker's own home: nobody else's. */
  readonly home: string;
  readonly pool: string;
  readonly queues: readonly string[];
  readonly name: string;
  /** Runs at the same time. */
  readonly limit: number;
  /** Warm runners kept ready. */
  readonly spares: number;
  readonly type: "process" | "docker";
  readonly findAddress: () => Address | RemoteAddress | undefined;
  readonly dist: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Tells people what happens. */
  readonly tell: (message: string) => void;
  readonly clocks?: Clocks;
  /** Starts runs in another way than as processes of this machine. */
  readonly makeWorker?: (workerId: string, options: WorkerOptions) => Promise<Worker>;
}

export interface PoolWorker {
  /** Resolves with why it ended. */
  readonly ended: Promise<string>;
  /**
   * Takes no more runs, gives back what it has not begun, waits for the others and brings what is left of them. After
   * `within` milliseconds it cancels those that still go on.
   */
  stop(within: number): void;
}

/** How long a poll waits at the orchestrator; half-dead lines are noticed after it. Milliseconds. */
const pollFor = 20_000;
const retryDelays: readonly number[] = [100, 250, 500, 1000, 2000];
/** What was cancelled at the end may take so long to stop, and what is shipped then so long to arrive. */
const cancelGrace = 10_000;
const lastShipping = 15_000;

/** @throws MillraceError "unauthorized", "not-found", "conflict" when the orchestrator will not have it; as `prepareHome`. */
export async function startPoolWorker(options: PoolWorkerOptions): Promise<PoolWorker> {
  const { home, pool, queues, name, limit, spares, type, dist, env, tell, clocks = realClocks } = options;
  await prepareHome(realDisk, home);
  const log = createLog(path.join(home, "worker.log"));
  const identity = currentWriter(millraceVersion);
  const token = randomBytes(32).toString("base64url");
  const socket = localSocketAddress(home, "orchestrator");
  let giveUp = (_reason: string): void => process.exit(1);
  const onLost = (): void => giveUp("the worker's home was removed, or is another's");
  const ownership = await takeHome({ disk: realDisk, home, identity, socket, token, force: false, onLost });
  const { epoch } = ownership;
  const system = await openSystemJournal({ disk: realDisk, home, epoch, identity });
  const events = createEvents(epoch, 100);
  const store = createMemoryStore();
  const core: Core = {
    home,
    epoch,
    identity,
    disk: realDisk,
    store,
    events,
    system,
    publish: async () => undefined,
    log,
  };
  const workerId = readWorkerId(home);
  const Line = isSecure(options.findAddress()) ? SecureAgent : Agent;
  const agent = new Line({ keepAlive: true, maxFreeSockets: 8 });
  const uplink = createUplink({ workerId, findAddress: options.findAddress, agent });
  const patiently = createPatience({ limit: () => terms?.offline_limit_ms ?? 10 * 60_000 });
  const published = createPublished({ disk: realDisk, home, uplink, patiently });
  const started = new Date().toISOString();
  const ended = Promise.withResolvers<string>();
  const stopping = new AbortController();
  let terms: WorkerTerms | undefined;
  let isConnected = false;

  const make = options.makeWorker ?? (async (_workerId, given) => createWorker(given));
  const worker = await make(workerId, {
    home,
    node: process.execPath,
    dist,
    env,
    spares,
    lean: true,
    limit: limit * 2,
    report: log.error,
    onFree: () => undefined,
  });
  const shipper = createShipper({
    disk: realDisk,
    home,
    uplink,
    onDone: (runId, accepted) => runs.shipped(runId, accepted),
    report: log.error,
  });
  const live = createLiveRuns({
    core,
    exitOf: worker.exitOf,
    isGone: (runId) => worker.isGone?.(runId) === true,
    killElsewhere: (runId) => worker.kill?.(runId),
    onDurable: (runId, { segment, offset }) => shipper.durable(runId, segment, offset),
    onBegun: (runId) => runs.begun(runId),
    onSlot: () => undefined,
    onSettled: (runId) => runs.ended(runId),
  });
  const starts = createStarts({
    core,
    live,
    worker,
    async secretOf(_block, run_id) {
      const claim_id = system.facts.claims.get(run_id)?.id ?? "";
      const { token } = await uplink.ask("POST /api/workers/credentials", { run_id, claim_id });
      return token ?? undefined;
    },
    provideBlocks: published.refresh,
    provideSnapshot: (hash) => fetchSnapshot({ disk: realDisk, home, uplink, patiently }, hash),
    begun: (runId) => runs.begun(runId),
    ended: (runId) => runs.ended(runId),
  });
  const runs = createRuns({
    core,
    live,
    starts,
    shipper,
    uplink,
    patiently,
    limit,
    held: createHeldClaims(clocks, () => terms?.lease_ms ?? 0),
    onFree: () => wake(),
    tell,
  });

  async function register(): Promise<void> {
    const introduction = { name, pool, queues, limit, host: hostname(), type, version: millraceVersion };
    terms = await uplink.ask("POST /api/workers/register", introduction);
    await published.take(terms.published);
    isConnected = true;
    shipper.reconnect();
    await homeRoutes.reconnect();
    void runs.pump();
  }

  const lost = (thrown: unknown): void => {
    if (!isConnected) return;
    isConnected = false;
    log.error("the line to the orchestrator", thrown);
    tell(`The orchestrator does not answer; ${runs.running()} runs go on here, and their journals are brought later.`);
  };

  /** One poll after the other: a poll wakes when there is work, an order, or a free place here. */
  let wakePoll: (() => void) | undefined;
  const wake = (): void => wakePoll?.();
  async function pollOnce(heard: string[]): Promise<void> {
    if (!isConnected) {
      await register();
      tell("The orchestrator answers again.");
    }
    const free = stopping.signal.aborted ? 0 : runs.free();
    const woken = new AbortController();
    wakePoll = () => woken.abort(new Woken());
    // A place that became free is worth a new question; one that is asked with free places waits at the orchestrator.
    if (free > 0) wakePoll = undefined;
    const asked = { monotonic: clocks.monotonic(), time: clocks.now() };
    try {
      const answer = await uplink.ask(
        "POST /api/workers/poll",
        { free, wait_ms: pollFor, known: runs.known(), heard: heard.splice(0) },
        { signal: woken.signal, timeout_ms: pollFor + 10_000 },
      );
      runs.take(answer.claims, asked);
      for (const order of answer.orders) {
        heard.push(order.id);
        void obey(order);
      }
    } catch (thrown) {
      if (!(thrown instanceof Woken)) throw thrown;
    } finally {
      wakePoll = undefined;
    }
  }

  async function obey({ id, run_id, message }: RunOrder): Promise<void> {
    try {
      await runs.obey(run_id, message);
    } catch (thrown) {
      const said = { order_id: id, message: toError(thrown).message };
      await uplink.ask("POST /api/workers/refused", said).catch(() => undefined);
    }
  }

  async function poll(): Promise<void> {
    const heard: string[] = [];
    for (let failures = 0; !closed; ) {
      try {
        await pollOnce(heard);
        failures = 0;
      } catch (thrown) {
        if (isStranger(thrown)) isConnected = false;
        else if (isOutage(thrown)) lost(thrown);
        else return giveUp(toError(thrown).message);
        await pause(retryDelays[Math.min(failures++, retryDelays.length - 1)]);
      }
    }
  }

  let closed = false;
  async function beat(): Promise<void> {
    while (!closed) {
      await pause(terms?.heartbeat_ms ?? 1000, undefined, { ref: false });
      if (!isConnected) continue;
      const asked = { monotonic: clocks.monotonic(), time: clocks.now() };
      try {
        const answer = await uplink.ask("POST /api/workers/heartbeat", { running: runs.running() });
        runs.renew(asked);
        await published.take(answer.published);
      } catch (thrown) {
        if (isStranger(thrown)) isConnected = false;
        else if (isOutage(thrown)) lost(thrown);
      }
    }
  }

  const homeRoutes = createHomeRoutes({
    uplink,
    publish: published.take,
    shutDown: (reason) => void stop(cancelGrace, reason),
    health: () => ({
      version: millraceVersion,
      build: "worker",
      protocol: protocolVersion,
      pid: process.pid,
      home,
      started,
      draining: stopping.signal.aborted,
      live_runs: live.count(),
      warm_runners: worker.warm(),
      seq: events.seq(),
    }),
  });
  const server = createApiServer({
    guard: createGuard({ token }),
    router: createRouter(homeRoutes.routes),
    report: log.error,
  });

  async function close(reason: string): Promise<void> {
    if (closed) return;
    closed = true;
    wake();
    shipper.stop();
    worker.close();
    server.close();
    await live.close();
    await system.close().catch((thrown: unknown) => log.error("closing the worker's journal", thrown));
    server.closeAllConnections();
    removeLocalSocket(socket);
    ownership.release();
    uplink.close();
    ended.resolve(reason);
  }
  giveUp = (reason) => void close(reason);

  async function stop(within: number, reason: string): Promise<void> {
    if (stopping.signal.aborted) return runs.cancelAll(reason, cancelGrace);
    stopping.abort();
    log.info(`stops: ${reason}`);
    await runs.handBack().catch((thrown: unknown) => log.error("giving back claims", thrown));
    const timer = setTimeout(() => runs.cancelAll(reason, cancelGrace), within);
    await runs.idle();
    clearTimeout(timer);
    for (const deadline = performance.now() + lastShipping; performance.now() < deadline && shipper.pending() > 0; ) {
      await pause(20);
    }
    await uplink.ask("POST /api/workers/unregister", {}).catch(() => undefined);
    await close(reason);
  }

  await listenLocal(server, socket);
  await runs.recover();
  try {
    await register();
  } catch (thrown) {
    // An orchestrator that is down for a moment is waited for; one that refuses is not.
    if (!isOutage(thrown)) {
      await close("refused");
      throw thrown;
    }
    log.error("the first look for the orchestrator", thrown);
    tell(`The orchestrator does not answer yet: ${toError(thrown).message}`);
  }
  void poll();
  void beat();
  return { ended: ended.promise, stop: (within) => void stop(within, "stopped") };
}

class Woken extends Error {}

/** Names the worker for as long as its home is there. */
function readWorkerId(home: string): string {
  const file = homePaths.workerId(home);
  try {
    return readFileSync(file, "utf8").trim();
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown;
    const id = randomUUID();
    const written = realDisk.createExclusive(file);
    written.write(Buffer.from(`${id}\n`), 0);
    written.close();
    return id;
  }
}

function isSecure(address: Address | RemoteAddress | undefined): boolean {
  return address !== undefined && "url" in address && address.url.startsWith("https:");
}
