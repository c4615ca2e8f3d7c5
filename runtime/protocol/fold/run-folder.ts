import type { ApiState, FlowRun, TaskRun, TaskRunDetail } from "../api.ts";
import type {
  ArtifactRecord,
  JournalRecord,
  NoteRecord,
  PositionedRecord,
  RecordPosition,
  SegmentRecord,
  SourceCommit,
  SourcesRecord,
  ValueRecord,
} from "../records.ts";
import { isTerminal, type State } from "../states.ts";
import { applyRecord } from "./apply-record.ts";
import { createMemoryRows } from "./memory-rows.ts";
import type { FlowRunRow, RunRow, TaskRunRow } from "./rows.ts";
import { apiFlowRun, apiState, apiTaskRun } from "./views.ts";

/** Everything a run's journal says, as the API's objects. */
export interface RunView {
  readonly runId: string;
  /** The root run; undefined while its first record is not there. */
  readonly flowRun: FlowRun | undefined;
  /** Subflow runs, in the order they came into being. */
  readonly subflowRuns: readonly FlowRun[];
  /** Task runs of the root and of all subflows, in the order they came into being. */
  readonly taskRuns: readonly TaskRun[];
  /** The last artifact of each key, in the order the keys appeared. */
  readonly artifacts: readonly ArtifactRecord[];
  readonly notes: readonly NoteRecord[];
  /** Task runs that the latest segment got back from earlier ones instead of running them. */
  readonly kept: ReadonlySet<string>;
  readonly segments: readonly SegmentRecord[];
  /** The sources of the last execution. */
  readonly sources: SourcesRecord["files"];
  readonly commit: SourceCommit | null;
  /** The file whose text has this hash, of whichever execution. */
  sourceFile(hash: string): string | undefined;
  /** All states of a flow run or task run, oldest first; empty for an unknown id. */
  states(id: string): readonly ApiState[];
  /** The parameters of the root run or a subflow run, as they are kept. */
  parameters(id: string): ValueRecord | undefined;
  /** The root run's result, or a subflow run's. */
  result(id: string): ValueRecord | undefined;
  taskRun(id: string): TaskRunDetail | undefined;
}

/** Folds the records of one run (its root and the subflows in it) as they come. */
export interface RunFolder {
  readonly runId: string;
  /** Where folding stands; undefined before the first record. */
  readonly position: RecordPosition | undefined;
  /** Takes the next record. One at or before `position` is ignored, so overlapping reads do no harm. */
  apply(position: RecordPosition, record: JournalRecord): void;
  /** The run as it is now. Cheap to call again when nothing came in between. */
  view(): RunView;
}

/** Folds a whole run. `runId` is the id of the root run, which is also the name of the run's folder. */
export function foldRun(runId: string, records: Iterable<PositionedRecord>): RunView {
  const folder = createRunFolder(runId);
  for (const { position, record } of records) folder.apply(position, record);
  return folder.view();
}

interface Gathered {
  readonly flowRuns: ReadonlyMap<string, FlowRunRow>;
  readonly taskRuns: ReadonlyMap<string, TaskRunRow>;
  readonly states: ReadonlyMap<string, readonly State[]>;
  readonly results: Map<string, ValueRecord>;
  readonly parameters: Map<string, ValueRecord>;
  readonly inputs: Map<string, ValueRecord>;
  readonly artifacts: Map<string, ArtifactRecord>;
  readonly notes: NoteRecord[];
  readonly segments: SegmentRecord[];
  kept: Set<string>;
  sources: SourcesRecord["files"];
  commit: SourceCommit | null;
  readonly sourceFiles: Map<string, string>;
}

export function createRunFolder(runId: string): RunFolder {
  const states = new Map<string, State[]>();
  const rows = createMemoryRows(runId, (row) => rememberState(states, row));
  const gathered: Gathered = {
    flowRuns: rows.flowRunRows,
    taskRuns: rows.taskRunRows,
    states,
    results: new Map(),
    parameters: new Map(),
    inputs: new Map(),
    artifacts: new Map(),
    notes: [],
    segments: [],
    kept: new Set(),
    sources: [],
    commit: null,
    sourceFiles: new Map(),
  };
  let last: RecordPosition | undefined;
  let view: RunView | undefined;
  return {
    runId,
    get position() {
      return last;
    },
    apply(position, record) {
      if (last !== undefined && !isAfter(position, last)) return;
      last = position;
      view = undefined;
      applyRecord(rows, record);
      gather(gathered, record);
    },
    view() {
      view ??= makeView(runId, gathered);
      return view;
    },
  };
}

/** Order within a run is (segment, seq). */
export function isAfter(position: RecordPosition, other: RecordPosition): boolean {
  return position.segment === other.segment ? position.seq > other.seq : position.segment > other.segment;
}

/** Remembers the states a run goes through. */
function rememberState(history: Map<string, State[]>, row: RunRow): void {
  const states = history.get(row.id);
  const last = states?.at(-1);
  if (states === undefined || last === undefined) history.set(row.id, [row.state]);
  // The same state said twice (a subflow's task run hears it from both) is one state.
  else if (last.type === row.state.type && last.name === row.state.name) states[states.length - 1] = row.state;
  else states.push(row.state);
}

function gather(gathered: Gathered, record: JournalRecord): void {
  switch (record.kind) {
    case "segment":
      gathered.segments.push(record);
      // Moving a run to another home, or writing down how it ended, executes nothing: what was kept stays so.
      if (record.reason === "resume" || record.reason === "retry") gathered.kept = new Set();
      return;
    case "flow-run-state":
    case "task-run-state":
      if (record.result !== undefined) gathered.results.set(record.id, record.result);
      else if (!isTerminal(record.state.type)) gathered.results.delete(record.id);
      return;
    case "flow-run":
      gathered.parameters.set(record.id, record.parameters);
      return;
    case "task-run":
      if (record.inputs !== undefined) gathered.inputs.set(record.id, record.inputs);
      return;
    case "kept":
      for (const id of record.task_run_ids) gathered.kept.add(id);
      return;
    case "artifact":
      gathered.artifacts.set(record.key, record);
      return;
    case "sources":
      gathered.sources = record.files;
      gathered.commit = record.commit ?? null;
      for (const { hash, file } of record.files) gathered.sourceFiles.set(hash, file);
      return;
    case "note":
      gathered.notes.push(record);
      return;
    default:
  }
}

function makeView(runId: string, gathered: Gathered): RunView {
  const root = gathered.flowRuns.get(runId);
  const states = (id: string): readonly ApiState[] => (gathered.states.get(id) ?? []).map(apiState);
  return {
    runId,
    flowRun: root === undefined ? undefined : apiFlowRun(root),
    subflowRuns: [...gathered.flowRuns.values()].filter((row) => row.id !== runId).map(apiFlowRun),
    taskRuns: [...gathered.taskRuns.values()].map(apiTaskRun),
    artifacts: [...gathered.artifacts.values()],
    notes: [...gathered.notes],
    kept: new Set(gathered.kept),
    segments: [...gathered.segments],
    sources: gathered.sources,
    commit: gathered.commit,
    sourceFile: (hash) => gathered.sourceFiles.get(hash),
    states,
    parameters: (id) => gathered.parameters.get(id),
    result: (id) => gathered.results.get(id),
    taskRun(id) {
      const row = gathered.taskRuns.get(id);
      if (row === undefined) return undefined;
      return {
        ...apiTaskRun(row),
        inputs: gathered.inputs.get(id) ?? null,
        result: gathered.results.get(id) ?? null,
        states: states(id),
      };
    },
  };
}
