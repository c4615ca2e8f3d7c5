/** Brings an orchestrator up: takes the home, reads what is true there, serves it. */
import { randomBytes } from "node:crypto";
import { availableParallelism, hostname } from "node:os";
import path from "node:path";
import { realDisk } from "../journal/disk.ts";
import { prepareHome } from "../journal/prepare-home.ts";
import { exitCodes } from "../protocol/errors.ts";
import { homePaths } from "../protocol/home.ts";
import { protocolVersion } from "../protocol/version.ts";
import { listenLocal, localSocketAddress, removeLocalSocket } from "../system/local-socket.ts";
import { currentWriter } from "../system/process-identity.ts";
import { createBlockModules } from "../worker/block-modules.ts";
import { createModules } from "../worker/modules.ts";
import { createWorker } from "../worker/worker.ts";
import { createDoor } from "./api/door.ts";
import { createGuard } from "./api/guard.ts";
import type { ListenAddress } from "./api/listen-tcp.ts";
import { attachLiveSockets } from "./api/live-socket.ts";
import { createRouter, type Router } from "./api/router.ts";
import { allRoutes } from "./api/routes.ts";
import { createApiServer } from "./api/server.ts";
import { createAutomations } from "./automations/automations.ts";
import { createHookServer } from "./automations/hook-server.ts";
import { createHooks } from "./automations/hooks.ts";
import { createBlockTypes } from "./blocks/block-types.ts";
import { createBlocks } from "./blocks/blocks.ts";
import { createDocumentViews } from "./blocks/document-views.ts";
import { buildOf, programsFolder } from "./build-info.ts";
import type { Core } from "./core.ts";
import { createDeployments, resumeCodeOf } from "./deployments/deployments.ts";
import { createEvents } from "./events.ts";
import { createIdleWatch } from "./idle.ts";
import { openIndex } from "./index/open-index.ts";
import { createLiveRuns } from "./live/live-runs.ts";
import { createLog } from "./log.ts";
import type { Orchestrator } from "./orchestrator.ts";
import { takeHome } from "./ownership.ts";
import { createClaims } from "./pools/claims.ts";
import { codeSecret } from "./pools/code-secret.ts";
import { createPoolViews } from "./pools/pool-views.ts";
import { createPools } from "./pools/pools.ts";
import { defaultTimes, type RemoteTimes } from "./remote/remote-runs.ts";
import { createRemoteSide } from "./remote/remote-side.ts";
import { dropUnbegun, systemState } from "./restored.ts";
import { createCancels } from "./runs/cancels.ts";
import { createNotes } from "./runs/notes.ts";
import { pruneOutput } from "./runs/prune-output.ts";
import { createRequests } from "./runs/requests.ts";
import { createResumes } from "./runs/resumes.ts";
import { createRunViews } from "./runs/run-views.ts";
import { createStarts } from "./runs/starts.ts";
import { createTaskRuns } from "./runs/task-runs.ts";
import { createSettings } from "./settings.ts";
import { createSlots } from "./slots.ts";
import { createSnapshots } from "./snapshots.ts";
import { openSystemJournal } from "./system/journal.ts";
import { createPublisher, publishedOf } from "./system/published.ts";
import type { SystemFacts } from "./system/records.ts";

export interface StartOptions {
  readonly home: string;
  /** Take the home from an owner that cannot be judged from here. */
  readonly force: boolean;
  /** Minutes without clients, runs and requests after which it ends; 0 keeps it for ever. */
  readonly idleMinutes: number;
  /** Warm runners kept ready. */
  readonly spares: number;
  /** Where workers of other machines reach it; nowhere when left out. */
  readonly listen?: ListenAddress;
  readonly remoteTimes?: RemoteTimes;
}

export interface Running {
  /** Why it ended; the home is given back or lost by then, and the process should end. */
  readonly ended: Promise<string>;
  shutDown(reason: string): void;
}

/** Slots of live runs are re-asserted within this time after a start; then they are granted to others. Milliseconds. */
const reassertWithin = 2000;

const catchUpWithin = 1000;

/** @throws MillraceError "home-unusable", "home-newer", "home-owned", "not-answering", "socket-taken". */
export async function startOrchestrator(options: StartOptions): Promise<Running> {
  const { home, force, idleMinutes, spares, listen, remoteTimes = defaultTimes } = options;
  await prepareHome(realDisk, home);
  const log = createLog(homePaths.orchestratorLog(home));
  const dist = programsFolder();
  const { version, build } = buildOf(dist);
  const identity = currentWriter(version);
  const token = randomBytes(32).toString("base64url");
  const socket = localSocketAddress(home, "orchestrator");
  let giveUp = (_reason: string): void => process.exit(exitCodes.failed);
  const onLost = (): void => giveUp("the home was removed, or is another's");
  const ownership = await takeHome({ disk: realDisk, home, identity, socket, token, force, onLost });
  /** What must end with us also when we do not come up, last first. */
  const undo: (() => void)[] = [ownership.release];
  try {
    return await serve();
  } catch (thrown) {
    for (const each of undo.toReversed()) each();
    throw thrown;
  }

  async function serve(): Promise<Running> {
    const { epoch } = ownership;
    const system = await openSystemJournal({ disk: realDisk, home, epoch, identity });
    const events = createEvents(epoch);
    const index = await openIndex(home, { log: log.info, worker: path.join(dist, "snapshot.cjs") });
    const publish = createPublisher(realDisk, home, system.facts);
    const core: Core = { home, epoch, identity, disk: realDisk, store: index.store, events, system, publish, log };
    dropUnbegun(system);
    await core.store.restoreSystem(systemState(system.facts));
    const pools = await createPools(core);
    await publish();

    const started = new Date().toISOString();
    const ended = Promise.withResolvers<string>();
    let ending: string | undefined;
    let draining = false;
    let endWhenIdle: string | undefined;
    let url: string | undefined;
    const slots = createSlots((name) => activeLimit(system.facts, name));
    const place = { home, node: process.execPath, dist, env: process.env };
    const places = Math.max(16, availableParallelism() * 4);
    const worker = createWorker({
      ...place,
      spares,
      limit: places,
      report: log.error,
      onFree: () => void requests.pump(),
    });
    undo.push(worker.close);
    const isDraining = (): boolean => draining || ending !== undefined;
    const claims = createClaims(core, () => void requests.pump());
    const announce = (runId: string): void => {
      core.store
        .flowRun(runId)
        .then((run) => {
          if (run === undefined) return;
          const message = orchestrator.noteOn(run) ?? run.state.message;
          events.publish({ type: "flow-run", flow_run: { ...run, state: { ...run.state, message } } });
        })
        .catch((thrown: unknown) => log.error(`telling of run ${runId}`, thrown));
    };
    const remoteSide = createRemoteSide({
      ...{ core, pools, slots, times: remoteTimes, isDraining, announce },
      live: () => live,
      requests: () => requests,
      onSettled: () => snapshots.later(),
    });
    const { remote, remoteSlots } = remoteSide;
    const live = createLiveRuns({
      core,
      exitOf: worker.exitOf,
      onBegun: (runId) => requests.begun(runId),
      onSlot: (run_id, holder, names) => void slots.acquire({ names, run_id, holder, reassert: true }, 0),
      onSettled(runId) {
        slots.releaseRun(runId);
        remoteSlots.dropRun(runId);
        claims.endBuiltIn(runId);
        snapshots.later();
        if (endWhenIdle !== undefined && live.count() === 0) void shutDown(endWhenIdle);
      },
    });
    const snapshots = createSnapshots(index, live, log);
    const modules = createModules(place);
    undo.push(modules.close);
    const starts = createStarts({
      core,
      live,
      worker,
      secretOf: async (block) => codeSecret(core, block),
      begun: (runId) => requests.begun(runId),
      ended: claims.end,
    });
    const requests = createRequests({
      core,
      pools,
      workers: remote.statuses,
      capacity: worker.free,
      start: starts.start,
      adopt: starts.adopt,
      prepare: (file) => modules.prepareAgain(file).catch(() => undefined),
      isDraining,
      whyHeld: (runId) => deployments.whyHeld(runId),
    });
    requests.onWork(remote.wake);
    const { receiving, elsewhere } = remoteSide.finish();

    const views = createRunViews(core);
    const blockTypes = createBlockTypes(dist, system.facts);
    const documents = createDocumentViews(core, blockTypes);
    const resumes = createResumes({ core, live, worker, elsewhere, codeOf: resumeCodeOf(core) });
    const cancels = createCancels({ core, live, requests, claims, remote, elsewhere });
    const deployments = createDeployments({ core, modules, requests, cancels, live, resumes, views });
    const blocks = createBlocks(core, blockTypes, documents, createBlockModules(place));
    const automations = createAutomations({
      core,
      deployments,
      cancels,
      blocks,
      views,
      followers: () => sockets.clients() + (door?.clients() ?? 0),
    });
    const hookServer = createHookServer({ core, hooks: () => hooks });
    const hooks = createHooks({ core, deployments, problem: hookServer.problem, onChange: hookServer.refresh });
    const keptUpBy = () => [...deployments.keptUpBy(), ...automations.keptUpBy(), ...hooks.names()];
    const orchestrator: Orchestrator = {
      core,
      live,
      requests,
      deployments,
      automations,
      hooks,
      hookServer,
      resumes,
      views,
      taskRuns: createTaskRuns(core, live, requests, views),
      cancels,
      settings: createSettings(core, slots.limitsChanged),
      blocks,
      slots,
      modules,
      pools,
      poolViews: createPoolViews({
        facts: system.facts,
        workers: remote.statuses,
        lastPolled: remote.lastPolled,
        places: { free: worker.free, limit: places },
        host: hostname(),
      }),
      remote,
      remoteTimes,
      receiving,
      remoteSlots,
      published: () => publishedOf(system.facts),
      noteOn: createNotes({ live, remote, requests }),
      health: () => ({
        version,
        build,
        protocol: protocolVersion,
        pid: process.pid,
        home,
        started,
        draining: isDraining(),
        ...(url === undefined ? {} : { url }),
        live_runs: live.count(),
        warm_runners: worker.warm(),
        seq: events.seq(),
        kept_up_by: keptUpBy(),
        next_scheduled: isoOf(deployments.next()),
      }),
      async snapshot() {
        const seq = events.seq();
        await snapshots.take();
        return seq;
      },
      shutDown(reason, { drain }) {
        draining ||= drain;
        // What is due from now on is the next orchestrator's.
        if (drain) deployments.stop();
        if (drain) hookServer.close();
        if (!drain || live.count() === 0) void shutDown(reason);
        else endWhenIdle = reason;
      },
    };

    const guard = createGuard({ token, poolOfToken: pools.ofToken });
    const route = createRouter(allRoutes(orchestrator));
    const router: Router = (method, path) => {
      idle.touch();
      return route(method, path);
    };
    const server = createApiServer({ guard, router, report: log.error });
    const door = createDoor(listen, { token, pools, router, report: log.error, hook: hookServer.take, events });
    const sockets = attachLiveSockets(server, { guard, events });
    const idle = createIdleWatch(
      idleMinutes,
      () =>
        sockets.clients() + (door?.clients() ?? 0) > 0 ||
        live.count() > 0 ||
        requests.waiting() > 0 ||
        deployments.keepsUp() ||
        automations.isBusy() ||
        automations.keptUpBy().length > 0 ||
        hooks.names().length > 0,
      () => void shutDown(`idle for ${idleMinutes} minutes`),
    );
    system.onFailed((error) => {
      log.error("the system journal", error);
      if (ownership.stands()) void shutDown("the disk of the home failed");
      else giveUp("the home was removed or taken over");
    });
    giveUp = (reason) => {
      ending ??= reason;
      log.info(`gives up: ${reason}`);
      idle.stop();
      requests.stop();
      deployments.stop();
      automations.stop();
      hookServer.close();
      worker.close();
      modules.close();
      // What stands at the socket's address may be another's by now, and closing the server would take it away.
      ended.resolve(reason);
    };

    async function shutDown(reason: string): Promise<void> {
      if (ending !== undefined) return;
      ending = reason;
      log.info(`ends: ${reason}`);
      idle.stop();
      requests.stop();
      deployments.stop();
      automations.stop();
      hookServer.close();
      worker.close();
      modules.close();
      // Answers under way go out; nobody new gets in.
      server.close();
      server.closeIdleConnections();
      remote.wake();
      door?.close();
      await live.close();
      sockets.close();
      door?.endSockets();
      snapshots.stop();
      await snapshots.take();
      await index.close();
      await system.close().catch((thrown: unknown) => log.error("closing the system journal", thrown));
      receiving.close();
      server.closeAllConnections();
      door?.end();
      removeLocalSocket(socket);
      ownership.release();
      ended.resolve(reason);
    }

    await receiving.recover();
    await elsewhere.recover();
    // The first answer shall be true already; a runner that takes no notice is not waited for.
    await live.caughtUp(catchUpWithin);
    // What waits for an earlier run is held back before anything is handed out.
    await deployments.restore();
    await listenLocal(server, socket);
    log.info(
      `Millrace ${version}+${build} serves ${home} (epoch ${epoch}) on Node ${process.version} at ${process.execPath}`,
    );
    remoteSlots.reassert();
    undo.push(remoteSide.watch());
    if (door !== undefined) {
      const opened = await door.open();
      log.info(opened.note);
      url = opened.url;
    }
    setTimeout(slots.open, reassertWithin).unref();
    claims.settle(live.has);
    orchestrator.resumes.recover();
    void requests.pump();
    automations.start().catch((thrown: unknown) => log.error("starting the automations", thrown));
    void hookServer.refresh();
    deployments.start().catch((thrown: unknown) => log.error("starting the schedules", thrown));
    void pruneOutput(homePaths.output(home));
    orchestrator.blocks.sweep().catch((thrown: unknown) => log.error("sweeping secrets", thrown));
    return { ended: ended.promise, shutDown: (reason) => void shutDown(reason) };
  }
}

function isoOf(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}

function activeLimit(facts: SystemFacts, name: string): number | undefined {
  const setting = facts.limits.get(name);
  return setting?.active === true ? setting.limit : undefined;
}
