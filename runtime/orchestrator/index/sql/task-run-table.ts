import type { TaskRunRow } from "../../../protocol/fold/index.ts";
import { idTime } from "../../../protocol/ids.ts";
import { isTerminal, type State, stateTypes } from "../../../protocol/states.ts";
import { slimError } from "../slim.ts";
import type { SqlDatabase, SqlValue } from "./database.ts";
import type { Dictionary } from "./dictionary.ts";
import { decodeInputs, encodeInputs } from "./inputs.ts";
import { taskRunsPerRoot } from "./schema.ts";
import { codedState, idText, idValue, namesPerType, numberOf, optionalNumber, stateCode, stateRest } from "./values.ts";

export interface StoredTaskRun {
  readonly key: number;
  readonly row: TaskRunRow;
}

/** What a task run's columns are relative to. */
export interface TaskRunContext {
  /** Key of the root run. */
  readonly root: number;
  readonly rootRunId: string;
  /** Base of the times in the rows: milliseconds since the epoch. */
  readonly base: number;
  /** Key of a subflow run's row, and back. */
  flowRunKey(id: string): number | undefined;
  flowRunId(key: number): string;
  /** Key of a task run that may not be written yet. */
  taskRunKey?(id: string): number | undefined;
}

export interface TaskRunTable {
  keyOf(id: string): number | undefined;
  load(key: number, context: TaskRunContext): StoredTaskRun | undefined;
  insert(key: number, row: TaskRunRow, context: TaskRunContext): void;
  update(stored: StoredTaskRun, context: TaskRunContext): void;
  /** In order of keys, from `from` on; of one flow run only (key of a subflow run, null for the root), or of all. */
  page(context: TaskRunContext, from: number, limit: number, flowRun?: number | null): readonly StoredTaskRun[];
  unfinished(context: TaskRunContext): readonly StoredTaskRun[];
  /** Ended, but not COMPLETED. */
  unsuccessful(context: TaskRunContext): readonly StoredTaskRun[];
  /** Marks all of the root run's as history. */
  supersedeAll(context: TaskRunContext): void;
  /** Removes up to `limit` task runs of a root run; the number removed. */
  remove(root: number, limit: number): number;
}

/** What few task runs have: one JSON text. */
interface More {
  readonly parent?: string;
  readonly child?: string;
  /** Of a task run whose flow run is not known. */
  readonly flow_run?: string;
  /** Of a task run that has not completed. */
  readonly call?: string;
  readonly superseded?: boolean;
  readonly error?: TaskRunRow["error"];
  readonly state?: Partial<State>;
}

const firstCompleted = stateTypes.indexOf("COMPLETED") * namesPerType;

/** Stands for a flow run that is not known: its id is in `more`. */
const lostFlowRun = -1;

const columns =
  "key, id, flow_run, task, name, dynamic_key, state, run_count, created, started, ended, state_at, total, inputs, " +
  "map, map_index, tags, source, more";

export function createTaskRunTable(database: SqlDatabase, dictionary: Dictionary): TaskRunTable {
  const select = `SELECT ${columns} FROM task_run`;
  const find = database.prepare("SELECT key FROM task_run WHERE id = ?");
  const idOf = database.prepare("SELECT id FROM task_run WHERE key = ?");
  const byKey = database.prepare(`${select} WHERE key = ?`);
  const all = database.prepare(`${select} WHERE key >= ? AND key < ? ORDER BY key LIMIT ?`);
  const ofRoot = database.prepare(`${select} WHERE key >= ? AND key < ? AND flow_run IS NULL ORDER BY key LIMIT ?`);
  const ofSubflow = database.prepare(`${select} WHERE key >= ? AND key < ? AND flow_run = ? ORDER BY key LIMIT ?`);
  const unfinished = database.prepare(`${select} WHERE key >= ? AND key < ? AND ended IS NULL ORDER BY key`);
  const unsuccessful = database.prepare(
    `${select} WHERE key >= ? AND key < ? AND ended IS NOT NULL AND state NOT BETWEEN ? AND ? ORDER BY key`,
  );
  const insert = database.prepare(
    `INSERT INTO task_run (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = database.prepare(
    `UPDATE task_run SET task = ?, name = ?, dynamic_key = ?, state = ?, run_count = ?, started = ?, ended = ?,
      state_at = ?, total = ?, inputs = ?, map = ?, map_index = ?, tags = ?, source = ?, more = ? WHERE key = ?`,
  );
  // In JSON a quote within a text is escaped: these characters are the field and nothing else.
  const supersede = database.prepare(
    `UPDATE task_run SET more = CASE WHEN more IS NULL THEN '{"superseded":true}'
       ELSE substr(more, 1, length(more) - 1) || ',"superseded":true}' END
     WHERE key >= ? AND key < ? AND (more IS NULL OR instr(more, '"superseded":true') = 0)`,
  );
  const remove = database.prepare(
    "DELETE FROM task_run WHERE key IN (SELECT key FROM task_run WHERE key >= ? AND key < ? LIMIT ?) RETURNING 1",
  );
  const keyOf = (id: string): number | undefined => optionalNumber(find.first([idValue(id)])?.[0]);
  const idAt = (key: number): string => idText(idOf.first([key])?.[0]);

  const facts = (row: TaskRunRow): SqlValue[] => [
    dictionary.keyOf(row.task_key),
    row.name === row.task_key ? null : /\d/.test(row.name) ? row.name : dictionary.keyOf(row.name),
    /^(0|[1-9]\d{0,14})$/.test(row.dynamic_key) ? Number(row.dynamic_key) : row.dynamic_key,
    stateCode(row.state),
    row.run_count,
  ];
  const rest = (key: number, row: TaskRunRow, context: TaskRunContext): SqlValue[] => [
    row.task_inputs.length === 0 ? null : encodeInputs(key, row.task_inputs, context.taskRunKey ?? keyOf),
    row.map_id === undefined ? null : dictionary.keyOf(mapText(row.map_id, row.map_size)),
    row.map_index ?? null,
    row.tags.length === 0 ? null : dictionary.keyOf(JSON.stringify(row.tags)),
    row.source === undefined ? null : dictionary.keyOf(JSON.stringify(row.source)),
    encodeMore(row, context),
  ];

  const decode = (values: SqlValue[], context: TaskRunContext): StoredTaskRun => {
    const [keyValue, idBytes, flowRun, task, name, dynamicKey, code, runCount, created, started, ended, at, total] =
      values;
    const [inputs, map, mapIndex, tags, source, moreText] = values.slice(13);
    const key = numberOf(keyValue);
    const id = idText(idBytes);
    const more: More = typeof moreText === "string" ? JSON.parse(moreText) : {};
    const taskKey = dictionary.textOf(numberOf(task));
    const createdAt = created === null ? idTime(id) : context.base + numberOf(created);
    const startTime = started === null ? undefined : createdAt + numberOf(started);
    const endTime = ended === null ? undefined : createdAt + numberOf(ended);
    const timestamp = at === null ? (endTime ?? startTime ?? createdAt) : createdAt + numberOf(at);
    const [mapId, mapSize] = map === null ? [] : dictionary.textOf(numberOf(map)).split(afterMapId);
    const row: TaskRunRow = {
      kind: "task-run",
      id,
      flow_run_id: more.flow_run ?? (flowRun === null ? context.rootRunId : context.flowRunId(numberOf(flowRun))),
      created: createdAt,
      name: name === null ? taskKey : typeof name === "number" ? dictionary.textOf(name) : String(name),
      task_key: taskKey,
      dynamic_key: String(dynamicKey),
      parent_task_run_id: more.parent,
      child_flow_run_id: more.child,
      map_id: mapId,
      map_index: optionalNumber(mapIndex),
      map_size: mapSize === undefined ? undefined : Number(mapSize),
      task_inputs: inputs instanceof Uint8Array ? decodeInputs(key, inputs, idAt) : [],
      tags: tags === null ? [] : JSON.parse(dictionary.textOf(numberOf(tags))),
      source: source === null ? undefined : JSON.parse(dictionary.textOf(numberOf(source))),
      error: more.error,
      state: { type: "PENDING", name: "Pending", ...codedState(numberOf(code)), ...more.state, timestamp },
      run_count: numberOf(runCount),
      expected_start_time: createdAt,
      start_time: startTime,
      end_time: endTime,
      call: more.call,
      superseded: more.superseded === true,
      total_run_time: optionalNumber(total) ?? (endTime ?? 0) - (startTime ?? 0),
    };
    return { key, row };
  };
  const range = (context: TaskRunContext): [number, number] => [
    context.root * taskRunsPerRoot,
    (context.root + 1) * taskRunsPerRoot,
  ];

  return {
    keyOf,
    load(key, context) {
      const values = byKey.first([key]);
      return values === undefined ? undefined : decode(values, context);
    },
    insert(key, row, context) {
      const created = row.created === idTime(row.id) ? null : row.created - context.base;
      const flowRun =
        row.flow_run_id === context.rootRunId ? null : (context.flowRunKey(row.flow_run_id) ?? lostFlowRun);
      insert.run([key, idValue(row.id), flowRun, ...facts(row), created, ...times(row), ...rest(key, row, context)]);
    },
    update({ key, row }, context) {
      update.run([...facts(row), ...times(row), ...rest(key, row, context), key]);
    },
    page(context, from, limit, flowRun) {
      const [first, end] = range(context);
      const bounds = [first + from, end];
      const rows =
        flowRun === undefined
          ? all.all([...bounds, limit])
          : flowRun === null
            ? ofRoot.all([...bounds, limit])
            : ofSubflow.all([...bounds, flowRun, limit]);
      return rows.map((values) => decode(values, context));
    },
    unfinished: (context) => unfinished.all(range(context)).map((values) => decode(values, context)),
    unsuccessful: (context) =>
      unsuccessful
        .all([...range(context), firstCompleted, firstCompleted + namesPerType - 1])
        .map((values) => decode(values, context)),
    supersedeAll: (context) => supersede.run(range(context)),
    remove: (root, limit) => remove.all([root * taskRunsPerRoot, (root + 1) * taskRunsPerRoot, limit]).length,
  };
}

/** The size stands with the id, once for all items of the map. */
const afterMapId = "\n";

function mapText(id: string, size: number | undefined): string {
  return size === undefined ? id : `${id}${afterMapId}${size}`;
}

/** started, ended, state_at, total: as differences, NULL for what follows from the others. */
function times(row: TaskRunRow): SqlValue[] {
  const at = row.state.timestamp;
  const implied = row.end_time ?? row.start_time ?? row.created;
  const ended = isTerminal(row.state.type) && row.end_time !== undefined;
  const whole = ended ? (row.end_time ?? 0) - (row.start_time ?? 0) : undefined;
  return [
    row.start_time === undefined ? null : row.start_time - row.created,
    row.end_time === undefined ? null : row.end_time - row.created,
    at === implied ? null : at - row.created,
    row.total_run_time === whole ? null : row.total_run_time,
  ];
}

function encodeMore(row: TaskRunRow, context: TaskRunContext): string | null {
  const state = stateRest(row.state);
  const error = slimError(row.error);
  const lost = row.flow_run_id !== context.rootRunId && context.flowRunKey(row.flow_run_id) === undefined;
  const more: More = {
    ...(row.parent_task_run_id === undefined ? {} : { parent: row.parent_task_run_id }),
    ...(row.child_flow_run_id === undefined ? {} : { child: row.child_flow_run_id }),
    ...(lost ? { flow_run: row.flow_run_id } : {}),
    ...(error === undefined ? {} : { error }),
    ...(state === undefined ? {} : { state }),
    ...(row.call === undefined || row.state.type === "COMPLETED" ? {} : { call: row.call }),
    ...(row.superseded ? { superseded: true } : {}),
  };
  return Object.keys(more).length === 0 ? null : JSON.stringify(more);
}
