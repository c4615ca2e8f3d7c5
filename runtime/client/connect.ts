/**
 * Finding and starting the orchestrator of a home. `connect` never starts anything; `connectOrStart` starts a detached
 * one when none answers, and replaces one that is older than this client.
 */
import { existsSync } from "node:fs";
import { Agent } from "node:http";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { defaultHeartbeatMs } from "../journal/owner.ts";
import type { Health } from "../protocol/api.ts";
import { MillraceError } from "../protocol/errors.ts";
import { homeFolder, homePaths } from "../protocol/home.ts";
import { type Client, createClient } from "./client.ts";
import { findOwner, type Owner, ownerIsGone } from "./owner.ts";
import { isRemote } from "./profiles.ts";
import { send } from "./request.ts";
import { startOrchestrator } from "./start.ts";
import { compare, type Identity, ownIdentity } from "./versions.ts";

export interface ConnectOptions {
  /** Who we say we are; for tests of the handshake. */
  readonly identity?: Identity;
  /** Milliseconds to wait until an orchestrator that was started answers; default 15 s. */
  readonly timeout_ms?: number;
  /** The folder of the programs to install and start; by default those this code belongs to. */
  readonly dist?: string;
  /** `connectOrStart` only: the Node that runs what is started; by default as `chooseNode` finds it. */
  readonly node?: string;
  /**
   * `connectOrStart` only: take the home from an owner on another machine once its heartbeat stands still. Waits for
   * that, so it takes at least 15 s.
   */
  readonly force?: boolean;
  /** `connectOrStart` only: HOST:PORT at which one that is started listens for workers of other machines. */
  readonly listen?: string;
}

/**
 * The running orchestrator of the home, or undefined when there is none.
 * @throws MillraceError "not-answering" when its process lives but does not answer, "home-owned" when the home belongs
 *   to an orchestrator on another machine, "home-newer" when it is too new for this client, "conflict" when too old.
 */
export async function connect(given: string = homeFolder(), options: ConnectOptions = {}): Promise<Client | undefined> {
  if (isRemote(given)) return (await import("./remote.ts")).connectRemote(given, options.identity);
  const home = path.resolve(given);
  const owner = findOwner(home);
  if (owner === undefined) return undefined;
  const found = await greet(home, owner);
  if (found === undefined) return undefined;
  const relation = compare(found.health, options.identity ?? ownIdentity);
  if (!relation.usable) {
    found.agent.destroy();
    throw new MillraceError(
      "conflict",
      `This home is run by an older Millrace (${found.health.version}). \`millrace orchestrator stop\` ends it - runs that ` +
        "are under way go on - and the next command starts a newer one.",
    );
  }
  return clientOf(home, owner, found, relation.kind === "older");
}

/** As long as an orchestrator waits for a worker before it calls its runs crashed; and between two looks. Milliseconds. */
const workerAwayLimit = 10 * 60_000;
const workerLookEvery = 200;

/**
 * The orchestrator of the home, started if need be. Many may call this at once: one orchestrator comes up.
 * @throws MillraceError as `connect`, and "home-unusable" when the home cannot be written, "socket-taken" when something
 *   else listens where the orchestrator should.
 */
export async function connectOrStart(given: string = homeFolder(), options: ConnectOptions = {}): Promise<Client> {
  if (isRemote(given)) return (await import("./remote.ts")).connectRemote(given, options.identity);
  const home = path.resolve(given);
  const identity = options.identity ?? ownIdentity;
  const force = options.force === true;
  const isOfWorker = existsSync(homePaths.workerId(home));
  const patience = isOfWorker ? workerAwayLimit : (force ? defaultHeartbeatMs : 0) + 15_000;
  const deadline = performance.now() + (options.timeout_ms ?? patience);
  let started = false;
  let lastProblem: MillraceError | undefined;
  while (performance.now() < deadline) {
    const owner = findOwner(home);
    const forced = force && owner?.foreign === true;
    const found = owner === undefined || forced ? undefined : await greetPatiently(home, owner, deadline);
    if (owner !== undefined && found !== undefined) {
      const relation = compare(found.health, identity);
      // Once we have started one ourselves it is as new as it gets: what we carry may be older than what we say.
      const stays = (relation.kind === "same" || started) && relation.usable && !found.health.draining;
      if (stays) return clientOf(home, owner, found, relation.kind === "older");
      await askToEnd(owner, identity);
      found.agent.destroy();
      await waitUntilGone(home, owner, deadline);
      continue;
    }
    // A run here waits for its worker: an orchestrator in its place would know no limits, and keep it from coming back.
    if (isOfWorker) {
      lastProblem = new MillraceError(
        "not-answering",
        `${home} is the home of a worker that is not up. Start it again: millrace worker start, with the pool and name it had.`,
      );
      await pause(workerLookEvery);
      continue;
    }
    const { dist, node, listen } = options;
    const timeout = deadline - performance.now();
    const outcome = await startOrchestrator(home, { dist, node, timeout, force, listen });
    if (outcome.kind === "failed") throw outcome.error;
    // The owner elsewhere lives: trying again would find the same.
    if (outcome.kind === "lost" && forced && outcome.error !== undefined) throw outcome.error;
    started ||= outcome.kind === "ready";
    // Somebody else was quicker: its orchestrator is on the way up.
    if (outcome.kind === "lost") {
      lastProblem = outcome.error;
      await pause(20);
    }
  }
  throw (
    lastProblem ??
    new MillraceError(
      "not-answering",
      `The orchestrator of ${home} was started but does not answer; orchestrator.log in that folder tells why.`,
    )
  );
}

interface Greeted {
  readonly health: Health;
  readonly agent: Agent;
}

/** Asks who is there. Undefined when the owner is gone; @throws "not-answering" when it lives and keeps silent. */
async function greet(home: string, owner: Owner): Promise<Greeted | undefined> {
  if (owner.foreign) {
    throw new MillraceError(
      "home-owned",
      `The home ${home} belongs to an orchestrator on the machine "${owner.writer.host}". Work there, set MILLRACE_HOME to ` +
        "a folder of this machine's own, or - when that machine is gone for good - `millrace orchestrator start --force`.",
    );
  }
  // Connections that lie idle are kept for the next request; they do not keep a process alive.
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 8 });
  try {
    const health = await send<Health>(owner, { method: "GET", path: "/api/health", agent, timeout_ms: 5000 });
    return { health, agent };
  } catch (thrown) {
    agent.destroy();
    if (thrown instanceof MillraceError && thrown.code === "not-answering" && (await ownerIsGone(owner)))
      return undefined;
    throw thrown;
  }
}

/** Like `greet`, but an orchestrator that has just taken the home may not be listening yet. */
async function greetPatiently(home: string, owner: Owner, deadline: number): Promise<Greeted | undefined> {
  for (;;) {
    try {
      return await greet(home, owner);
    } catch (thrown) {
      const silent = thrown instanceof MillraceError && thrown.code === "not-answering";
      if (!silent || performance.now() > deadline) throw thrown;
      await pause(25);
    }
  }
}

/** Its runs go on without it; whoever comes next follows them. One that waits for its runs is told not to. */
async function askToEnd(owner: Owner, identity: Identity): Promise<void> {
  const body = { drain: false, reason: `replaced by Millrace ${identity.version}` };
  await send(owner, { method: "POST", path: "/api/shutdown", body }).catch((thrown: unknown) => {
    // It may have ended before it answered.
    if (!(thrown instanceof MillraceError && thrown.code === "not-answering")) throw thrown;
  });
}

async function waitUntilGone(home: string, owner: Owner, deadline: number): Promise<void> {
  while (performance.now() < deadline) {
    if (findOwner(home)?.epoch !== owner.epoch || (await ownerIsGone(owner))) return;
    await pause(25);
  }
}

function clientOf(home: string, owner: Owner, { health, agent }: Greeted, outdated: boolean): Client {
  return createClient({ home, address: owner, health, outdated, agent, findAddress: async () => findOwner(home) });
}
