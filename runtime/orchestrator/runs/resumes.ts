/** Going on with runs that have ended: resume and retry, their plan, and the answer to a pause. */
import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { changedTasks } from "../../journal/changed-tasks.ts";
import { listSegments, readRunInTurns } from "../../journal/reading.ts";
import { planResume } from "../../journal/resume-plan.ts";
import { diskValueStore } from "../../journal/value-store.ts";
import type { CreateFlowRun, FlowRun, ResumePlan } from "../../protocol/api.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import type { ResumeOptions, StartRequest } from "../../protocol/live.ts";
import { isTerminal, waitsToGoOn } from "../../protocol/states.ts";
import type { Worker } from "../../worker/worker.ts";
import type { Core } from "../core.ts";
import type { LiveRuns } from "../live/live-runs.ts";
import { defaultName, type ResumeRequest } from "../system/records.ts";
import { findFlowRun } from "./find.ts";
import type { ResumesElsewhere } from "./resumes-elsewhere.ts";

export interface Resumes {
  /** Resolves with the run once it is being executed again. @throws MillraceError "conflict", or why it cannot begin. */
  resume(runId: string, options: ResumeOptions, how?: { readonly sameCode?: boolean }): Promise<FlowRun>;
  plan(runId: string, options: ResumeOptions): Promise<ResumePlan>;
  /** Starts again what an earlier orchestrator had accepted and not begun. */
  recover(): void;
}

/** Milliseconds between two looks whether the run goes on. */
const lookEvery = 10;
/** Looks at a process that has written its run's end; one that takes longer than this (5 s) is not ending. */
const endingLooks = 500;

/** What a deployment gives to a run of it that goes on: the code of its present version, unless the same is wanted. */
export type ResumeCode = (run: FlowRun, sameCode: boolean) => CodeOfRun;

export interface CodeOfRun extends Pick<StartRequest, "snapshot" | "environment"> {
  /** Where a worker of the run's pool executes it. */
  readonly place?: Pick<CreateFlowRun, "file" | "flow" | "cwd" | "infrastructure" | "code">;
}

export interface ResumesOptions {
  readonly core: Core;
  readonly live: LiveRuns;
  readonly worker: Worker;
  readonly elsewhere: ResumesElsewhere;
  readonly codeOf?: ResumeCode;
}

export function createResumes({ core, live, worker, elsewhere, codeOf = () => ({}) }: ResumesOptions): Resumes {
  const { disk, home, store, system, log } = core;

  const lastSegment = (runId: string): number =>
    listSegments(disk, homePaths.run(home, runId)).findLast(({ header }) => header !== undefined)?.segment ?? 0;

  async function begin(run: FlowRun, request: ResumeRequest, sameCode = false): Promise<void> {
    try {
      const refused = await worker.start(startRequest(home, run, request.options, codeOf(run, sameCode)));
      if (refused?.refusal !== undefined) {
        const { name, message, location } = refused.refusal.error;
        throw new MillraceError("load-failed", `${message}${location === undefined ? "" : ` (${name})`}`);
      }
      if (refused?.error !== undefined) throw refused.error;
      await untilBegun(run, request);
    } finally {
      system.append({ kind: "resume-request-ended", id: run.id });
    }
  }

  /**
   * A new segment begins with its header: until the state behind it is folded too, the run still shows how it ended
   * last time, and who asks for it right after our answer must not read that.
   */
  async function goesOn(before: FlowRun, { id, after_segment }: ResumeRequest): Promise<boolean> {
    if (((await store.folded(id))?.segment ?? 0) <= after_segment) return false;
    const now = await findFlowRun(store, id);
    return !isTerminal(now.state_type) || now.state.timestamp !== before.state.timestamp;
  }

  /** The runner has let go of us: its segment appears, or it ends without one. */
  async function untilBegun(before: FlowRun, request: ResumeRequest): Promise<void> {
    const { id, after_segment } = request;
    let ended = false;
    void worker.ended(id).then(() => {
      ended = true;
    });
    for (;;) {
      if (await goesOn(before, request)) return;
      if (ended) {
        await live.folding.fold(id);
        if (((await store.folded(id))?.segment ?? 0) > after_segment) return;
        const end = await worker.exitOf(id);
        const how = end?.signal ?? (end?.code === null || end === undefined ? "unknown" : `exit code ${end.code}`);
        throw new MillraceError("crashed", `The runner ended (${how}) before it went on with the run.`);
      }
      live.look(id);
      await pause(lookEvery);
    }
  }

  /** A run is seen to have ended a moment before its process has: who resumes at once waits for that moment. */
  async function untilProcessEnded(runId: string): Promise<void> {
    const isExecuted = (): boolean => live.has(runId) || elsewhere.holderOf(runId) !== undefined;
    for (let looks = 0; looks < endingLooks && isExecuted(); looks++) await pause(lookEvery);
  }

  async function planOf(run: FlowRun, options: ResumeOptions): Promise<ResumePlan> {
    const folder = homePaths.run(home, run.root_flow_run_id);
    const values = diskValueStore(disk, folder);
    const contents = await readRunInTurns(disk, folder);
    return planResume(contents, options, (result) => values.verify(result), changedTasks(disk, folder));
  }

  const checked = async (runId: string, options: ResumeOptions): Promise<FlowRun> => {
    const run = await findFlowRun(store, runId);
    if (rests(run)) await untilProcessEnded(runId);
    if (run.parent_flow_run_id !== null) {
      throw new MillraceError(
        "bad-usage",
        `${run.name} is a subflow run: ${options.mode} the run it belongs to, ${run.root_flow_run_id}.`,
      );
    }
    if (system.facts.requests.has(runId) && rests(run)) {
      throw new MillraceError(
        "conflict",
        `${run.name} is about to go on already: it waits for a worker of the work pool "${run.work_pool_name}".`,
      );
    }
    const holder = elsewhere.holderOf(runId);
    if (live.has(runId) || holder !== undefined || !rests(run)) {
      const whose = holder === undefined ? "its process has" : `its worker "${holder}" has said so and`;
      const why = rests(run) ? `but ${whose} not ended yet` : "only a run that has ended can go on";
      throw new MillraceError("conflict", `${run.name} is ${run.state_name}: ${why}.`);
    }
    if (run.created_by === "task") {
      throw new MillraceError(
        "conflict",
        `${run.name} called one task: there is nothing to go on with. Run that task again instead.`,
      );
    }
    const selected = (options.from?.length ?? 0) + (options.rerun?.length ?? 0) > 0;
    const nothingToDo = options.mode === "resume" && run.state_type === "COMPLETED" && !selected;
    // Unless a result was forgotten since.
    if (nothingToDo && (await planOf(run, options)).runs_again.length === 0) {
      throw new MillraceError(
        "conflict",
        `${run.name} has completed: there is nothing to resume. Name the tasks to run again (from, rerun), or retry it.`,
      );
    }
    return run;
  };

  async function recoverOne(request: ResumeRequest): Promise<void> {
    const run = await findFlowRun(store, request.id);
    if (elsewhere.takes(run)) {
      await elsewhere.submit(run, request, codeOf(run, false));
    } else if (lastSegment(request.id) > request.after_segment) {
      system.append({ kind: "resume-request-ended", id: request.id });
    } else await begin(run, request);
  }

  return {
    async resume(runId, options, { sameCode = false } = {}) {
      const run = await checked(runId, options);
      const code = codeOf(run, sameCode);
      const isElsewhere = elsewhere.takes(run);
      if (!isElsewhere) refuseWithoutCode(run, code);
      if (system.facts.resumes.has(runId)) {
        throw new MillraceError("conflict", `${run.name} is about to go on already.`);
      }
      const resume: ResumeRequest = { id: runId, options, after_segment: lastSegment(runId), at: Date.now() };
      await system.commit({ kind: "resume-request", resume });
      if (isElsewhere) return elsewhere.submit(run, resume, code);
      await begin(run, resume, sameCode);
      return findFlowRun(store, runId);
    },
    plan: async (runId, options) => planOf(await findFlowRun(store, runId), options),
    recover() {
      for (const request of [...system.facts.resumes.values()]) {
        recoverOne(request).catch((thrown: unknown) => log.error(`resuming run ${request.id}`, thrown));
      }
    },
  };
}

/** Ended, or waits for somebody who goes on with it. */
function rests({ state_type, state_name, state }: FlowRun): boolean {
  return isTerminal(state_type) || state_name === "Suspended" || waitsToGoOn(state.state_details);
}

/** Its pool is gone, and a worker may have had the code on another machine: it goes on here only where the code is too. */
function refuseWithoutCode(run: FlowRun, { snapshot }: ReturnType<ResumeCode>): void {
  const { name, flow_file: file, work_pool_name: pool } = run;
  if ((pool ?? defaultName) === defaultName || snapshot !== undefined || existsSync(file)) return;
  throw new MillraceError(
    "bad-file",
    `${name} ran at a worker of the work pool "${pool}", which is gone, and ${file} is not on this machine: ` +
      `make the pool again with \`millrace pools create ${pool}\`, or put the file there.`,
  );
}

function startRequest(home: string, run: FlowRun, resume: ResumeOptions, code: ReturnType<ResumeCode>): StartRequest {
  const environment = { ...code.environment, ...resume.environment };
  return {
    type: "start",
    home,
    run_id: run.id,
    file: run.flow_file,
    flow: run.flow_export ?? run.flow_name,
    parameters: run.parameters,
    name: run.name,
    tags: run.tags,
    trigger: run.created_by ?? "api",
    cwd: run.cwd ?? home,
    ...(Object.keys(environment).length === 0 ? {} : { environment }),
    ...(code.snapshot === undefined ? {} : { snapshot: code.snapshot }),
    resume,
  };
}
