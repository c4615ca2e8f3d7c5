/**
 * Jobs that may be started twice. Each has a fixed id: when a job of that id is there already - an answer was lost, or
 * an earlier attempt of the task has started it - it is waited for instead. One that has failed stands for nothing, so
 * the next try has the next id ("…_1").
 */
import type { BigQuery, Job, JobMetadata } from "@google-cloud/bigquery";
import { type Duration, formatDuration, parseDuration } from "../../protocol/durations.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { statusOf } from "../gcp/problems.ts";
import { jobError, requestError } from "./errors.ts";
import { pauseFor, type Retry } from "./retries.ts";

export interface JobContext {
  readonly bigquery: BigQuery;
  /** Where jobs run: needed to find one again. Undefined where BigQuery chooses. */
  location(): Promise<string | undefined>;
  readonly signal: AbortSignal;
  readonly retry: Retry;
  readonly timeout: Duration | undefined;
}

export interface JobPlan {
  /** What it does, for messages: `load into "zoomcamp.trips"`. */
  readonly what: string;
  readonly id: string;
  /** Looks for the job before starting it: for starts that carry a file. */
  readonly lookFirst?: boolean;
  start(jobId: string): Promise<Job>;
  /** Whether an earlier job of this id that went well still stands for this one; it does if not given. */
  stands?(earlier: JobMetadata): Promise<boolean>;
}

export interface DoneJob {
  readonly job: Job;
  readonly metadata: JobMetadata;
  /** It was there already. */
  readonly found: boolean;
}

const firstPoll = 100;
const longestPoll = 5000;
/** How many failed tries of one call are stepped over. */
const generations = 100;

/** Starts or finds the job, and waits for its end. An abort or the timeout cancels it. */
export async function runJob(context: JobContext, plan: JobPlan): Promise<DoneJob> {
  for (let generation = 0; generation < generations; generation++) {
    const started = await startJob(context, plan, generation === 0 ? plan.id : `${plan.id}_${generation}`);
    const metadata = await jobEnd(context, plan, started.job);
    if (metadata.status?.errorResult) {
      if (started.found) continue;
      throw jobError(metadata.status, plan.what, jobName(started.job));
    }
    if (started.found && plan.stands !== undefined && !(await plan.stands(metadata))) continue;
    return { ...started, metadata };
  }
  throw new MillraceError(
    "conflict",
    `${plan.what}: it has failed ${generations} times; mend the cause and start a new run`,
  );
}

export async function startJob(
  context: JobContext,
  plan: JobPlan,
  jobId: string,
): Promise<{ readonly job: Job; readonly found: boolean }> {
  const { bigquery, signal, retry } = context;
  if (plan.lookFirst) {
    const found = await findJob(context, jobId);
    if (found !== undefined) return { job: found, found: true };
  }
  let tries = 0;
  try {
    const job = await retry((attempt) => {
      tries = attempt;
      return plan.start(jobId);
    });
    return { job, found: false };
  } catch (thrown) {
    if (signal.aborted) {
      // The request may have arrived all the same.
      await cancelJob(context, bigquery.job(jobId, locationOptions(await context.location())));
      throw signal.reason;
    }
    if (statusOf(thrown) !== 409) throw requestError(thrown, plan.what);
    const job = await findJob(context, jobId);
    // A 409 about something else than the job: the table that must be empty, say.
    if (job === undefined) throw requestError(thrown, plan.what);
    return { job, found: tries === 1 };
  }
}

async function findJob({ bigquery, location, signal, retry }: JobContext, jobId: string): Promise<Job | undefined> {
  const job = bigquery.job(jobId, locationOptions(await location()));
  try {
    await retry(() => job.getMetadata());
    return job;
  } catch (thrown) {
    if (statusOf(thrown) === 404) return undefined;
    throw signal.aborted ? signal.reason : requestError(thrown, `job ${jobId}`);
  }
}

/** What BigQuery says of the job once it is done, well or not. */
async function jobEnd(context: JobContext, plan: JobPlan, job: Job): Promise<JobMetadata> {
  const first: JobMetadata | undefined = job.metadata;
  if (first?.status?.state === "DONE") return first;
  return untilDone(context, plan.what, job, async (signal) => {
    for (let wait = firstPoll; ; wait = Math.min(wait * 1.5, longestPoll)) {
      const [metadata] = await context.retry(() => job.getMetadata(), signal);
      const known: JobMetadata = metadata;
      if (known.status?.state === "DONE") return known;
      await pauseFor(wait, signal);
    }
  });
}

/** Does what waits for a job; when the run is cancelled or the time is over, the job is cancelled too. */
export async function untilDone<T>(
  context: JobContext,
  what: string,
  job: Job,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, timeout } = context;
  const limit = timeout === undefined ? undefined : parseDuration(timeout, "timeout");
  const ending = limit === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(limit)]);
  try {
    return await work(ending);
  } catch (thrown) {
    if (!ending.aborted) throw requestError(thrown, what);
    await cancelJob(context, job);
    if (signal.aborted) throw signal.reason;
    const said = `it did not end within ${formatDuration(limit ?? 0)} and was cancelled`;
    throw new MillraceError("not-answering", `${what}: ${said} (${jobName(job)})`, { cause: thrown });
  }
}

/** How long a run that is being cancelled waits for BigQuery to take note. */
const cancelPatience = 5000;

async function cancelJob({ retry }: JobContext, job: Job): Promise<void> {
  const patience = AbortSignal.timeout(cancelPatience);
  // What cannot be cancelled ends by itself; the reason for cancelling is the error to tell.
  await retry(() => job.cancel(), patience).catch(() => {});
}

export function jobName(job: Job): string {
  return `job ${job.id}${job.location === undefined ? "" : ` in ${job.location}`}`;
}

export function locationOptions(location: string | undefined): { location?: string } {
  return location === undefined ? {} : { location };
}
