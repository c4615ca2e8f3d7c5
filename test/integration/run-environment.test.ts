import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { testHome, untilEnded } from "../support/orchestrator.ts";

const flows = `import { writeFileSync, existsSync } from "node:fs";
import { flow, log, z } from "millrace";
export const tells = flow({ name: "tells", parameters: z.object({ to: z.string() }), async run({ to }) {
  log.info("the token is " + process.env.API_TOKEN);
  const again = existsSync(to);
  writeFileSync(to, String(process.env.REGION));
  if (!again) throw new Error("once more");
} });
`;

test("should give a run, and what resumes it, the variables of a file, and keep its secrets out of the log", async (t) => {
  const home = testHome(t);
  const client = await home.start();
  const file = path.join(home.folder, "tells.ts");
  const variables = path.join(home.folder, ".env");
  writeFileSync(file, flows);
  writeFileSync(variables, "REGION=eu-north\nAPI_TOKEN=very-secret-1\n");
  const environment = { MILLRACE_ENV_FILE: variables };
  const to = home.mark("told");
  const { id } = await client.request("POST /api/flow_runs", { body: { file, parameters: { to }, environment } });
  assert.equal((await untilEnded(client, id)).state_name, "Failed");
  assert.equal(readFileSync(to, "utf8"), "eu-north");
  writeFileSync(variables, "REGION=eu-south\nAPI_TOKEN=very-secret-2\n");
  await client.request("POST /api/flow_runs/:id/resume", { params: { id }, body: { mode: "resume", environment } });
  assert.equal((await untilEnded(client, id)).state_name, "Completed");
  assert.equal(readFileSync(to, "utf8"), "eu-south");
  const { logs } = await client.request("POST /api/flow_runs/:id/logs", { params: { id }, body: {} });
  const lines = logs.map((log) => log.message).filter((message) => message.startsWith("the token"));
  assert.deepEqual(lines, ["the token is ********", "the token is ********"]);
});
