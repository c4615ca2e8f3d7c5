/**
 * Runs that were asked for: a request is on the disk before anybody is told, is listed as a run from then on, and is
 * handed to the built-in worker. A request whose run has a journal is done.
 */
import { existsSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import type { CreateFlowRun, FlowRun } from "../../protocol/api.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import { idTime, isId, newId } from "../../protocol/ids.ts";
import type { StartRequest, TaskAgain } from "../../protocol/live.ts";
import type { Core } from "../core.ts";
import type { RunRequest } from "../index/store.ts";
import type { SystemRecord } from "../system/records.ts";

export interface Requests {
  /** Resolves when the request is durable. With an id or idempotency key that is known: the run that has it. */
  create(body: CreateFlowRun): Promise<FlowRun>;
  /** The same for one task of the file. */
  createTask(body: CreateFlowRun, task: TaskAgain): Promise<FlowRun>;
  /**
   * Many at once, made elsewhere: durable together with `also`, listed from then on, and handed out unless held.
   */
  submit(requests: readonly RunRequest[], also?: readonly SystemRecord[]): Promise<void>;
  /** Hands what is due to the worker, as far as it takes it. */
  pump(): Promise<void>;
  /** The run has a journal of its own: the request is done. */
  begun(runId: string): void;
  waiting(): number;
  /** Why a run that was asked for has not begun, in a sentence; undefined for one that has. */
  whyWaiting(runId: string): string | undefined;
}

export interface RequestsOptions {
  readonly core: Core;
  /** How many runs the worker can take now. */
  readonly capacity: () => number;
  /** Starts a run; what goes wrong with it is the worker's to tell. */
  readonly start: (request: StartRequest) => void;
  /** A runner has the run already: watches what becomes of it. */
  readonly adopt: (runId: string) => void;
  /** Has the file's JavaScript ready for the runner; never rejects. */
  readonly prepare: (file: string) => Promise<unknown>;
  /** Why a request is held back, where it is. */
  readonly whyHeld?: (runId: string) => string | undefined;
  /** No new runs are taken: an orchestrator that drains leaves them to the next. */
  readonly isDraining: () => boolean;
}

export const builtInWorker = "built-in";
export const defaultQueue = "default";

export function createRequests(options: RequestsOptions): Requests {
  const { core, capacity, start, adopt, prepare, isDraining, whyHeld = () => undefined } = options;
  const { home, store, system, events, log } = core;
  /** Requests under way by id or idempotency key: two at once get one run. */
  const underWay = new Map<string, Promise<FlowRun>>();

  async function createNew(body: CreateFlowRun, file: string, task: TaskAgain | undefined): Promise<FlowRun> {
    const now = Date.now();
    const { id = newId(now) } = body;
    checkAge(id, now);
    const request: RunRequest = {
      id,
      queue: defaultQueue,
      priority: 1,
      due: now,
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
    const free = isDraining() ? 0 : capacity();
    if (free <= 0) return;
    for (const request of await store.claimRuns(builtInWorker, defaultQueue, free, Date.now())) {
      // Accepted by an earlier orchestrator, whose runner was quicker than our notice of it.
      if (existsSync(homePaths.run(home, request.id))) adopt(request.id);
      else start(startRequest(home, request));
    }
  }

  async function create(body: CreateFlowRun, task?: TaskAgain): Promise<FlowRun> {
    if (isDraining()) {
      throw new MillraceError(
        "not-answering",
        "The orchestrator is being replaced by a newer one: ask again in a moment.",
      );
    }
    if (body.id !== undefined) checkShape(body.id);
    return createOnce(body, sourceFile(body), task);
  }

  return {
    create: (body) => create(body),
    createTask: create,
    async submit(requests, also = []) {
      // Why one is held follows from what goes on; only the index needs to know.
      const records = requests.map(({ held: _held, ...request }) => ({ kind: "run-request", request }) as const);
      await system.commitAll([...records, ...also]);
      await store.requestRuns(requests);
      for (const { id } of requests) await announce(id);
      if (requests.length > 0) pump().catch((thrown: unknown) => log.error("starting runs", thrown));
    },
    pump,
    begun(runId) {
      if (!system.facts.requests.has(runId)) return;
      system.append({ kind: "run-request-ended", id: runId });
      store.endRequest(runId).catch((thrown: unknown) => log.error(`ending request ${runId}`, thrown));
    },
    waiting: () => system.facts.requests.size,
    whyWaiting(runId) {
      const request = system.facts.requests.get(runId);
      if (request === undefined) return undefined;
      const held = whyHeld(runId);
      if (held !== undefined) return held;
      if (request.due > Date.now()) return "It is scheduled for later.";
      if (isDraining()) return "It waits for the orchestrator that replaces this one.";
      return capacity() <= 0
        ? "As many runs as may run at the same time are going on; it begins when one of them ends."
        : "A runner is about to take it.";
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

function startRequest(home: string, request: RunRequest): StartRequest {
  const { id, run, task, deployment, snapshot } = request;
  return {
    type: "start",
    home,
    run_id: id,
    file: run.file,
    ...(run.flow === undefined ? {} : { flow: run.flow }),
    parameters: run.parameters ?? {},
    ...(run.name === undefined ? {} : { name: run.name }),
    ...(run.tags === undefined ? {} : { tags: run.tags }),
    ...(run.idempotency_key === undefined ? {} : { idempotency_key: run.idempotency_key }),
    ...(task === undefined ? {} : { task }),
    ...(deployment === undefined ? {} : { deployment }),
    ...(snapshot === undefined ? {} : { snapshot }),
    trigger: run.trigger ?? "api",
    cwd: run.cwd ?? path.dirname(run.file),
    ...(run.environment === undefined ? {} : { environment: run.environment }),
  };
}
