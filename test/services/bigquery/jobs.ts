/** Jobs with their states: PENDING, RUNNING, DONE; held on demand, cancelled, and remembered by their ids. */
import { randomUUID } from "node:crypto";
import { ApiError, duplicate, type ErrorProto, notFound, object, text } from "./api.ts";
import type { Field } from "./types.ts";

export interface Rows {
  readonly fields: readonly Field[];
  readonly rows: readonly unknown[];
}

export interface Outcome {
  readonly statistics: Readonly<Record<string, unknown>>;
  readonly result?: Rows;
}

export interface JobRecord {
  readonly reference: { readonly projectId: string; readonly jobId: string; readonly location: string };
  readonly configuration: Readonly<Record<string, unknown>>;
  state: "PENDING" | "RUNNING" | "DONE";
  errors: readonly ErrorProto[];
  outcome: Outcome | undefined;
  readonly creationTime: number;
  endTime: number | undefined;
  readonly done: Promise<void>;
  /** Ends it before its work does. */
  stop(error: ErrorProto): void;
}

export interface Jobs {
  readonly all: ReadonlyMap<string, JobRecord>;
  start(
    reference: Record<string, unknown>,
    project: string,
    location: string,
    configuration: Record<string, unknown>,
    work: () => Promise<Outcome>,
  ): JobRecord;
  get(project: string, id: string, location: string | null): JobRecord;
  /** Jobs stay RUNNING until the function that this gives is called. */
  hold(): () => void;
  /** The next jobs of a kind end in these errors, without doing anything. */
  failNext(kind: "load" | "query", errors: readonly ErrorProto[], times: number): void;
}

export function createJobs(): Jobs {
  const all = new Map<string, JobRecord>();
  const failures: { kind: string; errors: readonly ErrorProto[]; left: number }[] = [];
  let gate: Promise<void> = Promise.resolve();
  return {
    all,
    start(given, project, location, configuration, work) {
      const jobId = text(given["jobId"]) || randomUUID();
      if (!/^[\w-]{1,1024}$/.test(jobId)) throw new ApiError(400, "invalid", `Invalid job ID "${jobId}".`);
      const place = text(given["location"]) || location;
      if (all.has(jobId)) throw duplicate(`Job ${project}:${place}.${jobId}`);
      let finish = () => {};
      const done = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const job: JobRecord = {
        reference: { projectId: project, jobId, location: place },
        configuration,
        state: "PENDING",
        errors: [],
        outcome: undefined,
        creationTime: Date.now(),
        endTime: undefined,
        done,
        stop: (error) => end([error], undefined),
      };
      all.set(jobId, job);
      const kind = "load" in configuration ? "load" : "query";
      const end = (errors: readonly ErrorProto[], outcome: Outcome | undefined) => {
        if (job.state === "DONE") return;
        job.state = "DONE";
        job.errors = errors;
        job.outcome = outcome;
        job.endTime = Date.now();
        finish();
      };
      const go = async () => {
        await gate;
        if (job.state === "DONE") return;
        job.state = "RUNNING";
        const failure = failures.find((each) => each.kind === kind && each.left > 0);
        if (failure !== undefined) {
          failure.left--;
          return end(failure.errors, undefined);
        }
        try {
          end([], await work());
        } catch (thrown) {
          end([errorProto(thrown)], undefined);
        }
      };
      setImmediate(() => void go());
      return job;
    },
    get(project, id, location) {
      const job = all.get(id);
      const elsewhere =
        location !== null && job !== undefined && location.toLowerCase() !== job.reference.location.toLowerCase();
      // A job outside of US and EU is found only by who says where it is.
      const untold = location === null && job !== undefined && !/^(US|EU)$/i.test(job.reference.location);
      if (job === undefined || elsewhere || untold) throw notFound(`Job ${project}:${location ?? "US"}.${id}`);
      return job;
    },
    hold() {
      let release = () => {};
      gate = new Promise((resolve) => {
        release = resolve;
      });
      return () => release();
    },
    failNext: (kind, errors, times) => void failures.push({ kind, errors, left: times }),
  };
}

function errorProto(thrown: unknown): ErrorProto {
  if (thrown instanceof ApiError) return { reason: thrown.reason, message: thrown.message };
  return {
    reason: "invalidQuery",
    location: "query",
    message: thrown instanceof Error ? thrown.message : String(thrown),
  };
}

/** The job as jobs.get gives it. */
export function jobResource(job: JobRecord): Record<string, unknown> {
  const { reference, configuration, state, errors, outcome, creationTime, endTime } = job;
  const [first] = errors;
  return {
    kind: "bigquery#job",
    id: `${reference.projectId}:${reference.location}.${reference.jobId}`,
    jobReference: reference,
    configuration: { ...configuration, jobType: "load" in configuration ? "LOAD" : "QUERY" },
    status: { state, ...(first === undefined ? {} : { errorResult: first, errors }) },
    statistics: {
      creationTime: String(creationTime),
      startTime: String(creationTime),
      ...(endTime === undefined ? {} : { endTime: String(endTime) }),
      ...object(outcome?.statistics),
    },
  };
}
