/** Blocks that speak TLS, with real servers and certificates of an authority of our own. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import path from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { Email, PostgresDatabase, type TestSteps, Webhook } from "../../runtime/blocks/index.ts";
import { runTest } from "../../runtime/blocks/run-test.ts";
import { type Certificates, makeCertificates, noOpenssl } from "../services/certificates.ts";
import { mailServer, noMailServer } from "../services/mail.ts";
import { noPostgres, type PostgresServer, startPostgres } from "../services/postgres.ts";
import { temporaryFolder } from "../support/places.ts";

const skip = noOpenssl();
const unknown = /signed by an authority that is not known here; give that authority's certificate in caCertificate/;
const another = /signed by another authority than the one in caCertificate/;
const expired = /the certificate has expired/;
const otherName = /the certificate is for localhost, not for "127\.0\.0\.1"/;

/** The last step of a block's test, as "name state: message". */
async function lastStep(block: { test(steps: TestSteps): Promise<void> }): Promise<string> {
  const { steps } = await runTest((each) => block.test(each), AbortSignal.timeout(15_000));
  const failed = steps.find(({ state }) => state === "failed") ?? steps.at(-1);
  return `${failed?.name} ${failed?.state}: ${failed?.message}`;
}

function certificatesOf(t: TestContext, days?: number): Certificates {
  const folder = path.join(temporaryFolder(t), "certificates");
  mkdirSync(folder);
  return makeCertificates(folder, "localhost", days);
}

/** Answers with what it was sent; "/moved/STATUS?ADDRESS" sends on. */
async function webServer(t: TestContext, certificates?: Certificates): Promise<number> {
  const answer: http.RequestListener = async (request, response) => {
    const [, status, location] = /^\/moved\/(\d+)\?(.*)$/.exec(request.url ?? "") ?? [];
    if (status !== undefined) return void response.writeHead(Number(status), { location: location ?? "" }).end();
    if (request.url === "/loop") return void response.writeHead(307, { location: "/loop" }).end();
    let body = "";
    for await (const piece of request.setEncoding("utf8")) body += piece;
    response.end(`${request.method} ${body} ${request.headers["x-token"] ?? ""}`);
  };
  const server =
    certificates === undefined
      ? http.createServer(answer)
      : https.createServer(
          { key: readFileSync(certificates.keyFile), cert: readFileSync(certificates.certificateFile) },
          answer,
        );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("should call a webhook whose certificate an authority of one's own has signed", { skip }, async (t) => {
  const own = certificatesOf(t);
  const port = await webServer(t, own);
  const webhook = new Webhook({ url: `https://localhost:${port}/`, caCertificate: own.authority });
  assert.equal((await webhook.call({ rows: 3 })).text, 'POST {"rows":3} ');
  const { steps } = await runTest((each) => webhook.test(each), AbortSignal.timeout(15_000));
  assert.deepEqual(
    steps.map(({ name, state }) => `${name} ${state}`),
    ["host ok", "connection ok", "TLS ok", "request skipped"],
  );
  assert.match(steps[2]?.message ?? "", /^TLSv1\.3, certificate until \w+/);
});

test("should say what is wrong with the TLS of a webhook, in its test and in its call", { skip }, async (t) => {
  const own = certificatesOf(t);
  const port = await webServer(t, own);
  const old = certificatesOf(t, -1);
  const oldPort = await webServer(t, old);
  const plainPort = await webServer(t);
  const cases = [
    [{ url: `https://localhost:${port}/` }, unknown],
    [{ url: `https://localhost:${port}/`, caCertificate: certificatesOf(t).authority }, another],
    [{ url: `https://127.0.0.1:${port}/`, caCertificate: own.authority }, otherName],
    [{ url: `https://localhost:${oldPort}/`, caCertificate: old.authority }, expired],
    [{ url: `https://localhost:${plainPort}/` }, /the server speaks no TLS on this port/],
  ] as const;
  for (const [settings, expected] of cases) {
    const webhook = new Webhook(settings);
    const step = await lastStep(webhook);
    assert.match(step, /^TLS failed: /);
    assert.match(step, expected);
    await assert.rejects(webhook.call(), (error: Error) => {
      assert.match(error.message, /^Webhook: [\w.]+:\d+: TLS: /);
      assert.match(error.message, expected);
      return true;
    });
  }
  assert.throws(() => new Webhook({ url: "https://a.example", caCertificate: "ca.pem" }), /is no certificate/);
});

test("should go with a redirect on the same machine, and tell of others without sending secrets there", async (t) => {
  const port = await webServer(t);
  const at = (redirect: string) =>
    new Webhook({ url: `http://127.0.0.1:${port}/moved/${redirect}`, secretHeaders: { "x-token": "planted-token" } });
  assert.equal((await at("307?/there").call({ a: 1 })).text, 'POST {"a":1} planted-token');
  await assert.rejects(at("301?/there").call(), /answered 301 Moved Permanently: it sends on to an address of http:/);
  await assert.rejects(at(`308?http://localhost:${port}/there`).call(), /sends on to an address of http:\/\/localhost/);
  await assert.rejects(at("307?/loop").call(), /answered 307 .*enter that address/);
});

const mail = { from: "a@example.com", to: ["b@example.com"], username: "ann", password: "planted-mail-secret" };
const account = { username: mail.username, password: mail.password };

for (const kind of ["tls", "starttls"] as const) {
  test(`should send mail over ${kind} and say what is wrong with it`, { skip: skip || noMailServer() }, async (t) => {
    const own = certificatesOf(t);
    const server = await mailServer(t, { account, tls: { kind, certificates: own } });
    const settings = { ...mail, host: "localhost", port: server.port, tls: kind };
    const good = new Email({ ...settings, caCertificate: own.authority });
    await good.send({ subject: "Loaded", text: "1,369,765 rows" });
    assert.deepEqual([server.mails[0]?.secure, server.mails[0]?.to], [true, mail.to]);
    assert.match(await lastStep(good), /^mail skipped/);
    const old = certificatesOf(t, -1);
    const oldServer = await mailServer(t, { account, tls: { kind, certificates: old } });
    for (const [changed, expected] of [
      [{}, unknown],
      [{ caCertificate: certificatesOf(t).authority }, another],
      [{ host: "127.0.0.1", caCertificate: own.authority }, otherName],
      [{ port: oldServer.port, caCertificate: old.authority }, expired],
    ] as const) {
      const email = new Email({ ...settings, ...changed });
      const step = await lastStep(email);
      assert.match(step, kind === "tls" ? /^TLS failed: / : /^greeting and STARTTLS failed: .*TLS: /);
      assert.match(step, expected);
      await assert.rejects(email.send({ subject: "Loaded", text: "" }), expected);
    }
    assert.equal(server.mails.length, 1);
  });
}

test("should tell a mail server without TLS from one that begins with it", {
  skip: skip || noMailServer(),
}, async (t) => {
  const plain = await mailServer(t);
  const settings = { ...mail, host: "127.0.0.1" };
  assert.match(
    await lastStep(new Email({ ...settings, port: plain.port, tls: "tls" })),
    /^TLS failed: the server speaks no TLS on this port/,
  );
  assert.match(
    await lastStep(new Email({ ...settings, port: plain.port, tls: "starttls" })),
    /^greeting and STARTTLS failed: .*does not change over to TLS/,
  );
  const own = certificatesOf(t);
  const secure = await mailServer(t, { account, tls: { kind: "tls", certificates: own } });
  assert.match(await lastStep(new Email({ ...settings, port: secure.port, tls: "none" })), /^greeting failed: /);
});

const skipPostgres = skip || noPostgres();
let servers: { readonly secure: PostgresServer; readonly old: PostgresServer; readonly plain: PostgresServer };
before(async () => {
  if (skipPostgres !== false) return;
  const [secure, old, plain] = await Promise.all([
    startPostgres({ tls: true, access: "hostssl all all 127.0.0.1/32 scram-sha-256\n" }),
    startPostgres({ tls: { days: -1 } }),
    startPostgres(),
  ]);
  servers = { secure, old, plain };
});
after(() => Promise.all(Object.values(servers ?? {}).map((server) => server.stop())));

test("should say what is wrong with the TLS of Postgres", { skip: skipPostgres }, async (t) => {
  const { secure, old, plain } = servers;
  const to = ({ port, password }: PostgresServer) => ({ port, password, username: "postgres" });
  const authority = secure.certificates?.authority;
  for (const [settings, expected] of [
    [{ ...to(secure), tls: "verify-full" }, unknown],
    [{ ...to(secure), tls: "verify-full", caCertificate: certificatesOf(t).authority }, another],
    [{ ...to(secure), tls: "verify-full", host: "127.0.0.1", caCertificate: authority }, otherName],
    [{ ...to(old), tls: "verify-full", caCertificate: old.certificates?.authority }, expired],
    [{ ...to(plain), tls: "require" }, /the server speaks none; set tls to "off"/],
    [{ ...to(plain), tls: "verify-full" }, /the server speaks none; set tls to "off"/],
  ] as const) {
    const step = await lastStep(new PostgresDatabase(settings));
    assert.match(step, /^TLS failed: Postgres at [\w.]+:\d+: TLS: /);
    assert.match(step, expected);
  }
  assert.match(
    await lastStep(new PostgresDatabase({ ...to(secure), tls: "off" })),
    /^sign in failed: .*; set tls to "verify-full" or "require"/,
  );
});

test("should be encrypted with require, whoever signed, and with verify-full by one's own authority", {
  skip: skipPostgres,
}, async (t) => {
  const { secure } = servers;
  const settings = { port: secure.port, password: secure.password, username: "postgres" };
  for (const tls of [
    { tls: "require" },
    { tls: "verify-full", caCertificate: secure.certificates?.authority },
  ] as const) {
    const database = new PostgresDatabase({ ...settings, ...tls });
    t.after(() => database.close());
    assert.deepEqual(await database.fetchOne("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"), {
      ssl: true,
    });
    assert.match(await lastStep(database), /^permission ok/);
  }
});
