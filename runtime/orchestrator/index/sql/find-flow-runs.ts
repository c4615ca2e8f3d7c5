import { setImmediate as nextTurn } from "node:timers/promises";
import { stateNames, stateTypes } from "../../../protocol/states.ts";
import type { PreparedFilter } from "../filter.ts";
import type { SqlDatabase, SqlValue } from "./database.ts";
import { idText, idValue, namesPerType, numberOf } from "./values.ts";

/** A flow run that a filter matches. */
export interface FoundFlowRun {
  readonly key: number;
  readonly id: string;
}

/** Rows looked at in one go. A rare text among many runs must not hold up other answers. */
const sliceRows = 2000;

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
  let found: FoundFlowRun[] = [];
  for (const stream of streamsFor(database, filter)) {
    // What is older than everything found so far cannot be on the page.
    const floor = found.length >= limit ? found.at(-1)?.id : undefined;
    const more = await walk(database, stream, check, filter, limit, floor);
    found = [...found, ...more].sort((left, right) => (left.id < right.id ? 1 : -1)).slice(0, limit);
  }
  return found;
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
  if (plain && filter.flowName === undefined && filter.flowFile === undefined) {
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

function byIds(database: SqlDatabase, filter: PreparedFilter, limit: number): FoundFlowRun[] {
  const check = residual(filter, true);
  const find = database.prepare(
    `SELECT r.key FROM flow_run r JOIN flow f ON f.key = r.flow WHERE r.id = ? AND r.sub <= ?${check.sql}`,
  );
  const wanted = [...new Set(filter.ids)]
    .filter(
      (id) => (filter.from === undefined || id >= filter.from) && (filter.below === undefined || id < filter.below),
    )
    .sort()
    .reverse();
  const found: FoundFlowRun[] = [];
  for (const id of wanted) {
    const key = find.first([idValue(id), filter.includeSubflows ? 1 : 0, ...check.values])?.[0];
    if (typeof key === "number") found.push({ key, id });
    if (found.length === limit) break;
  }
  return found;
}

function streamsFor(database: SqlDatabase, filter: PreparedFilter): Stream[] {
  const subs = filter.includeSubflows ? [0, 1] : [0];
  if (filter.flowName !== undefined || filter.flowFile !== undefined) {
    return flowKeys(database, filter).flatMap((flow) =>
      subs.map((sub) => ({ index: "flow_run_flow", where: "r.flow = ? AND r.sub = ?", values: [flow, sub] })),
    );
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
  for (let below = filter.below ?? "ffffffff-ffff-ffff-ffff-ffffffffffff"; ; ) {
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
  const byFlow = filter.flowName !== undefined || filter.flowFile !== undefined;
  if (everything && filter.flowName !== undefined) {
    parts.push(" AND f.name = ?");
    values.push(filter.flowName);
  }
  if (everything && filter.flowFile !== undefined) {
    parts.push(" AND f.file = ?");
    values.push(filter.flowFile);
  }
  if (filter.states !== undefined && (byFlow || everything)) {
    parts.push(` AND r.state IN (${stateCodes(filter).join(", ")})`);
  }
  if (filter.deploymentId !== undefined) {
    parts.push(" AND r.deployment IS ?");
    values.push(filter.deploymentId);
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

function flowKeys(database: SqlDatabase, filter: PreparedFilter): number[] {
  const find = database.prepare("SELECT key FROM flow WHERE (?1 IS NULL OR name = ?1) AND (?2 IS NULL OR file = ?2)");
  return find.all([filter.flowName ?? null, filter.flowFile ?? null]).map(([key]) => numberOf(key));
}
