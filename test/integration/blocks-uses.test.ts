import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { automate, saveBlock } from "../support/automations.ts";
import { deploy, deploymentHome } from "../support/deployments.ts";
import { commandFile } from "../support/places.ts";

const declared = `{
  "deployments": [
    // By hand.
    {"flow": "speak.ts:speak",   "name": "boxed", "work_pool": "boxes",
     "infrastructure": { "type": "docker", "block": "docker-container/small" }}
  ],
  "automations": [
    { "name": "tell", "trigger": { "type": "state", "states": ["FAILED"] },
      "actions": [{ "type": "slack", "block": "team" }, { "type": "slack", "block": "slack-webhook/team" }] }
  ]
}
`;

test("should name and rename what deployments, pools, automations and files say of a block, and not delete it under them", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const file = path.join(here.folder, "millrace.json");
  writeFileSync(file, declared);
  await saveBlock(client, "docker-container/small", { image: "node:22" });
  await saveBlock(client, "slack-webhook/team", { url: "https://hooks.example.com/x" });
  const infrastructure = { type: "docker", block: "docker-container/small" } as const;
  await client.request("PUT /api/work_pools/:name", {
    params: { name: "boxes" },
    body: { type: "docker", infrastructure },
  });
  const boxed = await deploy(
    client,
    here.settings("speak", "boxed", { work_pool_name: "boxes", infrastructure, declared_in: file }),
  );
  const tell = await automate(client, {
    name: "tell",
    trigger: { type: "state", states: ["FAILED"] },
    actions: [{ type: "slack", block: "team" }],
    declared_in: file,
  });
  const millrace = (...words: readonly string[]) =>
    spawnSync(process.execPath, [commandFile, ...words], {
      cwd: here.folder,
      encoding: "utf8",
      env: { ...process.env, MILLRACE_HOME: here.home },
    });

  const shown = millrace("blocks", "show", "docker-container", "small");
  assert.match(shown.stdout, /used by the deployment speak\/boxed \(infrastructure\.block\)/);
  assert.match(shown.stdout, /used by the work pool boxes/);
  assert.match(millrace("blocks", "show", "slack-webhook/team").stdout, /used by the automation tell \(actions\[0\]/);
  const refused = millrace("blocks", "rm", "docker-container", "small", "-y");
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /is used by the deployment speak\/boxed .* the work pool boxes/);

  const renamed = millrace("blocks", "rename", "docker-container", "small", "tiny");
  assert.equal(renamed.status, 0, renamed.stderr);
  assert.match(renamed.stdout, /the deployment speak\/boxed[\s\S]*millrace\.json is changed/);
  assert.equal(millrace("blocks", "rename", "slack-webhook", "team", "all").status, 0);
  const text = declared
    .replace("docker-container/small", "docker-container/tiny")
    .replace('"block": "team"', '"block": "all"')
    .replace("slack-webhook/team", "slack-webhook/all");
  assert.equal(readFileSync(file, "utf8"), text);

  process.kill(client.health.pid, "SIGKILL");
  const again = await here.start();
  const now = await again.request("GET /api/deployments/:id", { params: { id: boxed.id } });
  assert.deepEqual(now.infrastructure, { type: "docker", block: "docker-container/tiny" });
  assert.equal(now.version, boxed.version);
  const { infrastructure: ofPool } = await again.request("GET /api/work_pools/:name", { params: { name: "boxes" } });
  assert.deepEqual(ofPool, { type: "docker", block: "docker-container/tiny" });
  const { actions } = await again.request("GET /api/automations/:id", { params: { id: tell.id } });
  assert.deepEqual(actions, [{ type: "slack", block: "all" }]);
  assert.equal(millrace("blocks", "rm", "docker-container", "tiny", "-y", "--force").status, 0);
});
