/**
 * What a worker of another process or machine and the orchestrator say to each other. A worker keeps its runs in a home
 * of its own; the orchestrator gets their journals by byte ranges and answers how far it has made them durable. Fields
 * are spelt as in Prefect where Prefect has them; durations are milliseconds.
 */
import type { CreateFlowRun } from "./api.ts";
import type { ResumeOptions, SupervisorMessage, TaskAgain } from "./live.ts";
import type { Published } from "./published.ts";
import type { FlowReference } from "./records.ts";

/** A run that was asked for, as a worker gets it. */
export interface WorkOrder {
  /** The id that the run will have. */
  readonly id: string;
  readonly work_pool: string;
  readonly queue: string;
  readonly due: number;
  readonly created: number;
  readonly flow: FlowReference;
  readonly name: string;
  /** With the pool's infrastructure where the run has none of its own. */
  readonly run: CreateFlowRun;
  readonly task?: TaskAgain;
  readonly deployment_id?: string;
  readonly resume?: WaitingResume;
}

/** A run that goes on: its worker gets what is kept of it before it starts. */
export interface WaitingResume {
  readonly options: ResumeOptions;
  /** The last segment of the journal so far. */
  readonly after_segment: number;
}

/** A file of a run that goes on, as it lies in the run's folder. */
export interface KeptFile {
  readonly file: string;
  readonly size: number;
}

/** A run that one worker has, and nobody else until the claim is given back or has lapsed. */
export interface ClaimedRun {
  /** Names this handing-out of the run: another claim of the same run has another id. */
  readonly claim_id: string;
  readonly order: WorkOrder;
}

/** What somebody wants of a run that goes on elsewhere. */
export interface RunOrder {
  readonly id: string;
  readonly run_id: string;
  readonly message: Extract<SupervisorMessage, { readonly type: "cancel" | "continue" }>;
}

/** A piece of a file of a run's folder. */
export interface ShippedPiece {
  readonly run_id: string;
  readonly claim_id: string;
  /** "journal.1.ndjson", "logs.ndjson", "results/<hash>", "sources/<hash>" */
  readonly file: string;
  readonly offset: number;
  /** Base64. */
  readonly data: string;
  /** The whole length of a file that is complete: results and sources, which appear at once or not at all. */
  readonly size?: number;
}

export interface ShippedOffset {
  readonly run_id: string;
  readonly file: string;
  /** Bytes that are on the disk here: where the next piece begins. */
  readonly offset: number;
}

export interface WorkerIntroduction {
  readonly worker_id: string;
  readonly name: string;
  readonly pool: string;
  /** Queues that it takes runs of; none named means all. */
  readonly queues: readonly string[];
  readonly limit: number;
  readonly host: string;
  /** What it can do: the type of its infrastructure. */
  readonly type: "process" | "docker";
  readonly version: string;
}

export interface WorkerTerms {
  /** How long a claim is the worker's own, from the moment it asked on. */
  readonly lease_ms: number;
  readonly heartbeat_ms: number;
  /** How long it may be away before runs that it had begun are called crashed. */
  readonly offline_limit_ms: number;
  readonly published: Published;
}

/** A secret field of a published block, in the clear: it is sealed anew in the worker's home. */
export interface NamedSecret {
  /** As the document names it: { "$secret": id }. */
  readonly id: string;
  readonly value: string;
}

export interface WorkerRoutes {
  "POST /api/workers/register": { readonly body: WorkerIntroduction; readonly answer: WorkerTerms };
  /** Says goodbye: what it has not begun goes back to its queue. */
  "POST /api/workers/unregister": {
    readonly body: { readonly worker_id: string };
    readonly answer: Record<string, never>;
  };
  /** Waits up to `wait_ms` for runs (as many as `free`) or orders. A worker without a free place waits for orders only. */
  "POST /api/workers/poll": {
    readonly body: {
      readonly worker_id: string;
      readonly free: number;
      readonly wait_ms: number;
      /** Claims that it has and has not begun: others of its own, of which it never heard, are told again. */
      readonly known: readonly string[];
      /** Orders that it has got: others are told again. */
      readonly heard: readonly string[];
    };
    readonly answer: { readonly claims: readonly ClaimedRun[]; readonly orders: readonly RunOrder[] };
  };
  /** Sign of life; renews the leases of what is claimed and not begun. */
  "POST /api/workers/heartbeat": {
    readonly body: { readonly worker_id: string; readonly running: number };
    readonly answer: { readonly published: Published };
  };
  /** May this claim begin? Durable when answered: from then on the run is this worker's for good. */
  "POST /api/workers/begin": {
    readonly body: { readonly worker_id: string; readonly run_id: string; readonly claim_id: string };
    readonly answer: { readonly granted: boolean; readonly reason: string | null };
  };
  /** Gives back claims that it will not begin. */
  "POST /api/workers/release": {
    readonly body: { readonly worker_id: string; readonly claim_ids: readonly string[] };
    readonly answer: Record<string, never>;
  };
  /** How far the files of a run are here. */
  "POST /api/workers/offsets": {
    readonly body: { readonly worker_id: string; readonly run_id: string; readonly claim_id: string };
    readonly answer: { readonly offsets: readonly ShippedOffset[]; readonly unknown: boolean };
  };
  "POST /api/workers/ship": {
    readonly body: { readonly worker_id: string; readonly pieces: readonly ShippedPiece[] };
    /** `unknown`: runs that are not (any more) this worker's, or were removed: nothing more is wanted of them. */
    readonly answer: { readonly offsets: readonly ShippedOffset[]; readonly unknown: readonly string[] };
  };
  /** All of the run has been shipped and its process is gone. `superseded`: somebody else went on with the run before. */
  "POST /api/workers/ended": {
    readonly body: {
      readonly worker_id: string;
      readonly run_id: string;
      readonly claim_id: string;
      /** Why there is no journal: the code could not be had, no process could be started. */
      readonly failure?: { readonly state: "FAILED" | "CRASHED"; readonly message: string };
    };
    readonly answer: { readonly accepted: "accepted" | "superseded" | "unknown" };
  };
  /** What is kept of a run that goes on: journals, log and results. Only of a run that this worker has begun. */
  "POST /api/workers/kept": {
    readonly body: { readonly worker_id: string; readonly run_id: string; readonly claim_id: string };
    readonly answer: { readonly files: readonly KeptFile[] };
  };
  /** Bytes of one of them from `offset` on: as many as fit into an answer. */
  "POST /api/workers/kept/piece": {
    readonly body: {
      readonly worker_id: string;
      readonly run_id: string;
      readonly claim_id: string;
      readonly file: string;
      readonly offset: number;
    };
    readonly answer: { readonly data: string };
  };
  /** The files of a code snapshot that a deployment's run loads (protocol/snapshots.ts). */
  "POST /api/workers/snapshot": {
    readonly body: { readonly worker_id: string; readonly hash: string };
    readonly answer: { readonly files: readonly { readonly name: string; readonly data: string }[] };
  };
  /** The token for the repository that a run's code comes from: only of a run that this worker has begun. */
  "POST /api/workers/credentials": {
    readonly body: { readonly worker_id: string; readonly run_id: string; readonly claim_id: string };
    readonly answer: { readonly token: string | null };
  };
  /** What is published now, and the secrets that its documents name and the worker has not. */
  "POST /api/workers/secrets": {
    readonly body: { readonly worker_id: string; readonly known: readonly string[] };
    readonly answer: { readonly published: Published; readonly secrets: readonly NamedSecret[] };
  };
  "POST /api/workers/refused": {
    readonly body: { readonly worker_id: string; readonly order_id: string; readonly message: string };
    readonly answer: Record<string, never>;
  };
  /** Slots for a run that goes on at the worker; as POST /api/slots. */
  "POST /api/workers/slots": {
    readonly body: {
      readonly worker_id: string;
      readonly names: readonly string[];
      readonly run_id: string;
      readonly holder: string;
      readonly wait_ms?: number;
      readonly reassert?: boolean;
    };
    readonly answer: { readonly granted: boolean; readonly waiting_for?: string };
  };
  "POST /api/workers/slots/release": {
    readonly body: { readonly worker_id: string; readonly holder: string };
    readonly answer: Record<string, never>;
  };
  "POST /api/workers/variables": {
    readonly body: {
      readonly worker_id: string;
      readonly name: string;
      readonly value: unknown;
      readonly tags?: readonly string[];
    };
    readonly answer: { readonly published: Published };
  };
}
