import { setImmediate as nextTurn } from "node:timers/promises";
import { stateNames, stateTypes } from "../../../protocol/states.ts";
import type { PreparedFilter } from "../filter.ts";
import type { SqlDatabase, SqlValue } from "./database.ts";
import { idText, idValue, namesPerType, numberOf, optionalText } from "./values.ts";

/** A flow run that a filter matches. */
export interface FoundFlowRun {
  readonly key: number;
  readonly id: string;
}

/** Rows looked at in one go. A rare text among many runs must not hold up other answers. */
const sliceRows = 2000;
/** Above every id. */
const lastId = "ffffffff-ffff-ffff-ffff-ffffffffffff";
/** Walks begun in one go: a folder may have a thousand flows. */
const streamsPerTurn = 100;

/** One walk along an index, newest first: equality on the leading columns, then ids. */
interface Stream {
  readonly index: string;
  readonly where: string;
  readonly values: readonly SqlValue[];
}

/**
 * The newest runs that match, up to `limit`. Walks the index that leaves least to check: of the flows that are meant,
 * of the states, or of time alone. Yields to the event loop between slices.
 */
export async function findFlowRuns(
  database: SqlDatabase,
  filter: PreparedFilter,
  limit: number,
): Promise<readonly FoundFlowRun[]> {
  if (filter.ids !== undefined) return byIds(database, filter, limit);
  const check = residual(filter);
  const found: FoundFlowRun[] = [];
  for (const [place, stream] of streamsFor(database, filter).entries()) {
    // What is older than everything found so far cannot be on the page.
    const floor = found.length >= limit ? found[limit - 1]?.id : undefined;
    const more = await walk(database, stream, check, filter, limit, floor);
    if (more.length > 0) {
      for (const each of more) found.push(each);
      // Without a limit they are put in order once, at the end.
      if (found.length > limit) found.sort(newestFirst).length = limit;
      else if (found.length === limit) found.sort(newestFirst);
    }
    if (place % streamsPerTurn === streamsPerTurn - 1) await nextTurn();
  }
  return found.sort(newestFirst);
}

function newestFirst(left: FoundFlowRun, right: FoundFlowRun): number {
  return left.id < right.id ? 1 : -1;
}

/** How many runs match, by state type. */
export async function countByState(database: SqlDatabase, filter: PreparedFilter): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const add = (code: number, count: number): void => {
    const type = stateTypes[Math.floor(code / namesPerType)];
    if (type !== undefined) counts.set(type, (counts.get(type) ?? 0) + count);
  };
  const check = residual(filter);
  const plain = check.sql === "" && filter.ids === undefined && filter.from === undefined && filter.below === undefined;
  if (plain && !byFlow(filter)) {
    const count = database.prepare(
      "SELECT count(*) FROM flow_run INDEXED BY flow_run_state WHERE state = ? AND sub <= ?",
    );
    for (const code of stateCodes(filter))
      add(code, numberOf(count.first([code, filter.includeSubflows ? 1 : 0])?.[0]));
    return counts;
  }
  const state = database.prepare("SELECT state FROM flow_run WHERE key = ?");
  for (const { key } of await findFlowRuns(database, filter, Number.MAX_SAFE_INTEGER)) {
    add(numberOf(state.first([key])?.[0]), 1);
  }
  return counts;
}

/** Calls `take` with created, state's code and total of each run that matches. */
export async function visitFacts(
  database: SqlDatabase,
  filter: PreparedFilter,
  take: (created: number, code: number, total: number) => void,
): Promise<void> {
  const facts = database.prepare("SELECT created, state, total FROM flow_run WHERE key = ?");
  const check = residual(filter);
  if (check.sql !== "" || filter.ids !== undefined) {
    for (const [place, { key }] of (await findFlowRuns(database, filter, Number.MAX_SAFE_INTEGER)).entries()) {
      const [created, code, total] = facts.first([key]) ?? [];
      take(numberOf(created), numberOf(code), numberOf(total));
      if (place % sliceRows === sliceRows - 1) await nextTurn();
    }
    return;
  }
  for (const [place, stream] of streamsFor(database, filter).entries()) {
    const from = `flow_run r INDEXED BY ${stream.index} WHERE ${stream.where} AND r.id >= ? AND r.id < ?`;
    // The slice's end first: asking for the id with each row would cost as much as all the rest.
    const ahead = database.prepare(`SELECT r.id FROM ${from} ORDER BY r.id LIMIT 1 OFFSET ${sliceRows}`);
    const slice = database.prepare(`SELECT r.created, r.state, r.total FROM ${from} ORDER BY r.id`);
    const end = filter.below ?? lastId;
    for (let at: string | undefined = filter.from ?? ""; at !== undefined; ) {
      const next: SqlValue | undefined = ahead.first([...stream.values, idValue(at), idValue(end)])?.[0];
      const stop: string = next === undefined ? end : idText(next);
      for (const [created, code, total] of slice.all([...stream.values, idValue(at), idValue(stop)])) {
        take(numberOf(created), numberOf(code), numberOf(total));
      }
      at = next === undefined ? undefined : stop;
      if (next !== undefined) await nextTurn();
    }
    if (place % streamsPerTurn === streamsPerTurn - 1) await nextTurn();
  }
}

function byIds(database: SqlDatabase, filter: PreparedFilter, limit: number): FoundFlowRun[] {
  const check = residual(filter, true);
  const find = database.prepare(
    `SELECT r.key, r.flow FROM flow_run r JOIN flow f ON f.key = r.flow WHERE r.id = ? AND r.sub <= ?${check.sql}`,
  );
  const flows = byFlow(filter) ? new Set(flowKeys(database, filter)) : undefined;
  const wanted = [...new Set(filter.ids)]
    .filter(
      (id) => (filter.from === undefined || id >= filter.from) && (filter.below === undefined || id < filter.below),
    )
    .sort()
    .reverse();
  const found: FoundFlowRun[] = [];
  for (const id of wanted) {
    const [key, flow] = find.first([idValue(id), filter.includeSubflows ? 1 : 0, ...check.values]) ?? [];
    if (typeof key !== "number" || flows?.has(numberOf(flow)) === false) continue;
    found.push({ key, id });
    if (found.length === limit) break;
  }
  return found;
}

function streamsFor(database: SqlDatabase, filter: PreparedFilter): Stream[] {
  const subs = filter.includeSubflows ? [0, 1] : [0];
  if (byFlow(filter)) {
    return flowKeys(database, filter).flatMap((flow) =>
      subs.map((sub) => ({ index: "flow_run_flow", where: "r.flow = ? AND r.sub = ?", values: [flow, sub] })),
    );
  }
  // A deployment has few runs beside all those in one state or of all time.
  if (filter.deploymentId !== undefined) {
    const values = [filter.deploymentId];
    return subs.map((sub) => ({
      index: "flow_run_deployment",
      where: "r.deployment = ? AND r.deployment IS NOT NULL AND r.sub = ?",
      values: [...values, sub],
    }));
  }
  if (filter.states !== undefined) {
    return stateCodes(filter).flatMap((code) =>
      subs.map((sub) => ({ index: "flow_run_state", where: "r.state = ? AND r.sub = ?", values: [code, sub] })),
    );
  }
  return subs.map((sub) => ({ index: "flow_run_time", where: "r.sub = ?", values: [sub] }));
}

async function walk(
  database: SqlDatabase,
  stream: Stream,
  check: Residual,
  filter: PreparedFilter,
  limit: number,
  floor: string | undefined,
): Promise<FoundFlowRun[]> {
  const found: FoundFlowRun[] = [];
  // Texts sort before all blobs: "" is below every id.
  const from = floor ?? filter.from ?? "";
  const hit = check.sql === "" ? "1" : `(1${check.sql})`;
  const size = check.sql === "" ? Math.min(limit, sliceRows) : sliceRows;
  const statement = database.prepare(
    `SELECT r.key, r.id, ${hit} FROM flow_run r INDEXED BY ${stream.index} CROSS JOIN flow f ON f.key = r.flow
     WHERE ${stream.where} AND r.id >= ? AND r.id < ? ORDER BY r.id DESC LIMIT ?`,
  );
  for (let below = filter.below ?? lastId; ; ) {
    const rows = statement.all([...check.values, ...stream.values, idValue(from), idValue(below), size]);
    for (const [key, id, matches] of rows) {
      if (matches !== 1) continue;
      found.push({ key: numberOf(key), id: idText(id) });
      if (found.length === limit) return found;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < size) return found;
    below = idText(last[1]);
    await nextTurn();
  }
}

interface Residual {
  /** Conditions on `r` and `f` that no index answers, each beginning with AND. */
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

function residual(filter: PreparedFilter, everything = false): Residual {
  const parts: string[] = [];
  const values: SqlValue[] = [];
  if (filter.states !== undefined && (byFlow(filter) || filter.deploymentId !== undefined || everything)) {
    parts.push(` AND r.state IN (${stateCodes(filter).join(", ")})`);
  }
  if (filter.deploymentId !== undefined) {
    parts.push(" AND r.deployment IS ?");
    values.push(filter.deploymentId);
  }
  for (const [field, wanted] of [
    ["partition_key", filter.partitionKey],
    ["backfill_id", filter.backfillId],
  ]) {
    if (wanted === undefined) continue;
    parts.push(` AND json_extract(r.more, '$.deployment.${field}') = ?`);
    values.push(wanted);
  }
  if (filter.text !== undefined) {
    parts.push(" AND contains_text(r.name, f.name, r.parameters, ?)");
    values.push(filter.text);
  }
  return { sql: parts.join(""), values };
}

/** The codes of all states whose type is wanted. */
function stateCodes(filter: PreparedFilter): number[] {
  return [...stateTypes.entries()]
    .filter(([, type]) => filter.states === undefined || filter.states.has(type))
    .flatMap(([place, type]) => stateNames[type].map((_, name) => place * namesPerType + name));
}

function byFlow(filter: PreparedFilter): boolean {
  return filter.flowName !== undefined || filter.ofFlow !== undefined;
}

/** Keys of the flows that are meant. Flows are few beside runs, so paths are compared here and not in SQL. */
export function flowKeys(database: SqlDatabase, filter: Pick<PreparedFilter, "flowName" | "ofFlow">): number[] {
  const find = database.prepare("SELECT key, file, export FROM flow WHERE (?1 IS NULL OR name = ?1)");
  return find.all([filter.flowName ?? null]).flatMap(([key, file, exported]) => {
    const place = { file: String(file), export: optionalText(exported) };
    return filter.ofFlow === undefined || filter.ofFlow(place) ? [numberOf(key)] : [];
  });
}
