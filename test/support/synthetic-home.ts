/** Writes homes full of finished runs, as valid journals, fast: for the tests and the bench of the index. */
import { mkdirSync, writeFileSync } from "node:fs";
import { lineBuffer } from "../../runtime/journal/lines.ts";
import { homePaths, runPaths } from "../../runtime/protocol/home.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import { type JournalRecord, journalVersion } from "../../runtime/protocol/records.ts";
import { makeState } from "../../runtime/protocol/states.ts";

export interface SyntheticHome {
  readonly home: string;
  readonly runs: number;
  /** Task runs of each run. */
  readonly tasks: number;
  /** Flows that the runs are spread over; 20 when not given. */
  readonly flows?: number;
  /** When the first run began; one run a second from then on. */
  readonly from?: number;
}

/** Returns the ids of the runs, oldest first. Nothing is synced. */
export function writeSyntheticHome({
  home,
  runs,
  tasks,
  flows = 20,
  from = Date.UTC(2026, 0, 1),
}: SyntheticHome): string[] {
  const lines = lineBuffer();
  const ids: string[] = [];
  for (let run = 0; run < runs; run++) {
    const at = from + run * 1000;
    const id = newId(at);
    const folder = homePaths.run(home, id);
    mkdirSync(folder, { recursive: true });
    lines.clear();
    let seq = 0;
    for (const record of syntheticRun(id, at, tasks, run, flows)) {
      // A batch for the end of one task and the beginning of the next, as a sequential run writes them.
      lines.add(JSON.stringify(record), seq - (seq % 2), seq);
      seq += 1;
    }
    writeFileSync(runPaths.journal(folder, 1), Buffer.concat(lines.pieces()));
    ids.push(id);
  }
  return ids;
}

const taskNames = ["fetch", "clean", "write-parquet", "upload", "load"];

function* syntheticRun(id: string, begun: number, tasks: number, run: number, flows: number): Generator<JournalRecord> {
  let at = begun;
  const flow = run % flows;
  yield {
    kind: "segment",
    run_id: id,
    segment: 1,
    version: journalVersion,
    reason: "start",
    writer: {
      pid: 4000 + (run % 1000),
      start_time: "81",
      boot_id: "b",
      host: "h",
      millrace: "0.1.0",
      node: "v22.23.3",
    },
    at,
  };
  yield {
    kind: "flow-run",
    id,
    at,
    name: `quiet-otter-${run}`,
    flow: { name: `etl-${flow}`, file: `/work/flows/etl-${flow}.ts`, export: "etl", line: 12 },
    parameters: { kind: "inline", data: [{ month: 1, year: 2, color: 3 }, (run % 12) + 1, 2021, "yellow"] },
    trigger: "cli",
    cwd: "/work/flows",
  };
  yield { kind: "flow-run-state", id, state: makeState("RUNNING", at), run_count: 1 };
  let previous: string | undefined;
  for (let task = 0; task < tasks; task++) {
    const name = taskNames[task % taskNames.length] ?? "task";
    const taskId = newId(at);
    yield {
      kind: "task-run",
      id: taskId,
      at,
      flow_run_id: id,
      name,
      task_key: name,
      call: `${(run * 7919 + task).toString(16).padStart(16, "0")}`,
      dynamic_key: String(Math.floor(task / taskNames.length)),
      inputs: { kind: "inline", data: [[1], `https://example.org/trips/${task}.parquet`] },
      ...(previous === undefined ? {} : { task_inputs: [previous] }),
      source: { file: `/work/flows/etl-${flow}.ts`, line: 20 + (task % taskNames.length), column: 3 },
      state: makeState("RUNNING", at),
    };
    at += 3 + (task % 17);
    yield {
      kind: "task-run-state",
      id: taskId,
      state: makeState("COMPLETED", at),
      run_count: 1,
      result: { kind: "inline", data: [{ rows: 1 }, task * 31] },
    };
    previous = taskId;
  }
  const failed = run % 50 === 49;
  yield {
    kind: "flow-run-state",
    id,
    state: makeState(failed ? "FAILED" : "COMPLETED", at),
    ...(failed ? { error: { name: "Error", message: "the bucket is not there" } } : {}),
  };
}
