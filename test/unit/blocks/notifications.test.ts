import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import path from "node:path";
import { type TestContext, test } from "node:test";
import {
  Email,
  EnvironmentFile,
  GitHubRepository,
  Json,
  Secret,
  SlackWebhook,
  Webhook,
} from "../../../runtime/blocks/index.ts";
import { runTest } from "../../../runtime/blocks/run-test.ts";
import type { TestSteps } from "../../../runtime/blocks/test-steps.ts";
import { redact } from "../../../runtime/system/redaction.ts";
import { mailServer, noMailServer } from "../../services/mail.ts";
import { temporaryFolder } from "../../support/places.ts";

interface Heard {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Answers each request with the next of `answers`, and keeps what it heard. */
async function httpServer(t: TestContext, ...answers: readonly (readonly [number, string])[]) {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const [status, text] = answers[heard.length] ?? [200, "ok"];
    heard.push({ method: request.method, url: request.url, headers: request.headers, body });
    if (status === 0) return;
    response.writeHead(status).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { heard, port, url: `http://127.0.0.1:${port}` };
}

const tested = (block: { test(steps: TestSteps): Promise<void> }) =>
  runTest((steps) => block.test(steps), new AbortController().signal);

test("should call a webhook with JSON, its headers and who calls", async (t) => {
  const server = await httpServer(t, [201, "made"]);
  const webhook = new Webhook({
    url: `${server.url}/hook`,
    headers: { "x-source": "millrace" },
    secretHeaders: { "x-token": "planted-header-secret" },
    username: "ann",
    password: "planted-basic-secret",
  });
  assert.deepEqual(await webhook.call({ rows: 3 }), { status: 201, text: "made" });
  const [heard] = server.heard;
  assert.deepEqual([heard?.method, heard?.url, heard?.body], ["POST", "/hook", '{"rows":3}']);
  assert.equal(heard?.headers["x-source"], "millrace");
  assert.equal(heard?.headers["x-token"], "planted-header-secret");
  assert.equal(heard?.headers.authorization, `Basic ${btoa("ann:planted-basic-secret")}`);
});

test("should say what a webhook answered, without the secrets that it repeats", async (t) => {
  const server = await httpServer(t, [500, "token planted-echoed-secret is bad"], [0, ""]);
  const options = { url: server.url, secretHeaders: { "x-token": "planted-echoed-secret" }, timeout: 0.2 };
  const webhook = new Webhook(options);
  await assert.rejects(webhook.call(), {
    code: "task-failed",
    message: /^Webhook: 127\.0\.0\.1:\d+ answered 500 Internal Server Error: token \*{8} is bad$/,
  });
  await assert.rejects(webhook.call(), { message: /no answer within 0\.2 seconds/ });
  const nobody = new Webhook({ url: "http://127.0.0.1:1" });
  await assert.rejects(nobody.call(), { code: "task-failed", message: /ECONNREFUSED|bad port|fetch failed/ });
});

test("should test a webhook without sending anything", async (t) => {
  const server = await httpServer(t);
  const { ok, steps } = await tested(new Webhook({ url: server.url }));
  assert.equal(ok, true);
  assert.deepEqual(
    steps.map(({ name, state }) => [name, state]),
    [
      ["host", "ok"],
      ["connection", "ok"],
      ["request", "skipped"],
    ],
  );
  assert.equal(server.heard.length, 0);
  const lost = await tested(new Webhook({ url: "http://nowhere.invalid/" }));
  assert.deepEqual([lost.ok, lost.steps[0]?.name, lost.steps.length], [false, "host", 1]);
  assert.match(lost.steps[0]?.message ?? "", /nowhere\.invalid/);
});

test("should write to a channel of Slack and say what to do when Slack refuses", async (t) => {
  const server = await httpServer(t, [200, "ok"], [404, "no_service"]);
  const slack = new SlackWebhook({ url: `${server.url}/services/T0/B0/planted-slack-secret` });
  await slack.notify("The month is loaded.");
  assert.equal(server.heard[0]?.body, '{"text":"The month is loaded."}');
  await assert.rejects(slack.notify("again"), (error: Error) => {
    assert.match(error.message, /answered 404.*no_service.*make a new one in Slack/);
    assert.doesNotMatch(error.message, /planted/);
    return true;
  });
  assert.equal((await tested(slack)).ok, true);
  assert.equal(server.heard.length, 2);
  const { steps } = await tested(new SlackWebhook({ url: "no address at all" }));
  assert.match(steps[0]?.message ?? "", /must be an address/);
});

test("should send mail, and tell a wrong password from a server that is not there", {
  skip: noMailServer(),
}, async (t) => {
  const server = await mailServer(t, { account: { username: "ann", password: "planted-mail-secret" } });
  const settings = {
    host: "127.0.0.1",
    port: server.port,
    tls: "none" as const,
    from: "a@example.com",
    to: ["b@example.com"],
  };
  const mail = new Email({ ...settings, username: "ann", password: "planted-mail-secret" });
  await mail.send({ subject: "Loaded", text: "1,369,765 rows", html: "<b>1,369,765</b> rows" });
  const [sent] = server.mails;
  assert.deepEqual([sent?.from, sent?.to], ["a@example.com", ["b@example.com"]]);
  assert.match(sent?.content ?? "", /Subject: Loaded/);
  assert.match(sent?.content ?? "", /<b>1,369,765<\/b> rows/);
  const good = await tested(mail);
  assert.deepEqual(
    good.steps.map(({ name, state }) => [name, state]),
    [
      ["host", "ok"],
      ["connection", "ok"],
      ["greeting", "ok"],
      ["sign in", "ok"],
      ["mail", "skipped"],
    ],
  );
  const wrong = await tested(new Email({ ...settings, username: "ann", password: "planted-wrong-secret" }));
  assert.deepEqual([wrong.ok, wrong.steps.at(-1)?.name], [false, "sign in"]);
  assert.match(wrong.steps.at(-1)?.message ?? "", /not accepted.*See to username and password/);
  assert.doesNotMatch(JSON.stringify(wrong), /planted/);
  const open = await tested(new Email({ ...settings, tls: "starttls" }));
  assert.deepEqual([open.ok, open.steps.at(-1)?.name], [false, "greeting and STARTTLS"]);
});

test("should look at a repository as Git does", async (t) => {
  const refs = "001e# service=git-upload-pack\n0000003f1111111111111111111111111111111111111111 refs/heads/main\n0000";
  const server = await httpServer(t, [200, refs], [200, refs], [404, ""], [401, ""]);
  const at = (rest: object = {}) => ({ repositoryUrl: `${server.url}/ann/flows`, ...rest });
  const found = await tested(new GitHubRepository(at({ reference: "main", accessToken: "planted-git-secret" })));
  assert.equal(found.steps.at(-1)?.message, "refs/heads/main");
  assert.equal(server.heard[0]?.url, "/ann/flows.git/info/refs?service=git-upload-pack");
  assert.equal(server.heard[0]?.headers.authorization, `Basic ${btoa("x-access-token:planted-git-secret")}`);
  const other = await tested(new GitHubRepository(at({ reference: "develop" })));
  assert.match(other.steps.at(-1)?.message ?? "", /no branch or tag "develop"/);
  await assert.rejects(new GitHubRepository(at()).references(), { code: "not-found", message: /give an access token/ });
  const expired = new GitHubRepository(at({ accessToken: "planted-git-secret" }));
  await assert.rejects(expired.references(), { code: "unauthorized", message: /has expired/ });
});

test("should give the variables of a file and keep its secrets out of texts", async (t) => {
  const file = path.join(temporaryFolder(t), "staging.env");
  writeFileSync(file, "API_URL=https://api.example.com\nAPI_TOKEN=planted-file-secret\n");
  const block = new EnvironmentFile({ path: file });
  assert.equal(block.get("API_URL"), "https://api.example.com");
  assert.equal(redact(`it is ${block.variables()["API_TOKEN"]}`), "it is ********");
  assert.throws(() => block.get("API_URI"), { code: "not-found", message: /Did you mean "API_URL"/ });
  assert.equal((await tested(block)).steps[1]?.message, "API_TOKEN, API_URL");
  const gone = new EnvironmentFile({ path: `${file}.not` });
  assert.throws(() => gone.variables(), { code: "bad-file", message: /named by the EnvironmentFile block/ });
});

test("should hold one secret, and any JSON", () => {
  assert.equal(new Secret({ value: "planted-lone-secret" }).get(), "planted-lone-secret");
  assert.deepEqual(new Json({ value: { a: [1, null] } }).value, { a: [1, null] });
  assert.equal(new Json({ value: null }).value, null);
  assert.throws(() => Reflect.construct(Json, [{}]), { code: "bad-parameters", message: /value: is missing/ });
});
