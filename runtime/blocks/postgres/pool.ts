/**
 * Connections to one server. A statement belongs to the run that asks for it: when the run is cancelled or out of time,
 * the server is told to stop it through a second connection, for the first one is busy with it.
 */
import pg from "pg";
import { MillraceError } from "../../protocol/errors.ts";
import { currentRun } from "../../sdk/current-run.ts";
import { connectionError } from "./errors.ts";
import type { PostgresTarget } from "./settings.ts";
import { typeParsers } from "./values.ts";

export type Client = pg.ClientBase & { readonly processID?: number | null };

export interface Pool {
  /** Runs `work` with a connection of its own. */
  use<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** A connection that is given back by `release`; with an error it is closed instead. */
  lease(): Promise<{ readonly client: Client; release(error?: Error): void }>;
  close(): Promise<void>;
}

const open = new Set<pg.Pool>();
let ending = false;

// Idle connections do not keep a process. One that has nothing left to do says goodbye to its servers first.
function endWithProcess(): void {
  if (ending) return;
  ending = true;
  process.once("beforeExit", () => {
    for (const pool of open) void pool.end().catch(() => {});
    open.clear();
  });
}

export function openPool(target: PostgresTarget, size: number): Pool {
  endWithProcess();
  const pool = new pg.Pool({
    ...target.config,
    max: size,
    idleTimeoutMillis: 10_000,
    allowExitOnIdle: true,
    types: typeParsers(pg.types),
  });
  open.add(pool);
  // A connection that breaks while nobody uses it is replaced by the next who needs one.
  pool.on("error", () => {});
  let closed = false;

  const lease: Pool["lease"] = async () => {
    if (closed) throw new MillraceError("bad-usage", "this PostgresDatabase was closed");
    const { signal } = currentRun();
    signal.throwIfAborted();
    const client: Client & pg.PoolClient = await pool.connect().catch((thrown: unknown) => {
      throw connectionError(thrown, target);
    });
    const cancel = () => void stopStatement(target, client.processID ?? undefined);
    const broken = () => {};
    client.on("error", broken);
    signal.addEventListener("abort", cancel, { once: true });
    return {
      client,
      release(error) {
        signal.removeEventListener("abort", cancel);
        client.off("error", broken);
        client.release(error);
      },
    };
  };

  return {
    lease,
    async use(work) {
      const { signal } = currentRun();
      const { client, release } = await lease();
      try {
        const result = await work(client);
        release();
        return result;
      } catch (thrown) {
        // Behind a cancelled statement the connection is sound, but a cancel may still be on its way to it.
        release(signal.aborted || isBroken(thrown) ? new Error("closed after an error") : undefined);
        throw signal.aborted ? signal.reason : thrown;
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      open.delete(pool);
      await pool.end();
    },
  };
}

/** Asks the server to end what the session does. Whether it still does it cannot be told: there may be nothing to end. */
async function stopStatement(target: PostgresTarget, session: number | undefined): Promise<void> {
  if (session === undefined) return;
  const client = new pg.Client(target.config);
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("SELECT pg_cancel_backend($1)", [session]);
  } catch {
    // The run ends all the same, and with it the connection: the server then notices by itself.
  } finally {
    await client.end().catch(() => {});
  }
}

/** An error of the server leaves the connection usable; one of the network does not. */
function isBroken(thrown: unknown): boolean {
  const cause = thrown instanceof MillraceError ? thrown.cause : thrown;
  return !(cause instanceof pg.DatabaseError) && !(thrown instanceof MillraceError);
}
