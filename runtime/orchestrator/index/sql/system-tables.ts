import type { Variable } from "../../../protocol/api.ts";
import { type Candidate, claimOrder, openQueues } from "../claim-rules.ts";
import type { ClaimQuery, LimitSetting, Place, PoolSetting, RunRequest } from "../store.ts";
import type { SqlDatabase, SqlValue } from "./database.ts";
import { numberOf } from "./values.ts";

/** Requests, variables, limits and single values. Synchronous; the store wraps what must be atomic. */
export function createSystemTables(database: SqlDatabase) {
  const putRequest = database.prepare(
    `INSERT OR REPLACE INTO request (id, pool, queue, due, worker, claimed_at, held, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const requests = database.prepare("SELECT body, worker, claimed_at FROM request ORDER BY due, id");
  const unclaimed = database.prepare("SELECT body, worker, claimed_at FROM request WHERE id = ? AND worker IS NULL");
  const waiting = database.prepare(
    `SELECT body, ?, ? FROM request INDEXED BY request_waiting
     WHERE pool = ? AND queue = ? AND worker IS NULL AND held = 0 AND due <= ? ORDER BY due, id LIMIT ?`,
  );
  const nextDue = database.prepare("SELECT min(due) FROM request WHERE worker IS NULL AND held = 0 AND due > ?");
  const due = database.prepare(
    "SELECT body, worker, claimed_at FROM request WHERE worker IS NULL AND held = 0 AND due <= ? ORDER BY due, id",
  );
  const running = database.prepare("SELECT queue, count(*) FROM place WHERE pool = ? GROUP BY queue");
  const places = database.prepare("SELECT run_id, pool, queue FROM place ORDER BY run_id");
  const putPlace = database.prepare("INSERT OR REPLACE INTO place (run_id, pool, queue) VALUES (?, ?, ?)");
  const removePlace = database.prepare("DELETE FROM place WHERE run_id = ? RETURNING 1");
  const pools = database.prepare("SELECT body FROM work_pool ORDER BY name");
  const pool = database.prepare("SELECT body FROM work_pool WHERE name = ?");
  const putPool = database.prepare("INSERT OR REPLACE INTO work_pool (name, body) VALUES (?, ?)");
  const removePool = database.prepare("DELETE FROM work_pool WHERE name = ? RETURNING 1");
  const claim = database.prepare("UPDATE request SET worker = ?, claimed_at = ? WHERE id = ?");
  const claimedBy = database.prepare("SELECT id FROM request WHERE worker = ? ORDER BY id");
  const removeRequest = database.prepare("DELETE FROM request WHERE id = ? RETURNING 1");
  const variables = database.prepare("SELECT body FROM variable ORDER BY name");
  const putVariable = database.prepare("INSERT OR REPLACE INTO variable (name, body) VALUES (?, ?)");
  const removeVariable = database.prepare("DELETE FROM variable WHERE name = ? RETURNING 1");
  const limits = database.prepare("SELECT name, slots, active FROM concurrency_limit ORDER BY name");
  const putLimit = database.prepare("INSERT OR REPLACE INTO concurrency_limit (name, slots, active) VALUES (?, ?, ?)");
  const removeLimit = database.prepare("DELETE FROM concurrency_limit WHERE name = ? RETURNING 1");
  const meta = database.prepare("SELECT value FROM meta WHERE name = ?");
  const putMeta = database.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)");

  return {
    requests: (): RunRequest[] => requests.all([]).map(decodeRequest),
    putRequest({ claimed, ...request }: RunRequest): void {
      const { id, work_pool, queue, due } = request;
      const claim = [claimed?.worker ?? null, claimed?.at ?? null];
      const held = request.held === undefined ? 0 : 1;
      putRequest.run([id, work_pool, queue, due, ...claim, held, JSON.stringify(request)]);
    },
    /** Undefined when there is none, or a worker has it. */
    unclaimed(id: string): RunRequest | undefined {
      const [found] = unclaimed.all([id]).map(decodeRequest);
      return found;
    },
    claim({ worker, pool: name, queues, except = [], limit, now }: ClaimQuery): RunRequest[] {
      const body = pool.first([name])?.[0];
      const setting: PoolSetting | undefined = typeof body === "string" ? JSON.parse(body) : undefined;
      const taken = new Map(running.all([name]).map(([queue, count]) => [String(queue), numberOf(count)]));
      const open = openQueues(setting, { ...(queues === undefined ? {} : { queues }), limit }, taken);
      const candidates = open.queues.flatMap(({ name: queue, priority, free }): Candidate[] =>
        waiting
          .all([worker, now, name, queue, now, free + except.length])
          .map((row) => ({ priority, request: decodeRequest(row) }))
          .filter(({ request }) => !except.includes(request.id))
          .slice(0, free),
      );
      const claimed = candidates
        .sort(claimOrder)
        .slice(0, open.free)
        .map(({ request }) => request);
      for (const { id, queue } of claimed) {
        claim.run([worker, now, id]);
        putPlace.run([id, name, queue]);
      }
      return claimed;
    },
    nextDue(after: number): number | undefined {
      const found = nextDue.first([after])?.[0];
      return typeof found === "number" ? found : undefined;
    },
    due: (before: number): RunRequest[] => due.all([before]).map(decodeRequest),
    places: (): Place[] =>
      places.all([]).map(([run, name, queue]) => ({ run_id: String(run), pool: String(name), queue: String(queue) })),
    putPlace: ({ run_id, pool: name, queue }: Place): void => putPlace.run([run_id, name, queue]),
    removePlace: (runId: string): boolean => removePlace.first([runId]) !== undefined,
    pools: (): PoolSetting[] => pools.all([]).map(([body]) => JSON.parse(String(body))),
    putPool: (setting: PoolSetting): void => putPool.run([setting.name, JSON.stringify(setting)]),
    removePool: (name: string): boolean => removePool.first([name]) !== undefined,
    release(worker: string, ids: readonly string[] | undefined): string[] {
      const held = claimedBy.all([worker]).map(([id]) => String(id));
      const released = ids === undefined ? held : held.filter((id) => ids.includes(id));
      for (const id of released) {
        claim.run([null, null, id]);
        removePlace.first([id]);
      }
      return released;
    },
    removeRequest: (id: string): boolean => removeRequest.first([id]) !== undefined,

    variables: (): Variable[] => variables.all([]).map(([body]) => JSON.parse(String(body))),
    putVariable: (variable: Variable): void => putVariable.run([variable.name, JSON.stringify(variable)]),
    removeVariable: (name: string): boolean => removeVariable.first([name]) !== undefined,

    limits: (): LimitSetting[] =>
      limits
        .all([])
        .map(([name, slots, active]) => ({ name: String(name), limit: numberOf(slots), active: active === 1 })),
    putLimit: ({ name, limit, active }: LimitSetting): void => putLimit.run([name, limit, active ? 1 : 0]),
    removeLimit: (name: string): boolean => removeLimit.first([name]) !== undefined,

    number: (name: string): number => numberOf(meta.first([name])?.[0]),
    setNumber: (name: string, value: number): void => putMeta.run([name, value]),
    clear: (): void =>
      database.execute(
        "DELETE FROM request; DELETE FROM variable; DELETE FROM concurrency_limit; DELETE FROM place; DELETE FROM work_pool;",
      ),
  };
}

function decodeRequest([body, worker, at]: SqlValue[]): RunRequest {
  const request: RunRequest = JSON.parse(String(body));
  return typeof worker === "string" ? { ...request, claimed: { worker, at: numberOf(at) } } : request;
}
