/**
 * What stands in system.<epoch>.ndjson, in the line format of run journals. An epoch's file begins with the full
 * present state, closed by "state-complete"; a file without that line never came into force.
 */
import type { Variable } from "../../protocol/api.ts";
import type { ResumeOptions } from "../../protocol/live.ts";
import type { WriterIdentity } from "../../protocol/records.ts";
import type { LimitSetting, RunRequest } from "../index/store.ts";

export const systemVersion = { major: 1, minor: 0 } as const;

/** Somebody asked that a run that had ended goes on; done once the run has a segment beyond `after_segment`. */
export interface ResumeRequest {
  readonly id: string;
  readonly options: ResumeOptions;
  readonly after_segment: number;
  readonly at: number;
}

export type SystemRecord =
  | {
      readonly kind: "epoch";
      readonly epoch: number;
      readonly version: { readonly major: number; readonly minor: number };
      readonly writer: WriterIdentity;
      readonly at: number;
    }
  | { readonly kind: "state-complete" }
  | { readonly kind: "variable"; readonly variable: Variable }
  | { readonly kind: "variable-removed"; readonly name: string }
  | { readonly kind: "limit"; readonly limit: LimitSetting }
  | { readonly kind: "limit-removed"; readonly name: string }
  | { readonly kind: "run-request"; readonly request: RunRequest }
  /** The run has a journal of its own now, or will never have one. */
  | { readonly kind: "run-request-ended"; readonly id: string }
  | { readonly kind: "resume-request"; readonly resume: ResumeRequest }
  | { readonly kind: "resume-request-ended"; readonly id: string };

/** The truth of the home that no run's journal holds. */
export interface SystemFacts {
  readonly variables: Map<string, Variable>;
  readonly limits: Map<string, LimitSetting>;
  readonly requests: Map<string, RunRequest>;
  readonly resumes: Map<string, ResumeRequest>;
  /** Records of a newer version, kept and written again into the next epoch. */
  readonly unknown: object[];
}

export function noFacts(): SystemFacts {
  return { variables: new Map(), limits: new Map(), requests: new Map(), resumes: new Map(), unknown: [] };
}

export function applySystemRecord(facts: SystemFacts, record: SystemRecord): void {
  switch (record.kind) {
    case "epoch":
    case "state-complete":
      return;
    case "variable":
      facts.variables.set(record.variable.name, record.variable);
      return;
    case "variable-removed":
      facts.variables.delete(record.name);
      return;
    case "limit":
      facts.limits.set(record.limit.name, record.limit);
      return;
    case "limit-removed":
      facts.limits.delete(record.name);
      return;
    case "run-request":
      facts.requests.set(record.request.id, record.request);
      return;
    case "run-request-ended":
      facts.requests.delete(record.id);
      return;
    case "resume-request":
      facts.resumes.set(record.resume.id, record.resume);
      return;
    case "resume-request-ended":
      facts.resumes.delete(record.id);
      return;
    default:
      facts.unknown.push(record);
  }
}

/** The records that give `facts` again: the beginning of an epoch. */
export function factRecords(facts: SystemFacts): readonly object[] {
  const variables = [...facts.variables.values()].map((variable) => ({ kind: "variable", variable }) as const);
  const limits = [...facts.limits.values()].map((limit) => ({ kind: "limit", limit }) as const);
  const requests = [...facts.requests.values()].map((request) => ({ kind: "run-request", request }) as const);
  const resumes = [...facts.resumes.values()].map((resume) => ({ kind: "resume-request", resume }) as const);
  const records: readonly SystemRecord[] = [...variables, ...limits, ...requests, ...resumes];
  return [...facts.unknown, ...records];
}
