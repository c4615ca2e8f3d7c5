import { type FlowRunRow, noCounts } from "../../../protocol/fold/index.ts";
import type { FlowReference } from "../../../protocol/records.ts";
import type { State } from "../../../protocol/states.ts";
import type { SqlDatabase, SqlValue } from "./database.ts";
import {
  codedState,
  idText,
  idValue,
  numberOf,
  optionalId,
  optionalIdText,
  optionalNumber,
  optionalText,
  stateCode,
  stateRest,
} from "./values.ts";

export interface StoredFlowRun {
  readonly key: number;
  readonly root: number;
  flow: number;
  readonly row: FlowRunRow;
}

export interface FlowRunTable {
  byId(id: string): StoredFlowRun | undefined;
  byKey(key: number): StoredFlowRun | undefined;
  ofRoot(root: number): readonly StoredFlowRun[];
  insert(row: FlowRunRow, root: number): StoredFlowRun;
  update(stored: StoredFlowRun): void;
  /** Removes all flow runs of a root run. */
  remove(root: number): void;
  /** After a transaction was rolled back. */
  forget(): void;
}

/** What few runs have, or nobody searches by: one JSON text. */
interface More {
  readonly tags?: readonly string[];
  readonly queue?: string;
  readonly pool?: string;
  readonly version?: string;
  readonly deployment?: NonNullable<FlowRunRow["deployment"]>;
  readonly trigger?: string;
  readonly cwd?: string;
  readonly node?: string;
  readonly error?: FlowRunRow["error"];
  readonly state?: Partial<State>;
}

const columns =
  "key, root, id, flow, name, parameters, state, state_at, run_count, created, expected, started, ended, total, " +
  "counts, parent_flow_run, parent_task_run, idempotency_key, deployment, more";
const joined = `SELECT ${columns
  .split(", ")
  .map((column) => `r.${column}`)
  .join(", ")}, f.name, f.file, f.export, x.id
  FROM flow_run r JOIN flow f ON f.key = r.flow JOIN root_run x ON x.key = r.root`;

export function createFlowRunTable(database: SqlDatabase): FlowRunTable {
  const byId = database.prepare(`${joined} WHERE r.id = ?`);
  const byKey = database.prepare(`${joined} WHERE r.key = ?`);
  const root = database.prepare(`${joined} WHERE r.root = ? AND r.id = x.id`);
  const subs = database.prepare(`${joined} WHERE r.root = ? AND r.sub = 1 ORDER BY r.key`);
  const insert = database.prepare(
    `INSERT INTO flow_run (root, sub, id, flow, name, parameters, state, state_at, run_count, created, expected,
      started, ended, total, counts, parent_flow_run, parent_task_run, idempotency_key, deployment, more)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key`,
  );
  const update = database.prepare(
    `UPDATE flow_run SET flow = ?, name = ?, parameters = ?, state = ?, state_at = ?, run_count = ?, expected = ?,
      started = ?, ended = ?, total = ?, counts = ?, parent_flow_run = ?, parent_task_run = ?, idempotency_key = ?,
      deployment = ?, more = ? WHERE key = ?`,
  );
  const remove = database.prepare("DELETE FROM flow_run WHERE root = ?");
  const flows = createFlows(database);
  const uncount = database.prepare(
    "UPDATE flow SET runs = runs - 1 WHERE key IN (SELECT flow FROM flow_run WHERE root = ? AND sub = 0)",
  );
  const load = (values: SqlValue[] | undefined): StoredFlowRun | undefined =>
    values === undefined ? undefined : decode(values);

  return {
    byId: (id) => load(byId.first([idValue(id)])),
    byKey: (key) => load(byKey.first([key])),
    ofRoot: (key) => [...root.all([key]), ...subs.all([key])].map(decode),
    insert(row, rootKey) {
      const sub = row.parent_flow_run_id === undefined ? 0 : 1;
      const flow = flows.keyOf(row.flow);
      if (sub === 0) flows.count(flow, 1);
      const [key] = insert.first([rootKey, sub, idValue(row.id), flow, ...encode(row, true)]) ?? [];
      return { key: numberOf(key), root: rootKey, flow, row };
    },
    update(stored) {
      const { key, row } = stored;
      const flow = flows.keyOf(row.flow);
      if (flow !== stored.flow && row.parent_flow_run_id === undefined) {
        // A resume found the flow under another name.
        flows.count(stored.flow, -1);
        flows.count(flow, 1);
      }
      stored.flow = flow;
      update.run([flow, ...encode(row, false), key]);
    },
    remove(rootKey) {
      uncount.run([rootKey]);
      remove.run([rootKey]);
    },
    forget: flows.forget,
  };
}

function encode(row: FlowRunRow, withCreated: boolean): SqlValue[] {
  return [
    row.name,
    JSON.stringify(row.parameters),
    stateCode(row.state),
    row.state.timestamp,
    row.run_count,
    ...(withCreated ? [row.created] : []),
    row.expected_start_time ?? null,
    row.start_time ?? null,
    row.end_time ?? null,
    row.total_run_time,
    row.counts.some((count) => count > 0) ? row.counts.join(",") : null,
    optionalId(row.parent_flow_run_id),
    optionalId(row.parent_task_run_id),
    row.idempotency_key ?? null,
    row.deployment_id ?? null,
    encodeMore(row),
  ];
}

function encodeMore(row: FlowRunRow): string | null {
  const state = stateRest(row.state);
  const more: More = {
    ...(row.tags.length === 0 ? {} : { tags: row.tags }),
    ...(row.work_queue_name === undefined ? {} : { queue: row.work_queue_name }),
    ...(row.work_pool_name === undefined ? {} : { pool: row.work_pool_name }),
    ...(row.flow_version === undefined ? {} : { version: row.flow_version }),
    ...(row.deployment === undefined ? {} : { deployment: row.deployment }),
    ...(row.trigger === undefined ? {} : { trigger: row.trigger }),
    ...(row.cwd === undefined ? {} : { cwd: row.cwd }),
    ...(row.node === undefined ? {} : { node: row.node }),
    ...(row.error === undefined ? {} : { error: row.error }),
    ...(state === undefined ? {} : { state }),
  };
  return Object.keys(more).length === 0 ? null : JSON.stringify(more);
}

function decode(values: SqlValue[]): StoredFlowRun {
  const [key, root, id, flowKey, name, parameters, state, at, runCount, created, expected, started, ended, total] =
    values;
  const [counts, parentFlowRun, parentTaskRun, idempotencyKey, deployment, moreText] = values.slice(14);
  const [flowName, flowFile, flowExport, rootId] = values.slice(20);
  const more: More = typeof moreText === "string" ? JSON.parse(moreText) : {};
  const flow: FlowReference = {
    name: String(flowName),
    file: String(flowFile),
    ...(typeof flowExport === "string" ? { export: flowExport } : {}),
  };
  const row: FlowRunRow = {
    kind: "flow-run",
    id: idText(id),
    root_flow_run_id: idText(rootId),
    created: numberOf(created),
    name: String(name),
    flow,
    parameters: JSON.parse(String(parameters)),
    tags: more.tags ?? [],
    parent_flow_run_id: optionalIdText(parentFlowRun),
    parent_task_run_id: optionalIdText(parentTaskRun),
    idempotency_key: optionalText(idempotencyKey),
    deployment_id: optionalText(deployment),
    deployment: more.deployment,
    work_queue_name: more.queue,
    work_pool_name: more.pool,
    flow_version: more.version,
    trigger: more.trigger,
    cwd: more.cwd,
    node: more.node,
    error: more.error,
    counts: decodeCounts(counts),
    state: decodeState(numberOf(state), numberOf(at), more.state),
    run_count: numberOf(runCount),
    expected_start_time: optionalNumber(expected),
    start_time: optionalNumber(started),
    end_time: optionalNumber(ended),
    total_run_time: numberOf(total),
  };
  return { key: numberOf(key), root: numberOf(root), flow: numberOf(flowKey), row };
}

function decodeCounts(text: SqlValue | undefined): number[] {
  return typeof text === "string" ? text.split(",").map(Number) : noCounts();
}

export function decodeState(code: number, timestamp: number, rest: Partial<State> | undefined): State {
  return { type: "PENDING", name: "Pending", ...codedState(code), ...rest, timestamp };
}

/** The flows that runs point at, with the number of their root runs. */
function createFlows(database: SqlDatabase) {
  const find = database.prepare("SELECT key FROM flow WHERE name = ? AND file = ? AND ifnull(export, '') = ?");
  const add = database.prepare("INSERT INTO flow (name, file, export, runs) VALUES (?, ?, ?, 0) RETURNING key");
  const count = database.prepare("UPDATE flow SET runs = runs + ? WHERE key = ?");
  const keys = new Map<string, number>();
  return {
    keyOf(flow: FlowReference): number {
      const identity = JSON.stringify([flow.name, flow.file, flow.export]);
      const known = keys.get(identity);
      if (known !== undefined) return known;
      const found = find.first([flow.name, flow.file, flow.export ?? ""]);
      const key = numberOf((found ?? add.first([flow.name, flow.file, flow.export ?? null]))?.[0]);
      keys.set(identity, key);
      return key;
    },
    forget: () => keys.clear(),
    count: (key: number, by: number) => count.run([by, key]),
  };
}
