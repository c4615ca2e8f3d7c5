import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import pg from "pg";
import type { MillraceError } from "../../protocol/errors.ts";
import type { TestSteps } from "../test-steps.ts";
import { connectionError, sqlState } from "./errors.ts";
import type { PostgresTarget } from "./settings.ts";

/** One step for each thing that can be wrong, in the order in which a connection comes about. */
export async function testConnection(target: PostgresTarget, steps: TestSteps): Promise<void> {
  const { host, port, tls } = target;
  if (host.startsWith("/")) steps.skip("host", "a socket of this machine");
  else {
    await steps.step("host", async () => {
      const { address } = await lookup(host).catch((thrown: unknown) => {
        throw connectionError(thrown, target);
      });
      return address === host ? host : `${host} is ${address}`;
    });
    await steps.step("connect", async () => {
      await reach(target, steps.signal);
      return `port ${port}`;
    });
  }
  const client = new pg.Client(target.config);
  client.on("error", () => {});
  const stop = () => void client.end().catch(() => {});
  steps.signal.addEventListener("abort", stop, { once: true });
  try {
    const problem = await client.connect().then(
      () => undefined,
      (thrown: unknown) => connectionError(thrown, target),
    );
    const failing = problem === undefined ? undefined : stepOf(problem);
    const unless = (name: Step) => {
      if (problem !== undefined && failing === name) throw problem;
    };
    if (tls === "off") {
      steps.skip("TLS", "it is off");
      unless("TLS");
    } else {
      await steps.step("TLS", () => {
        unless("TLS");
        return tls === "verify-full"
          ? `the certificate is for ${host}`
          : "encrypted; the certificate was not looked at";
      });
    }
    await steps.step("sign in", () => {
      unless("sign in");
      return `as ${target.user ?? client.user ?? "the user of this machine"}`;
    });
    await steps.step("database", async () => {
      unless("database");
      const { rows } = await client.query<{ name: string; version: string }>(
        "SELECT current_database() AS name, current_setting('server_version') AS version",
      );
      return `${rows[0]?.name}, Postgres ${rows[0]?.version}`;
    });
    await steps.step("permission", async () => {
      const { rows } = await client.query<{ schema: string | null; may: boolean | null }>(
        "SELECT current_schema() AS schema, has_schema_privilege(current_schema(), 'CREATE') AS may",
      );
      const [row] = rows;
      if (row?.schema == null) return "may read; no schema is chosen to create tables in (search_path)";
      return row.may ? `may create tables in schema ${row.schema}` : `may not create tables in schema ${row.schema}`;
    });
  } finally {
    steps.signal.removeEventListener("abort", stop);
    await client.end().catch(() => {});
  }
}

type Step = "TLS" | "sign in" | "database";

function stepOf(problem: MillraceError): Step {
  const state = sqlState(problem);
  if (state === "3D000" || state === "42501") return "database";
  return /TLS: /.test(problem.message) ? "TLS" : "sign in";
}

function reach(target: PostgresTarget, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: target.host, port: target.port, signal });
    socket.setTimeout(target.config.connectionTimeoutMillis ?? 10_000, () =>
      socket.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" })),
    );
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", (thrown) => reject(connectionError(thrown, target)));
  });
}
