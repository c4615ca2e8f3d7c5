/**
 * Runs of a worker's pool that go on: they wait in their queue as any other, and the worker that gets one gets what is
 * kept of it too. While one waits it rests in its journal as AwaitingRetry, so that whoever reads that can tell.
 */
import { listSegments } from "../../journal/reading.ts";
import { writeRestingState } from "../../journal/sealing.ts";
import type { FlowRun } from "../../protocol/api.ts";
import { homePaths } from "../../protocol/home.ts";
import type { RunOfDeployment } from "../../protocol/records.ts";
import { isTerminal, makeState } from "../../protocol/states.ts";
import type { Core } from "../core.ts";
import type { RunRequest } from "../index/store.ts";
import type { LiveRuns } from "../live/live-runs.ts";
import type { RemoteRuns } from "../remote/remote-runs.ts";
import { defaultName, type PoolRecord, type ResumeRequest } from "../system/records.ts";
import { findFlowRun } from "./find.ts";
import type { Requests } from "./requests.ts";
import type { CodeOfRun } from "./resumes.ts";

export interface ResumesElsewhere {
  /** Whether the run goes on at a worker of its pool: that is there, and not the built-in worker's. */
  takes(run: FlowRun): boolean;
  /** Resolves with the run once it waits in its queue; that somebody asked for it is over then. */
  submit(run: FlowRun, resume: ResumeRequest, code: CodeOfRun): Promise<FlowRun>;
  /** Nobody need go on with it any more: it was cancelled, or is known to have ended. Not once a worker has begun. */
  withdraw(runId: string): Promise<void>;
  /** The worker that has begun the run and not brought its end. */
  holderOf(runId: string): string | undefined;
  /** Shows those that wait as they are, after a start. */
  recover(): Promise<void>;
}

export interface ResumesElsewhereOptions {
  readonly core: Core;
  readonly live: LiveRuns;
  readonly remote: RemoteRuns;
  readonly requests: Requests;
}

export function createResumesElsewhere({ core, live, remote, requests }: ResumesElsewhereOptions): ResumesElsewhere {
  const { disk, home, store, system, identity } = core;
  const { facts } = system;

  const poolOf = ({ work_pool_name: name }: FlowRun): PoolRecord | undefined =>
    name == null || name === defaultName ? undefined : facts.pools.get(name);

  const segments = (runId: string) => listSegments(disk, homePaths.run(home, runId));

  async function rest({ id, work_pool_name: pool }: FlowRun, now: number): Promise<void> {
    const details = { scheduled_time: now, continues_in: pool ?? defaultName };
    const state = makeState("SCHEDULED", now, { name: "AwaitingRetry", details });
    await writeRestingState(disk, homePaths.run(home, id), { state, writer: identity, writerIsGone: true });
    await live.folding.fold(id);
  }

  return {
    takes: (run) => poolOf(run) !== undefined,
    async submit(run, { id, options }, code) {
      const now = Date.now();
      const pool = poolOf(run);
      await rest(run, now);
      const after_segment = segments(id).at(-1)?.segment ?? 0;
      const queue = pool?.queues.find(({ name }) => name === run.work_queue_name)?.name ?? defaultName;
      const request = resumeRequest(run, queue, now, { options, after_segment }, code);
      await requests.submit([request], [{ kind: "resume-request-ended", id }]);
      return findFlowRun(store, id);
    },
    async withdraw(runId) {
      const isBegun = remote.holderOf(runId) !== undefined;
      if (facts.requests.get(runId)?.resume === undefined || isBegun || !(await remote.revoke(runId))) return;
      await system.commit({ kind: "run-request-ended", id: runId });
      await store.endRequest(runId);
    },
    holderOf: remote.holderOf,
    async recover() {
      const waiting = [...facts.requests.values()].filter(({ resume }) => resume !== undefined);
      for (const { id } of waiting) {
        await live.folding.fold(id);
        // It ended meanwhile, and the request should have ended with it.
        const run = await store.flowRun(id);
        if (run !== undefined && isTerminal(run.state_type)) requests.begun(id);
      }
    },
  };
}

function resumeRequest(
  run: FlowRun,
  queue: string,
  now: number,
  resume: RunRequest["resume"] & object,
  { place, snapshot, environment }: CodeOfRun,
): RunRequest {
  const { id, name, flow_name, flow_file: file, flow_export, parameters, tags, created_by, cwd } = run;
  const options = environment === undefined ? {} : { environment: { ...environment, ...resume.options.environment } };
  const asked = { file, flow: flow_export ?? flow_name, ...(cwd === null ? {} : { cwd }), ...place };
  const deployment = deploymentOf(run);
  return {
    id,
    work_pool: run.work_pool_name ?? defaultName,
    queue,
    due: now,
    created: now,
    flow: { name: flow_name, file: asked.file, ...(flow_export === null ? {} : { export: flow_export }) },
    name,
    run: { ...asked, parameters, name, tags, trigger: created_by ?? "api" },
    resume: { ...resume, options: { ...resume.options, ...options } },
    ...(deployment === undefined ? {} : { deployment }),
    ...(snapshot === undefined ? {} : { snapshot }),
  };
}

function deploymentOf(run: FlowRun): RunRequest["deployment"] {
  const { deployment_id, deployment_version: version, deployment_code: code } = run;
  if (deployment_id === null) return undefined;
  const known: RunOfDeployment = {
    ...(version == null ? {} : { deployment_version: version }),
    ...(code == null ? {} : { deployment_code: code }),
  };
  return { ...known, deployment_id };
}
