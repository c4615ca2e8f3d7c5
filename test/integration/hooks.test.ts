import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { homePaths } from "../../runtime/protocol/home.ts";
import { deploy, deploymentHome, runsOf } from "../support/deployments.ts";
import { isAlive, until, untilEnded } from "../support/orchestrator.ts";

async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const answer: { flow_run_id?: string; code?: string; fields?: { path: string }[] } = JSON.parse(
    await response.text(),
  );
  return { status: response.status, answer };
}

test("should start a deployment with what is posted to its address, once for each event", async (t) => {
  const here = deploymentHome(t);
  let client = await here.start();
  const mark = here.mark("said");
  const deployment = await deploy(client, here.settings("speak", "by hook", { parameters: { mark } }));
  const params = { id: deployment.id };
  const { url } = await client.request("POST /api/deployments/:id/hook", { params, body: {} });
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/hooks\/[\w-]{32}$/);
  const secret = url.split("/").at(-1) ?? "";
  // Of the address only a hash is kept.
  assert.doesNotMatch(readFileSync(homePaths.system(here.home, 1), "utf8"), new RegExp(secret));

  const first = await post(url, { n: 4 }, { "x-github-delivery": "event-1" });
  assert.equal(first.status, 202);
  const ended = await untilEnded(client, first.answer.flow_run_id ?? "");
  assert.deepEqual([ended.state_type, ended.parameters, ended.created_by], ["COMPLETED", { mark, n: 4 }, "webhook"]);
  const again = await post(url, { n: 4 }, { "x-github-delivery": "event-1" });
  assert.deepEqual(again, first);
  assert.equal((await runsOf(client, deployment)).length, 1);

  const bad = await post(url, { n: "four" });
  assert.deepEqual([bad.status, bad.answer.fields?.map(({ path }) => path)], [422, ["n"]]);
  assert.equal((await post(url, "{")).status, 400);
  assert.equal((await post(url, "n=4", { "content-type": "application/x-www-form-urlencoded" })).status, 400);
  assert.equal((await post(url, "[1]")).status, 422);
  assert.equal((await post(url, JSON.stringify("x".repeat(1_100_000)))).status, 413);
  assert.equal((await post(`${url}x`, {})).status, 404);
  assert.equal((await post(url.replace("/hooks/", "/api/health/"), {})).status, 404);
  assert.equal((await fetch(url)).status, 405);
  await client.request("POST /api/deployments/:id/pause", { params });
  assert.equal((await post(url, { n: 5 })).status, 409);
  await client.request("POST /api/deployments/:id/resume", { params });

  await assert.rejects(client.request("POST /api/deployments/:id/hook", { params, body: {} }), {
    code: "conflict",
    message: /--rotate makes another one/,
  });
  const { pid } = client.health;
  process.kill(pid, "SIGKILL");
  await until(() => !isAlive(pid));
  client = await here.start();
  assert.deepEqual(client.health.kept_up_by, ["the hook of speak/by hook"]);
  // Under the same port as before.
  const later = await until(() => post(url, { n: 6 }).catch(() => undefined));
  assert.equal(later.status, 202);

  const body = { rotate: true, map: { n: "push.number" } };
  const rotated = await client.request("POST /api/deployments/:id/hook", { params, body });
  assert.equal((await post(url, { n: 7 })).status, 404);
  const missing = await post(rotated.url, { push: {} });
  assert.deepEqual([missing.status, missing.answer.fields?.map(({ path }) => path)], [422, ["push.number"]]);
  const mapped = await post(rotated.url, { push: { number: 8 }, other: true });
  assert.deepEqual((await untilEnded(client, mapped.answer.flow_run_id ?? "")).parameters, { mark, n: 8 });
  await client.request("DELETE /api/deployments/:id/hook", { params });
  await assert.rejects(post(rotated.url, { push: { number: 9 } }));
});
