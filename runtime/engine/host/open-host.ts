/** Gives a real run its world: a folder with a journal, a clock, a log, a socket. This file only wires. */
import path from "node:path";
import { realDisk } from "../../journal/disk.ts";
import { prepareHome } from "../../journal/prepare-home.ts";
import { diskResultCache } from "../../journal/result-cache.ts";
import { keepSources } from "../../journal/sources.ts";
import { diskValueStore } from "../../journal/value-store.ts";
import { cleanError } from "../../protocol/error-record.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths, runPaths } from "../../protocol/home.ts";
import type { LiveEntry } from "../../protocol/live.ts";
import { randomText } from "../../protocol/random.ts";
import { logLevels } from "../../protocol/records.ts";
import type { ExecuteOutcome, ExecuteRequest } from "../../protocol/sdk-runtime.ts";
import { makeState } from "../../protocol/states.ts";
import { millraceVersion } from "../../protocol/version.ts";
import { commitAt } from "../../system/git-commit.ts";
import { localSocketAddress, removeLocalSocket } from "../../system/local-socket.ts";
import { currentWriter } from "../../system/process-identity.ts";
import { redact } from "../../system/redaction.ts";
import { failRuns } from "../execute.ts";
import type { RunHost } from "../host.ts";
import { makeClock } from "./clock.ts";
import { makeDeadlines } from "./deadlines.ts";
import { makeEnding } from "./ending.ts";
import { guardExit } from "./exit-guard.ts";
import { recordVerdictAtExit, startKeeper } from "./keeper-process.ts";
import { makeLimits } from "./limits.ts";
import { openLogFile } from "./log-file.ts";
import { openJournal } from "./open-journal.ts";
import { orchestratorLink } from "./orchestrator-link.ts";
import { makePauses } from "./pauses.ts";
import { publishedFile } from "./published-file.ts";
import { registerRun } from "./register.ts";
import { watchSleep } from "./sleep-note.ts";
import { listenForStop } from "./stop-signals.ts";
import { makeSupervision } from "./supervision.ts";
import { stdinIsTerminal } from "./terminal.ts";
import { makeVariables } from "./variables.ts";
import { watchJournal } from "./watched-journal.ts";

export interface FlowInfo {
  readonly name: string;
  /** Absolute path of the source; "" when it is not known. */
  readonly file: string;
}

export interface OpenedHost {
  readonly host: RunHost;
  /** After the root run's final state was committed. Never rejects: what failed was told through the journal. */
  close(outcome: Pick<ExecuteOutcome, "exit_code">): Promise<void>;
}

/** How long a run may take to stop before its process is ended; milliseconds. Tasks that listen have 5 s of it. */
const grace = { interrupt: 7000, terminate: 10_000 } as const;

/** Milliseconds after which a run that goes on keeps its sources. */
const sourcesAfter = 250;

const whyStopped: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGINT: "cancelled with Ctrl-C",
  SIGTERM: "cancelled: the process was asked to end (SIGTERM)",
  SIGHUP: "cancelled: the terminal was closed (SIGHUP)",
};

/** However a run is started, it comes through here. @throws MillraceError as `prepareHome` and `openJournal`. */
export async function openDiskHost(request: ExecuteRequest, flow: FlowInfo): Promise<OpenedHost> {
  const { home, run_id: runId } = request;
  const folder = homePaths.run(home, runId);
  const durability = request.durability ?? "disk";
  const clock = makeClock();
  const writer = currentWriter(millraceVersion);
  const values = diskValueStore(realDisk, folder, { durability, home });
  const log = openLogFile({
    file: runPaths.logs(folder),
    onLog: request.onLog,
    onWritten: () => supervision.announce(),
  });
  const warn = (message: string): void =>
    log.write({ at: clock.now(), level: logLevels.warn, message, name: "millrace", flow_run_id: runId });

  await prepareHome(realDisk, home, { warn });
  const opened = await openJournal(realDisk, {
    request,
    folder,
    values,
    writer,
    durability,
    debugging: request.debugging === true,
    now: clock.now,
    onMissing: ({ record }) => warn(`the kept result of ${record.name} is missing or damaged, so it runs again`),
    onDamage: (message) => warn(`the journal of this run is damaged, so what completed there runs again: ${message}`),
  });
  const segment = opened.journal.segment;
  // What a killed execution has left behind.
  for (let earlier = 1; earlier < segment; earlier++)
    removeLocalSocket(localSocketAddress(home, `${runId}.${earlier}`));
  const entry: LiveEntry = {
    run_id: runId,
    writer,
    socket: localSocketAddress(home, `${runId}.${segment}`),
    token: randomText(24),
    ...(request.output === undefined ? {} : { output: request.output }),
    flow_name: flow.name,
    file: flow.file,
    started: clock.now(),
    ...(request.debugging === true ? { debugging: true } : {}),
  };
  const registered = registerRun(realDisk, home, entry, durability === "disk");
  const journal = watchJournal(opened.journal, {
    onRecord: request.onRecord,
    alsoDurable: registered,
    beforeEnd: async () => {
      if (log.dropped > 0) {
        const message = `${log.dropped} log records were dropped: the log reached its limit`;
        journal.append({ kind: "note", flow_run_id: runId, message, at: clock.now() });
      }
      clearTimeout(keepingSources);
      await keepLoaded();
    },
  });
  let sourcesKept = 0;
  let keeping: Promise<void> = Promise.resolve();
  /** One after the other: the run's end waits for what is being kept. */
  const keepLoaded = (): Promise<void> => {
    keeping = keeping.then(keepNow);
    return keeping;
  };
  const keepNow = async (): Promise<void> => {
    const sources = request.sources?.() ?? [];
    if (sources.length === sourcesKept) return;
    sourcesKept = sources.length;
    const kept = await keepSources(realDisk, folder, sources, clock.now()).catch((error: Error) =>
      warn(`the sources of this run could not be kept with it: ${error.message}`),
    );
    try {
      const commit = commitAt(path.dirname(flow.file));
      if (kept !== undefined && !journal.ended)
        journal.append({ ...kept, ...(commit === undefined ? {} : { commit }) });
    } catch {
      // The journal is lost: that is told by whoever commits next.
    }
  };
  // A short run keeps them when it ends, where nobody waits for it; one that is killed must have kept them before.
  const keepingSources = setTimeout(() => void keepLoaded(), sourcesAfter).unref();

  const link = orchestratorLink(home);
  const published = publishedFile(home, clock.monotonic);
  const limits = makeLimits(runId, published, link);
  const pauses = makePauses({
    send: (message) => supervision.send(message),
    onPaused: () => {
      void supervision.open();
      link
        .use(async () => undefined)
        .catch((error: Error) => warn(`nobody can answer the pause yet: ${error.message}`));
    },
  });
  const ending = makeEnding({
    recordCancelled: async (message) => {
      const state = makeState("CANCELLED", clock.now(), { message });
      await journal.commit({ kind: "flow-run-state", id: runId, state });
    },
    flush: () => {
      log.flushNow();
      removeLocalSocket(entry.socket);
    },
    onStopping: (milliseconds) => deadlines.stopping(milliseconds),
    keeperPid: () => deadlines.keeperPid,
  });
  const interrupts = stdinIsTerminal();
  const deadlines = makeDeadlines({
    monotonic: clock.monotonic,
    supervised: () => supervision.supervised,
    send: (message) => supervision.send(message),
    startKeeper: () => startKeeper({ type: "keep", home, run_id: runId, writer, interrupts }),
    off: request.debugging === true,
  });
  const supervision = makeSupervision({
    entry,
    atOnce: request.output !== undefined,
    segment,
    synced: () => journal.synced,
    logOffset: () => log.offset,
    standing: () => [
      ...deadlines.armed,
      ...pauses.open.map((key) => ({ type: "paused", pause_key: key }) as const),
      ...limits.held.map((slot) => ({ type: "slot", ...slot }) as const),
    ],
    onCancel: ending.cancel,
    onContinue: pauses.answer,
    onSupervisors: deadlines.supervisorsChanged,
    onUnreachable: (error) => warn(`this run cannot be reached from outside: ${String(error)}`),
  });
  const sleep = watchSleep(runId, clock.now, journal.append);
  journal.onSynced(() => {
    supervision.announce();
    sleep.check();
  });
  journal.onFailed(ending.broken);
  const signals = listenForStop({
    onStop: (signal) =>
      ending.cancel(whyStopped[signal] ?? signal, signal === "SIGINT" ? grace.interrupt : grace.terminate),
    onInsist: ending.insist,
  });
  const onRequestAbort = (): void => ending.cancel(reasonOf(request.signal), grace.interrupt);
  request.signal?.addEventListener("abort", onRequestAbort, { once: true });
  if (request.signal?.aborted) onRequestAbort();
  const exitGuard = guardExit({
    isOpen: () => !journal.ended,
    fail: failRuns,
    record: (error) => {
      log.flushNow();
      removeLocalSocket(entry.socket);
      const cancelled = ending.stopping;
      recordVerdictAtExit({
        type: "verdict",
        home,
        run_id: runId,
        ...(cancelled === undefined
          ? { state: "FAILED", message: redact(error.message), error: cleanError(error, redact) }
          : { state: "CANCELLED", message: redact(cancelled) }),
      });
    },
  });
  if (interrupts && !deadlines.off) deadlines.keep();

  return {
    host: {
      runId,
      journal,
      values,
      history: opened.history,
      clock,
      logs: log,
      cache: diskResultCache(realDisk, home, { folder, now: clock.now }),
      limits,
      variables: makeVariables(published, link),
      pauses,
      deadlines,
      cancellation: ending.signal,
    },
    async close(outcome) {
      exitGuard.close();
      ending.close();
      signals.close();
      sleep.close();
      request.signal?.removeEventListener("abort", onRequestAbort);
      deadlines.release(runId);
      log.flushNow();
      await Promise.allSettled([journal.close(), limits.releaseAll(), registered]);
      supervision.close(outcome.exit_code);
      link.close();
    },
  };
}

function reasonOf(signal: AbortSignal | undefined): string {
  return signal?.reason instanceof MillraceError ? signal.reason.message : "cancelled";
}
