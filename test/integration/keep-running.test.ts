import assert from "node:assert/strict";
import { test } from "node:test";
import { deploy, deploymentHome, everySecond } from "../support/deployments.ts";
import { isAlive, until } from "../support/orchestrator.ts";

// Idle for so long it ends: six seconds, in which a slow machine deploys.
process.env["MILLRACE_IDLE_MINUTES"] = "0.1";

test("should stay up for a schedule that keeps it running, and end when that is paused", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const { pid } = client.health;
  const schedules = [{ schedule: { cron: "@yearly", timezone: "UTC" } }];
  const more = { parameters: { mark: here.mark("said") }, schedules, keep_running: true };
  const deployed = await deploy(client, here.settings("speak", "yearly", more));
  const began = Date.now();
  await until(() => Date.now() - began > 9000);
  assert.equal(isAlive(pid), true);
  const health = await client.request("GET /api/health");
  assert.deepEqual(health.kept_up_by, ["speak/yearly"]);
  assert.equal(health.next_scheduled, deployed.next_run);
  await client.request("POST /api/deployments/:id/pause", { params: { id: deployed.id } });
  await until(() => !isAlive(pid));
});

test("should fire with nobody there, where the deployment says so, and go when there is nothing to fire any more", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const { pid } = client.health;
  const parameters = { mark: here.mark("said") };
  const more = { parameters, schedules: [everySecond(2)], keep_running: true };
  const { id } = await deploy(client, here.settings("speak", "often", more));
  client.close();
  // Nobody is connected for longer than it waits for anybody.
  const began = Date.now();
  await until(() => Date.now() - began > 9000 && here.lines("said").length >= 3);
  assert.equal(isAlive(pid), true);
  const again = await here.start();
  assert.equal(again.health.pid, pid);
  await again.request("DELETE /api/deployments/:id", { params: { id } });
  again.close();
  await until(() => !isAlive(pid));
});
