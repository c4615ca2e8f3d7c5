import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { realDisk } from "../../runtime/journal/disk.ts";
import { readRun } from "../../runtime/journal/reading.ts";
import type { LiveEvent } from "../../runtime/protocol/api.ts";
import { foldRun } from "../../runtime/protocol/fold/index.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { mailServer } from "../services/mail.ts";
import { automate, deliveriesOf, saveBlock, untilDone } from "../support/automations.ts";
import { deploy, deploymentHome, runNow, runsOf } from "../support/deployments.ts";
import { isAlive, until, untilEnded } from "../support/orchestrator.ts";
import { receiver } from "../support/receiver.ts";

const failed = { type: "state", states: ["FAILED"] } as const;

test("should tell Slack, a mailbox and a webhook of a failed run, once, and again what was not taken", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const [http, mail] = [await receiver(t), await mailServer(t)];
  await saveBlock(client, "slack-webhook/team", { url: `${http.url}/services/planted-slack-secret` });
  await saveBlock(client, "email/reports", {
    host: "127.0.0.1",
    port: mail.port,
    tls: "none",
    from: "millrace@example.com",
    to: ["team@example.com"],
  });
  await saveBlock(client, "webhook/orders", {
    url: `${http.url}/orders`,
    secretHeaders: { authorization: "Bearer planted-header-secret" },
  });
  const automation = await automate(client, {
    name: "tell the team",
    trigger: { ...failed, flows: ["speak"] },
    actions: [
      {
        type: "slack",
        block: "team",
        message: "{{ flow.name }} with n = {{ flow_run.parameters.n }}: {{ error.message }}",
      },
      { type: "email", block: "reports", subject: "{{ flow_run.state_name }}: {{ flow.name }}" },
      { type: "webhook", block: "webhook/orders" },
    ],
  });
  // Slack is down the first time, the mail server too busy.
  http.answer(500, 500);
  mail.refuse(1);
  const mark = here.mark("said");
  const run = async (n: number) =>
    client.request("POST /api/flow_runs", { body: { file: here.flows, flow: "speak", parameters: { mark, n } } });
  assert.equal((await untilEnded(client, (await run(1)).id)).state_type, "COMPLETED");
  const bad = await untilEnded(client, (await run(13)).id);
  assert.equal(bad.state_type, "FAILED");

  const deliveries = await untilDone(client, automation, 3);
  assert.deepEqual(deliveries.map(({ action, state, to }) => [action, state, to]).sort(), [
    ["email", "delivered", "email/reports"],
    ["slack", "delivered", "slack-webhook/team"],
    ["webhook", "delivered", "webhook/orders"],
  ]);
  assert.equal(mail.mails.length, 1);
  assert.deepEqual(mail.mails[0]?.to, ["team@example.com"]);
  assert.match(mail.mails[0]?.content ?? "", /^Subject: Failed: speak\r$/m);
  const slack = http.heard.filter(({ url }) => url?.startsWith("/services/"));
  assert.deepEqual(JSON.parse(slack.at(-1)?.body ?? ""), { text: "speak with n = 13: unlucky" });
  const orders = http.heard.filter(({ url }) => url === "/orders");
  assert.equal(orders.at(-1)?.headers.authorization, "Bearer planted-header-secret");
  const sent = JSON.parse(orders.at(-1)?.body ?? "");
  assert.deepEqual([sent.flow_run.id, sent.flow_run.error.message], [bad.id, "unlucky"]);
  // Two were refused, each of one that was taken later; nothing was told twice.
  assert.deepEqual([slack.length + orders.length, deliveries.reduce((sum, one) => sum + one.attempts, 0)], [4, 6]);
  assert.doesNotMatch(JSON.stringify(deliveries), /planted/);
  assert.notEqual((await client.request("GET /api/automations")).automations[0]?.last_fired, null);
});

test("should give up after a while on what nobody can take, and say why", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  await saveBlock(client, "slack-webhook/team", { url: "http://127.0.0.1:1/services" });
  const settings = {
    name: "gone",
    trigger: { type: "state", states: ["COMPLETED"] },
    actions: [{ type: "slack", block: "team" }],
  } as const;
  const automation = await automate(client, settings);
  await client.request("DELETE /api/block_documents/:slug/:name", {
    params: { slug: "slack-webhook", name: "team" },
    body: { force: true },
  });
  const started = await here.run(client, "steps", { mark: here.mark("m") });
  await untilEnded(client, started.id);
  const [delivery] = await untilDone(client, automation, 1);
  assert.deepEqual([delivery?.state, delivery?.attempts], ["failed", 1]);
  assert.match(delivery?.message ?? "", /no block slack-webhook\/team/);
});

test("should deliver what a killed orchestrator owed, and not again what was acknowledged", async (t) => {
  const here = deploymentHome(t);
  let client = await here.start();
  const http = await receiver(t);
  const automation = await automate(client, {
    name: "both",
    trigger: { type: "state", states: ["COMPLETED"] },
    actions: [
      { type: "webhook", url: `${http.url}/first` },
      { type: "webhook", url: `${http.url}/second` },
    ],
  });
  http.answer(200, 503);
  const done = await untilEnded(client, (await here.run(client, "steps", { mark: here.mark("m") })).id);
  // One is acknowledged, the other waits for its second attempt.
  await until(async () => {
    const states = (await deliveriesOf(client, automation)).map(({ state, attempts }) => `${state} ${attempts}`).sort();
    return states.join() === "delivered 1,pending 1";
  });
  const { pid } = client.health;
  process.kill(pid, "SIGKILL");
  await until(() => !isAlive(pid));
  client = await here.start();
  const all = await untilDone(client, automation, 2);
  assert.deepEqual(
    all.map(({ state, flow_run_id }) => [state, flow_run_id]),
    [
      ["delivered", done.id],
      ["delivered", done.id],
    ],
  );
  assert.equal(http.heard.length, 3);
});

test("should notice what ended while no orchestrator was up", async (t) => {
  const here = deploymentHome(t);
  let client = await here.start();
  const http = await receiver(t);
  const automation = await automate(client, {
    name: "ended alone",
    trigger: { type: "state", states: ["Completed"] },
    actions: [{ type: "webhook", url: http.url, payload: { run: "{{ flow_run.id }}", n: "{{ flow_run.run_count }}" } }],
  });
  const before = await here.run(client, "steps", { mark: here.mark("a") });
  await untilDone(client, automation, 1);
  const waits = await here.run(client, "waiting", { until: here.mark("go") });
  await until(
    async () => (await client.request("GET /api/flow_runs/:id", { params: { id: waits.id } })).state_type === "RUNNING",
  );
  const { pid } = client.health;
  process.kill(pid, "SIGKILL");
  await until(() => !isAlive(pid));
  writeFileSync(here.mark("go"), "");
  const folder = homePaths.run(here.home, waits.id);
  await until(() => foldRun(waits.id, readRun(realDisk, folder).records).flowRun?.state_type === "COMPLETED");
  client = await here.start();
  const all = await untilDone(client, automation, 2);
  assert.deepEqual(
    all.map(({ flow_run_id }) => flow_run_id),
    [waits.id, before.id],
  );
  assert.deepEqual(
    http.heard.map(({ body }) => JSON.parse(body)),
    [
      { run: before.id, n: 1 },
      { run: waits.id, n: 1 },
    ],
  );
});

test("should start and pause deployments and show notifications, and begin no loop", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const shown: LiveEvent[] = [];
  const subscription = client.subscribe({
    onEvent: (event) => {
      if (event.type === "notification") shown.push(event);
    },
  });
  await subscription.connected;
  const parameters = { mark: here.mark("said"), n: 1 };
  const first = await deploy(client, here.settings("speak", "first", { parameters }));
  const second = await deploy(client, here.settings("speak", "second", { parameters }));
  const completed = { type: "state", states: ["COMPLETED"] } as const;
  const ping = await automate(client, {
    name: "ping",
    trigger: { ...completed, deployments: ["speak/first"] },
    actions: [
      { type: "run-deployment", deployment: "second", parameters: { n: "{{ flow_run.parameters.n }}" } },
      { type: "pause-deployment" },
      { type: "notification", message: "{{ deployment.name }} is done" },
    ],
  });
  const pong = await automate(client, {
    name: "pong",
    trigger: { ...completed, deployments: ["speak/second"] },
    actions: [{ type: "run-deployment", deployment: "first" }],
  });
  await untilEnded(client, await runNow(client, first, { n: 2 }));
  await untilDone(client, ping, 3);
  await untilDone(client, pong, 1);
  // The run that pong started has ended too, and ping leaves it alone: it goes back to itself.
  await until(async () => {
    const runs = await runsOf(client, first);
    return runs.length === 2 && runs.every(({ state_type }) => state_type === "COMPLETED");
  });
  const [last] = await runsOf(client, first);
  assert.equal(last?.created_by, `automation ${ping.id} ${pong.id}`);
  const [started] = await runsOf(client, second);
  assert.deepEqual(started?.parameters, { ...parameters, n: 2 });
  assert.equal((await client.request("GET /api/deployments/:id", { params: { id: first.id } })).paused, true);
  await until(() => shown.length === 1);
  const [event] = shown;
  assert.equal(event?.type === "notification" && event.notification.text, "speak/first is done");
  assert.equal((await deliveriesOf(client, ping)).length, 3);
  assert.equal((await runsOf(client, second)).length, 1);
});

test("should refuse what it could not do, field by field, and try out what is not saved yet", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const http = await receiver(t);
  const { plan } = await client.request("POST /api/automations", {
    body: {
      name: "wrong",
      trigger: { type: "state", states: ["Faild"], deployments: ["speak/nightly"] },
      actions: [
        { type: "slack", block: "teem", message: "{{ flow_run.nam }}" },
        { type: "webhook", url: "ftp://example.com" },
        { type: "run-deployment", deployment: "nope" },
      ],
    },
  });
  assert.deepEqual(
    plan.problems.map(({ path }) => path),
    [
      "trigger.states[0]",
      "trigger.deployments[0]",
      "actions[0].block",
      "actions[0].message",
      "actions[1].url",
      "actions[2].deployment",
    ],
  );
  assert.match(plan.problems[0]?.message ?? "", /Did you mean "FAILED" or "Failed"/);
  assert.match(plan.problems[3]?.message ?? "", /Did you mean "flow_run\.name"/);
  const off = { name: "new", trigger: failed, actions: [{ type: "webhook", url: http.url }] } as const;
  const { deliveries } = await client.request("POST /api/automations/test", { body: off });
  assert.deepEqual(
    deliveries.map(({ state, message, flow_run_id }) => [state, message, flow_run_id]),
    [["delivered", "answered 200", null]],
  );
  const sent = JSON.parse(http.heard[0]?.body ?? "");
  assert.deepEqual([sent.reason, sent.flow_run.state_type], ["Test: the run is Failed", "FAILED"]);
  assert.deepEqual((await client.request("GET /api/automations")).automations, []);

  const saved = await automate(client, { ...off, enabled: false });
  const mark = here.mark("said");
  const body = { file: here.flows, flow: "speak", parameters: { mark, n: 13 } };
  await untilEnded(client, (await client.request("POST /api/flow_runs", { body })).id);
  await client.request("POST /api/automations/:id/enabled", { params: { id: saved.id }, body: { enabled: true } });
  const later = await untilEnded(client, (await client.request("POST /api/flow_runs", { body })).id);
  const all = await untilDone(client, saved, 1);
  // What failed while it was off is not its business.
  assert.deepEqual(
    all.map(({ flow_run_id }) => flow_run_id),
    [later.id],
  );
});

test("should notice what time alone brings: silence, and a run that takes long, which it cancels", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const http = await receiver(t);
  const quiet = await automate(client, {
    name: "quiet",
    trigger: { type: "silence", within: 1 },
    actions: [{ type: "webhook", url: http.url, payload: "{{ reason }}" }],
  });
  assert.deepEqual(client.health.kept_up_by, []);
  assert.deepEqual((await client.request("GET /api/health")).kept_up_by, ['the automation "quiet"']);
  await untilDone(client, quiet, 1);
  assert.equal(JSON.parse(http.heard[0]?.body ?? ""), "no run has been COMPLETED for 1.0s");

  const long = await automate(client, {
    name: "too long",
    trigger: { type: "long-running", than: 1, flows: ["waiting"] },
    actions: [{ type: "cancel-run" }],
  });
  const waits = await here.run(client, "waiting", { until: here.mark("never") });
  const ended = await untilEnded(client, waits.id);
  assert.equal(ended.state_type, "CANCELLED");
  assert.match(ended.state.message ?? "", /Cancelled by the automation "too long"/);
  assert.deepEqual(
    (await untilDone(client, long, 1)).map(({ action, state, flow_run_id }) => [action, state, flow_run_id]),
    [["cancel-run", "delivered", waits.id]],
  );
  // Nobody completed anything: it stays silent about its silence.
  assert.equal((await deliveriesOf(client, quiet)).length, 1);
});
