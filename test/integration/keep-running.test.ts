import assert from "node:assert/strict";
import { test } from "node:test";
import { deploy, deploymentHome } from "../support/deployments.ts";
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
