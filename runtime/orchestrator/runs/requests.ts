/**
 * Runs that were asked for: a request is on the disk before anybody is told, is listed as a run from then on, and waits
 * in a queue of its work pool. Those of the pool "default" are handed to the built-in worker, the others to whoever
 * polls. A request whose run has a journal is done.
 */
import { existsSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { listSegments } from "../../journal/reading.ts";
import type { CreateFlowRun, FlowRun } from "../../protocol/api.ts";
import type { WorkerStatus } from "../../protocol/deployments.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import { idTime, isId, newId } from "../../protocol/ids.ts";
import type { TaskAgain } from "../../protocol/live.ts";
import type { Core } from "../core.ts";
import type { RunRequest } from "../index/store.ts";
import { withInfrastructure } from "../pools/infrastructure.ts";
import type { Pools } from "../pools/pools.ts";
import { builtInWorker, whyWaiting } from "../pools/why-waiting.ts";
import { defaultName, type SystemRecord } from "../system/records.ts";
import { createLate } from "./late.ts";

export interface Requests {
  /** Resolves when the request is durable. With an id or idempotency key that is known: the run that has it. */
  create(body: CreateFlowRun): Promise<FlowRun>;
  /** The same for one task of the file. */
  createTask(body: CreateFlowRun, task: TaskAgain): Promise<FlowRun>;
  /**
   * Many at once, made elsewhere: durable together with `also`, listed from then on, and handed out unless held.
   */
  submit(requests: readonly RunRequest[], also?: readonly SystemRecord[]): Promise<void>;
  /** Hands what is due to the built-in worker, as far as it takes it, and wakes the workers that poll. */
  pump(): Promise<void>;
  /** Calls the listener whenever a queue may have something to give out that it had not before. */
  onWork(listener: () => void): void;
  /** The run has a journal of its own: the request is done. */
  begun(runId: string): void;
  waiting(): number;
  /** Why a run that was asked for has not begun, in a sentence; undefined for one that has. */
  whyWaiting(runId: string): string | undefined;
  stop(): void;
}

export interface RequestsOptions {
  readonly core: Core;
  readonly pools: Pools;
  /** Workers of other processes, by pool. */
  readonly workers: (pool: string) => readonly WorkerStatus[];
  /** How many runs the worker can take now. */
  readonly capacity: () => number;
  /** Starts a run; what goes wrong with it is the worker's to tell. */
  readonly start: (request: RunRequest) => void;
  /** A runner has the run already: watches what becomes of it. */
  readonly adopt: (runId: string) => void;
  /** Has the file's JavaScript ready for the runner; never rejects. */
  readonly prepare: (file: string) => Promise<unknown>;
  /** Why a request is held back, where it is. */
  readonly whyHeld?: (runId: string) => string | undefined;
  /** No new runs are taken: an orchestrator that drains leaves them to the next. */
  readonly isDraining: () => boolean;
}

/** The wall clock may be set, and a machine may sleep: a time that is due is not slept through longer than this. */
const longestSleep = 1000;

export function createRequests(options: RequestsOptions): Requests {
  const { core, pools, capacity, start, adopt, prepare, isDraining, whyHeld = () => undefined } = options;
  const { home, store, system, events, log } = core;
  const { facts } = system;
  const listeners: (() => void)[] = [];
  /** Requests under way by id or idempotency key: two at once get one run. */
  const underWay = new Map<string, Promise<FlowRun>>();

  async function createNew(body: CreateFlowRun, file: string, task: TaskAgain | undefined): Promise<FlowRun> {
    const now = Date.now();
    const { id = newId(now) } = body;
    checkAge(id, now);
    const { pool, queue } = pools.placeOf(body);
    const request: RunRequest = {
      id,
      work_pool: pool.name,
      queue,
      due: body.scheduled_time === undefined ? now : Date.parse(body.scheduled_time),
      created: now,
      flow: {
        name: task?.task_key ?? flowLabel(body, file),
        file,
        ...(body.flow === undefined ? {} : { export: body.flow }),
      },
      name: body.name ?? flowLabel(body, file),
      run: { ...body, file },
      ...(task === undefined ? {} : { task }),
    };
    // While the request goes to the disk, an edited file is transformed: here that takes a tenth of what a runner needs.
    await Promise.all([system.commit({ kind: "run-request", request }), prepare(file)]);
    await store.requestRun(request);
    void pump().catch((thrown: unknown) => log.error("starting runs", thrown));
    if (request.due > now) armFor(request.due);
    return announce(id);
  }

  async function announce(id: string): Promise<FlowRun> {
    const run = await store.flowRun(id);
    if (run === undefined) throw new MillraceError("internal", `the run ${id} vanished while it was requested`);
    events.publish({ type: "flow-run", flow_run: run });
    return run;
  }

  async function knownRun(body: CreateFlowRun, file: string): Promise<FlowRun | undefined> {
    const { id, idempotency_key: key } = body;
    const known = id === undefined ? undefined : await store.rootOf(id);
    if (id !== undefined && known !== undefined) {
      if (known === id) return store.flowRun(id);
      throw badId(id, `belongs to something inside the run ${known} already; make a new one`);
    }
    const byKey = key === undefined ? undefined : await store.runByIdempotencyKey(file, key);
    return byKey === undefined ? undefined : store.flowRun(byKey);
  }

  /** The same request once more, while the first is under way, is that request. */
  function createOnce(body: CreateFlowRun, file: string, task?: TaskAgain): Promise<FlowRun> {
    const names = [
      ...(body.id === undefined ? [] : [body.id]),
      ...(body.idempotency_key === undefined ? [] : [`${file}\0${body.idempotency_key}`]),
    ];
    for (const name of names) {
      const before = underWay.get(name);
      if (before !== undefined) return before;
    }
    const made = knownRun(body, file)
      .then((known) => known ?? createNew(body, file, task))
      .finally(() => {
        for (const name of names) underWay.delete(name);
      });
    for (const name of names) underWay.set(name, made);
    return made;
  }

  let pumping: Promise<void> | undefined;
  let again = false;
  /** One at a time; a call that comes meanwhile makes it look once more. */
  function pump(): Promise<void> {
    if (pumping !== undefined) {
      again = true;
      return pumping;
    }
    pumping = pumpNow().finally(() => {
      pumping = undefined;
      if (again) {
        again = false;
        void pump();
      }
    });
    return pumping;
  }

  async function pumpNow(): Promise<void> {
    if (isDraining()) return;
    for (const listener of listeners) listener();
    const free = capacity();
    if (free <= 0) return;
    const now = Date.now();
    const worker = builtInWorker;
    for (const request of await store.claimRuns({ worker, pool: defaultName, limit: free, now })) {
      const { id, work_pool, queue } = request;
      // The run's own journal says who has it; this keeps its place in the queue over a restart.
      system.append({
        kind: "claim",
        claim: { id, run_id: id, pool: work_pool, queue, worker, worker_name: worker, at: now, begun: now },
      });
      // Accepted by an earlier orchestrator, whose runner was quicker than our notice of it.
      if (existsSync(homePaths.run(home, id))) adopt(id);
      else start(withInfrastructure(request, pools.find(work_pool), facts.blocks));
    }
  }

  let nextDue = Number.POSITIVE_INFINITY;
  let dueTimer: NodeJS.Timeout | undefined;
  function armFor(due: number): void {
    if (due > nextDue) return;
    nextDue = due;
    clearTimeout(dueTimer);
    dueTimer = setTimeout(dueNow, Math.max(0, Math.min(longestSleep, due - Date.now()))).unref();
  }
  function dueNow(): void {
    const due = nextDue;
    nextDue = Number.POSITIVE_INFINITY;
    if (due > Date.now()) {
      armFor(due);
      return;
    }
    pump()
      .then(armNext)
      .catch((thrown: unknown) => log.error("starting runs that are due", thrown));
  }
  async function armNext(): Promise<void> {
    const next = await store.nextDue(Date.now());
    if (next !== undefined) armFor(next);
  }
  armNext().catch((thrown: unknown) => log.error("the times that runs are due", thrown));

  const why = (request: RunRequest): string =>
    whyWaiting(request, {
      facts,
      workers: options.workers,
      capacity: capacity(),
      isDraining: isDraining(),
      now: Date.now(),
    });
  const late = createLate({ store, why, announce, isNeeded: () => facts.requests.size > 0, report: log.error });
  pools.onChange(() => void pump().catch((thrown: unknown) => log.error("starting runs", thrown)));

  async function create(body: CreateFlowRun, task?: TaskAgain): Promise<FlowRun> {
    if (isDraining()) {
      throw new MillraceError(
        "not-answering",
        "The orchestrator is being replaced by a newer one: ask again in a moment.",
      );
    }
    if (body.id !== undefined) checkShape(body.id);
    return createOnce(body, fileOf(body), task);
  }

  /** One that goes on has had a journal before: what counts is a segment beyond that. */
  function hasJournal({ id, resume }: RunRequest): boolean {
    if (resume === undefined) return true;
    return (listSegments(core.disk, homePaths.run(home, id)).at(-1)?.segment ?? 0) > resume.after_segment;
  }

  return {
    create: (body) => create(body),
    createTask: create,
    async submit(requests, also = []) {
      // Why one is held follows from what goes on; only the index needs to know.
      const records = requests.map(({ held: _held, ...request }) => ({ kind: "run-request", request }) as const);
      await system.commitAll([...records, ...also]);
      await store.requestRuns(requests);
      for (const { due } of requests) if (due > Date.now()) armFor(due);
      // What is due is handed out before a thousand of them are told of.
      if (requests.length > 0) pump().catch((thrown: unknown) => log.error("starting runs", thrown));
      for (const { id } of requests) await announce(id);
    },
    pump,
    begun(runId) {
      const request = facts.requests.get(runId);
      if (request === undefined || !hasJournal(request)) return;
      system.append({ kind: "run-request-ended", id: runId });
      store.endRequest(runId).catch((thrown: unknown) => log.error(`ending request ${runId}`, thrown));
    },
    waiting: () => system.facts.requests.size,
    whyWaiting(runId) {
      const request = facts.requests.get(runId);
      return request === undefined ? undefined : (whyHeld(runId) ?? why(request));
    },
    onWork: (listener) => void listeners.push(listener),
    stop() {
      clearTimeout(dueTimer);
      late.stop();
    },
  };
}

/** How far the time in an id that a client chose may be from now: a page may stand open for long before Run is clicked. */
const idMayBe = { older: 24 * 60 * 60_000, newer: 5 * 60_000 } as const;

/** An id that a client chose. @throws MillraceError "bad-usage" */
export function checkId(id: string): void {
  checkShape(id);
  checkAge(id, Date.now());
}

function checkShape(id: string): void {
  if (!isId(id)) throw badId(id, "must be a UUIDv7, as newId() makes them");
}

/** A run lies and is listed under the time in its id. @throws MillraceError "bad-usage" */
function checkAge(id: string, now: number): void {
  const time = idTime(id);
  if (time < now - idMayBe.older)
    throw badId(id, "is more than a day old: its run would be listed there; make a new one");
  if (time > now + idMayBe.newer) throw badId(id, "is of the future by this machine's clock; make a new one");
}

function badId(id: string, message: string): MillraceError {
  return new MillraceError("bad-usage", `id: "${id}" ${message}.`, { fields: [{ path: "id", message }] });
}

/** Code of a repository, and what another machine may have, cannot be looked for here. @throws MillraceError "bad-file" */
function fileOf(body: CreateFlowRun): string {
  const isHere = body.code?.type !== "git" && (body.work_pool_name ?? defaultName) === defaultName;
  if (isHere) return sourceFile(body);
  try {
    return sourceFile(body);
  } catch (thrown) {
    if (!(thrown instanceof MillraceError) || thrown.code !== "bad-file") throw thrown;
    return path.resolve(body.cwd ?? "", body.file);
  }
}

/** The source as everybody spells it: absolute and without links. @throws MillraceError "bad-file" */
export function sourceFile({ file, cwd }: { readonly file: string; readonly cwd?: string }): string {
  if (cwd === undefined && !path.isAbsolute(file)) {
    throw new MillraceError("bad-usage", `file: "${file}" is a relative path; send an absolute one, or cwd with it.`, {
      fields: [{ path: "file", message: "must be an absolute path unless cwd is given" }],
    });
  }
  const absolute = path.resolve(cwd ?? "", file);
  try {
    const real = realpathSync.native(absolute);
    if (statSync(real).isFile()) return real;
  } catch (thrown) {
    throw noFile(absolute, thrown);
  }
  throw noFile(absolute, undefined);
}

function noFile(file: string, cause: unknown): MillraceError {
  return new MillraceError("bad-file", `${file} is no file that can be read; check the path.`, {
    cause,
    fields: [{ path: "file", message: "is no file that can be read" }],
  });
}

/** What the run is listed under until its runner says what the flow is called. */
function flowLabel(body: CreateFlowRun, file: string): string {
  return body.flow ?? path.basename(file).replace(/\.[^.]+$/, "");
}
