import type { Variable } from "../../../protocol/api.ts";
import type { LimitSetting, RunRequest } from "../store.ts";
import type { SqlDatabase, SqlValue } from "./database.ts";
import { numberOf } from "./values.ts";

/** Requests, variables, limits and single values. Synchronous; the store wraps what must be atomic. */
export function createSystemTables(database: SqlDatabase) {
  const putRequest = database.prepare(
    `INSERT OR REPLACE INTO request (id, queue, priority, due, worker, claimed_at, held, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const requests = database.prepare("SELECT body, worker, claimed_at FROM request ORDER BY due, id");
  const unclaimed = database.prepare("SELECT body, worker, claimed_at FROM request WHERE id = ? AND worker IS NULL");
  const waiting = database.prepare(
    `SELECT body, ?, ? FROM request INDEXED BY request_waiting
     WHERE queue = ? AND worker IS NULL AND held = 0 AND due <= ? ORDER BY priority, due, id LIMIT ?`,
  );
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
      const { id, queue, priority, due } = request;
      const claim = [claimed?.worker ?? null, claimed?.at ?? null];
      const held = request.held === undefined ? 0 : 1;
      putRequest.run([id, queue, priority, due, ...claim, held, JSON.stringify(request)]);
    },
    /** Undefined when there is none, or a worker has it. */
    unclaimed(id: string): RunRequest | undefined {
      const [found] = unclaimed.all([id]).map(decodeRequest);
      return found;
    },
    claim(worker: string, queue: string, limit: number, now: number): RunRequest[] {
      const taken = waiting.all([worker, now, queue, now, limit]).map(decodeRequest);
      for (const { id } of taken) claim.run([worker, now, id]);
      return taken;
    },
    release(worker: string, ids: readonly string[] | undefined): string[] {
      const held = claimedBy.all([worker]).map(([id]) => String(id));
      const released = ids === undefined ? held : held.filter((id) => ids.includes(id));
      for (const id of released) claim.run([null, null, id]);
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
    clear: (): void => database.execute("DELETE FROM request; DELETE FROM variable; DELETE FROM concurrency_limit;"),
  };
}

function decodeRequest([body, worker, at]: SqlValue[]): RunRequest {
  const request: RunRequest = JSON.parse(String(body));
  return typeof worker === "string" ? { ...request, claimed: { worker, at: numberOf(at) } } : request;
}
