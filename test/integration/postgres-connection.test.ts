import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { PostgresDatabase, type TestSteps } from "../../runtime/blocks/index.ts";
import { noOpenssl } from "../services/certificates.ts";
import { noPostgres, type PostgresServer, startPostgres } from "../services/postgres.ts";

const skip = noPostgres() || noOpenssl();
let server: PostgresServer;
before(async () => {
  if (skip === false) server = await startPostgres({ tls: true });
});
after(() => server?.stop());

type Settings = ConstructorParameters<typeof PostgresDatabase>[0];

const signIn = () => ({ port: server.port, username: "postgres", password: server.password });

/** The steps of a block's test: "name: message" for each, and how it ended. */
async function steps(settings: Settings): Promise<string[]> {
  const seen: string[] = [];
  const told: TestSteps = {
    signal: AbortSignal.timeout(15_000),
    skip: (name, reason) => void seen.push(`${name} skipped: ${reason}`),
    async step(name, look) {
      try {
        seen.push(`${name}: ${await look()}`);
      } catch (thrown) {
        seen.push(`${name} FAILED: ${thrown instanceof Error ? thrown.message : thrown}`);
        throw thrown;
      }
    },
  };
  await new PostgresDatabase(settings).test(told).catch(() => {});
  return seen;
}

test("should test host, port, TLS, sign-in, database and permission one after the other", { skip }, async () => {
  const good = await steps({ ...signIn(), tls: "verify-full", caCertificate: server.certificates?.authority });
  assert.deepEqual(
    good.map((line) => line.replace(/^host: localhost is .*/, "host")),
    [
      "host",
      `connect: port ${server.port}`,
      "TLS: the certificate is for localhost",
      "sign in: as postgres",
      "database: postgres, Postgres 18.4",
      "permission: may create tables in schema public",
    ].map((line, index) => (index === 4 ? (good[4] ?? "") : line)),
  );
  assert.match(good[4] ?? "", /^database: postgres, Postgres \d+/);
});

test("should say exactly which part of a connection is wrong", { skip }, async () => {
  const ca = server.certificates?.authority;
  const last = async (settings: Settings) => (await steps(settings)).at(-1) ?? "";
  assert.match(
    await last({ ...signIn(), host: "no-such-host.invalid" }),
    /^host FAILED: .*no machine is known by the name "no-such-host\.invalid"/,
  );
  assert.match(await last({ ...signIn(), host: "127.0.0.1", port: 1 }), /^connect FAILED: .*nothing listens on port 1/);
  assert.match(await last({ ...signIn(), tls: "verify-full" }), /^TLS FAILED: .*an authority that is not known here/);
  assert.match(
    await last({ ...signIn(), host: "127.0.0.1", tls: "verify-full", caCertificate: ca }),
    /^TLS FAILED: .*the certificate is for localhost, not for "127\.0\.0\.1"/,
  );
  const wrong = await last({ ...signIn(), password: "planted-wrong-password" });
  assert.match(wrong, /^sign in FAILED: .*the password of user "postgres" is wrong/);
  assert.doesNotMatch(wrong, /planted/);
  const { password: _, ...nameless } = signIn();
  assert.match(await last(nameless), /^sign in FAILED: .*asks for a password and none is given/);
  assert.match(await last({ ...signIn(), database: "taxi" }), /^database FAILED: .*there is no database "taxi"/);
});

test("should tell a server without TLS and one that does not answer from others", { skip }, async (t) => {
  const answering = (answer: string) =>
    new Promise<number>((resolve) => {
      const listener = createServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => answer !== "" && socket.end(answer));
      });
      t.after(() => listener.close());
      listener.listen(0, "127.0.0.1", () => {
        const address = listener.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  const plain = new PostgresDatabase({ host: "127.0.0.1", port: await answering("N"), tls: "require" });
  await assert.rejects(plain.query("SELECT 1"), { code: "not-answering", message: /TLS: the server speaks none/ });
  const silent = new PostgresDatabase({ host: "127.0.0.1", port: await answering(""), connectTimeout: "100ms" });
  await assert.rejects(silent.query("SELECT 1"), { code: "not-answering", message: /it does not answer in time/ });
});

test("should take everything from a URL, also SQLAlchemy's, and never repeat it in an error", { skip }, async (t) => {
  const { port, password } = server;
  const url = `postgresql+psycopg2://postgres:${password}@localhost:${port}/postgres?sslmode=require&search_path=a,b`;
  const database = new PostgresDatabase({ url });
  t.after(() => database.close());
  assert.deepEqual(
    await database.fetchOne(
      "SELECT current_setting('search_path') AS path, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    ),
    { path: "a,b", ssl: true },
  );
  for (const bad of [
    "mysql://ann:planted-1@host/db",
    "postgresql://ann:planted-1@host:port/db",
    "postgresql://ann:planted-1@h/db?sslmode=prefer",
  ]) {
    await assert.rejects(new PostgresDatabase({ url: bad }).query("SELECT 1"), (error: Error) => {
      assert.match(error.message, /PostgresDatabase: url: /);
      assert.doesNotMatch(error.message, /planted/);
      return true;
    });
  }
});
