/**
 * One open database per file and process, shared by all who use the file, with a queue: statements of one user never
 * land inside the transaction of another. Other processes are waited for without blocking this one.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { MillraceError, toError } from "../../protocol/errors.ts";
import type { Database } from "./database.ts";
import { nodeSqlite, openNodeSqlite } from "./node-sqlite.ts";
import { openSqlJs } from "./sql-js.ts";

export const engines = ["auto", "node:sqlite", "sql.js"] as const;
export type Engine = (typeof engines)[number];

/** How long another process may hold the file before it is an error. */
const patience = 60_000;

interface Shared {
  /** Opened by the first who needs it; tried again when that failed. */
  database: Promise<Database> | undefined;
  /** The same, once it is open. */
  ready: Database | undefined;
  users: number;
  tail: Promise<unknown>;
}

const open = new Map<string, Shared>();

// Nobody closes a warehouse in a flow of ten lines. Closing at the end brings everything into the one file (until then
// the newest rows are in the -wal file beside it), and lets go of it where the engine cannot share.
process.once("exit", () => {
  for (const { ready } of open.values()) ready?.close();
});

export interface Connection {
  /** Runs when everything asked for before is done; for what changes nothing. */
  read<T>(work: (database: Database) => T | Promise<T>): Promise<T>;
  /** Like `read`, for what may change something. */
  change<T>(work: (database: Database) => T | Promise<T>): Promise<T>;
  /** Like `change`, within one transaction: all of it is kept, or none when `work` throws. */
  transaction<T>(work: (database: Database) => T | Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function connect(file: string, engine: Engine = "auto"): Connection {
  const shared = open.get(file) ?? { database: undefined, ready: undefined, users: 0, tail: Promise.resolve() };
  open.set(file, shared);
  shared.users++;
  let closed = false;
  const queue = <T>(work: (database: Database) => T | Promise<T>): Promise<T> => {
    if (closed) return Promise.reject(new MillraceError("bad-usage", `${file}: this warehouse was closed`));
    const result = shared.tail.then(async () => work(await opened(shared, file, engine)));
    shared.tail = result.catch(() => {});
    return result;
  };
  const read = <T>(work: (database: Database) => T | Promise<T>) =>
    queue((database) => whenFree(file, () => work(database)));
  const change = async <T>(work: (database: Database) => T | Promise<T>) => {
    const result = await read(work);
    await queue((database) => database.persist());
    return result;
  };
  const transaction = <T>(work: (database: Database) => T | Promise<T>) =>
    queue(async (database) => {
      await whenFree(file, () => database.execute("BEGIN IMMEDIATE"));
      let result: T;
      try {
        result = await work(database);
        await whenFree(file, () => database.execute("COMMIT"));
      } catch (error) {
        rollBack(database);
        throw error;
      }
      database.persist();
      return result;
    });
  return {
    read,
    change,
    transaction,
    async close() {
      if (closed) return;
      shared.users--;
      closed = true;
      await shared.tail;
      if (shared.users > 0 || open.get(file) !== shared) return;
      open.delete(file);
      shared.ready?.close();
      shared.ready = undefined;
    },
  };
}

async function opened(shared: Shared, file: string, engine: Engine): Promise<Database> {
  shared.database ??= openDatabase(file, engine);
  try {
    shared.ready = await shared.database;
    return shared.ready;
  } catch (error) {
    shared.database = undefined;
    throw error;
  }
}

async function openDatabase(file: string, engine: Engine): Promise<Database> {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const sqlite = engine === "sql.js" ? undefined : nodeSqlite();
  if (engine === "node:sqlite" && sqlite === undefined) {
    throw new MillraceError("bad-usage", `this Node (${process.version}) has no node:sqlite; use the engine "auto"`);
  }
  try {
    return sqlite === undefined ? await openSqlJs(file) : await whenFree(file, () => openNodeSqlite(sqlite, file));
  } catch (thrown) {
    if (thrown instanceof MillraceError) throw thrown;
    const cause = toError(thrown);
    throw new MillraceError("bad-file", `${file}: it cannot be opened as a warehouse (${cause.message})`, { cause });
  }
}

/** SQLite's own waiting would stop the event loop, and with it the very task that holds the lock. */
async function whenFree<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  for (let pause = 5; ; pause = Math.min(pause * 2, 250)) {
    try {
      return await work();
    } catch (thrown) {
      if (!isBusy(thrown)) throw thrown;
      if (performance.now() - start > patience) {
        throw new MillraceError("conflict", `${file}: another process has held it for ${patience / 1000} s`, {
          cause: thrown,
        });
      }
      await wait(pause);
    }
  }
}

function isBusy(thrown: unknown): boolean {
  const code = typeof thrown === "object" && thrown !== null && "errcode" in thrown ? Number(thrown.errcode) : 0;
  return (code & 0xff) === 5 || (code & 0xff) === 6;
}

function rollBack(database: Database): void {
  try {
    database.execute("ROLLBACK");
  } catch {
    // SQLite has rolled back on its own (a full disk does that); the error that led here is the one to tell.
  }
}
