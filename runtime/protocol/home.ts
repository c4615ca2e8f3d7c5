/** Names of the files under $MILLRACE_HOME (STATE.md "Files"). Pure: nothing here touches the disk. */
import { homedir } from "node:os";
import path from "node:path";
import { idDay } from "./ids.ts";

export function homeFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const chosen = environment["MILLRACE_HOME"];
  return chosen ? path.resolve(chosen) : path.join(homedir(), ".millrace");
}

export const homePaths = {
  run: (home: string, runId: string) => path.join(home, "runs", idDay(runId), runId),
  runs: (home: string) => path.join(home, "runs"),
  /** Only in the home of a worker of its own process: nobody else serves that. */
  workerId: (home: string) => path.join(home, "worker-id"),
  live: (home: string) => path.join(home, "live"),
  liveRun: (home: string, runId: string) => path.join(home, "live", runId),
  cache: (home: string) => path.join(home, "cache"),
  trash: (home: string) => path.join(home, "trash"),
  secrets: (home: string) => path.join(home, "secrets"),
  secretKey: (home: string) => path.join(home, "secret.key"),
  published: (home: string) => path.join(home, "published.json"),
  owner: (home: string, epoch: number) => path.join(home, `owner.${epoch}`),
  system: (home: string, epoch: number) => path.join(home, `system.${epoch}.ndjson`),
  snapshot: (home: string, schema: number) => path.join(home, `state.v${schema}.sqlite`),
  runtime: (home: string, version: string) => path.join(home, "runtime", version),
  sdk: (home: string, version: string) => path.join(home, "sdk", version),
  launcher: (home: string) => path.join(home, "bin", process.platform === "win32" ? "millrace.cmd" : "millrace"),
  /** Transformed sources and V8's compile cache: safe to delete at any time. */
  transforms: (home: string) => path.join(home, "transforms"),
  compileCache: (home: string) => path.join(home, "compile-cache"),
  /** Raw output of runner processes started by a worker, by runner. */
  output: (home: string) => path.join(home, "output"),
  snapshots: (home: string) => path.join(home, "snapshots"),
  codeSnapshot: (home: string, hash: string) => path.join(home, "snapshots", hash),
  orchestratorLog: (home: string) => path.join(home, "orchestrator.log"),
} as const;

export const runPaths = {
  journal: (folder: string, segment: number) => path.join(folder, `journal.${segment}.ndjson`),
  logs: (folder: string) => path.join(folder, "logs.ndjson"),
  results: (folder: string) => path.join(folder, "results"),
  result: (folder: string, hash: string) => path.join(folder, "results", hash),
  sources: (folder: string) => path.join(folder, "sources"),
  /** What a worker brought of a run after somebody else had gone on with it. */
  superseded: (folder: string, claim: string) => path.join(folder, "superseded", claim),
  /** Where nobody ever listens: for a run whose process is of another machine. */
  noSocket: (folder: string) => path.join(folder, "no-socket"),
} as const;

/** The segment number in a journal file's name, or undefined. */
export function segmentOf(fileName: string): number | undefined {
  const match = /^journal\.(\d+)\.ndjson$/.exec(fileName);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
