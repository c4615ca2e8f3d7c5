import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { connect, connectOrStart } from "../../runtime/client/connect.ts";
import { findOwner } from "../../runtime/client/owner.ts";
import type { LiveEvent } from "../../runtime/protocol/api.ts";
import { freePort } from "../support/cut-line.ts";
import { deploy, deploymentHome } from "../support/deployments.ts";
import { until, untilEnded } from "../support/orchestrator.ts";
import { commandFile } from "../support/places.ts";

test("should work with an orchestrator elsewhere by the token of its profile", async (t) => {
  const here = deploymentHome(t);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const own = await connectOrStart(here.home, { listen: `127.0.0.1:${port}` });
  t.after(() => own.close());
  const configuration = path.join(here.folder, "configuration");
  process.env["MILLRACE_CONFIG"] = configuration;
  t.after(() => delete process.env["MILLRACE_CONFIG"]);
  const run = (input: string, ...args: readonly string[]) =>
    spawnSync(process.execPath, [commandFile, ...args], {
      input,
      cwd: here.folder,
      encoding: "utf8",
      env: { ...process.env, MILLRACE_HOME: "", MILLRACE_PROFILE: "" },
    });
  assert.match(run("", "profiles", "create", "build", "--url", url).stderr, /The token is missing/);
  const token = findOwner(here.home)?.token ?? "";
  const made = run(`${token}\n`, "profiles", "create", "build", "--url", url, "--use");
  assert.equal(made.status, 0, made.stderr);
  assert.doesNotMatch(readFileSync(path.join(configuration, "profiles.json"), "utf8"), new RegExp(token));
  if (process.platform !== "win32") {
    assert.equal(statSync(path.join(configuration, "tokens.json")).mode & 0o777, 0o600);
  }

  assert.equal(run("", "variables", "set", "city", "Kyiv").status, 0);
  assert.deepEqual(
    (await own.request("GET /api/variables")).variables.map(({ name }) => name),
    ["city"],
  );
  const local = run("", "run", here.flows);
  assert.equal(local.status, 2);
  assert.match(local.stderr, /works with a home on this machine, and the profile is the orchestrator at http/);

  const parameters = { mark: here.mark("said") };
  const deployment = await deploy(own, here.settings("speak", "far", { parameters }));
  const far = await connect(url);
  assert.ok(far !== undefined);
  t.after(() => far.close());
  const heard: LiveEvent[] = [];
  await far.subscribe({ onEvent: (event) => void heard.push(event) }).connected;
  // The address of a hook is good at this door too.
  const hook = await far.request("POST /api/deployments/:id/hook", { params: { id: deployment.id }, body: {} });
  const answer = await fetch(`${url}/hooks/${hook.url.split("/").at(-1)}`, { method: "POST", body: '{"n":3}' });
  const { flow_run_id: id }: { flow_run_id: string } = JSON.parse(await answer.text());
  assert.equal((await untilEnded(own, id)).state_type, "COMPLETED");
  const { name } = await own.request("GET /api/flow_runs/:id", { params: { id } });
  for (const typed of [[], [id.slice(-8)], [name]]) assert.match(run("", "runs", "show", ...typed).stdout, RegExp(id));
  assert.match(run("", "runs", "ls").stdout, RegExp(name));
  assert.equal(JSON.parse(run("", "runs", "show", id, "--json").stdout).task_runs.length, 1);
  assert.match(run("", "runs", "show", "nobody").stderr, /no run "nobody" among the newest/);
  assert.match(run("", "deployments", "run", "speak/far", "--watch", "-p", "n=13").stderr, /unlucky/);
  const [failed] = JSON.parse(run("", "runs", "ls", "--json", "-n", "1").stdout);
  const again = run("", "runs", "resume", failed.name);
  assert.equal(again.status, 1, again.stderr);
  assert.match(again.stdout, /Failed: Error: unlucky/);
  assert.equal(run("", "runs", "retry", failed.name).status, 1);
  assert.match(run("", "runs", "resume", failed.name, "--plan").stdout, /say/);
  const waiting = await here.run(own, "stubborn", { mark: here.mark("pid") });
  await until(() => /holding on/.test(run("", "runs", "logs", waiting.id, "--task", "ignores").stdout));
  assert.equal(run("", "runs", "logs", waiting.id, "--level", "error").stdout, "");
  assert.match(run("", "runs", "cancel", waiting.id, "--grace", "100ms").stdout, /is cancelled/);
  assert.equal(run("", "runs", "rm", waiting.id, "-y").status, 0);
  for (const words of ["deployments ls", "pools ls", "automations ls", "blocks ls", "blocks types", "backfill ls"]) {
    const { status, stderr } = run("", ...words.split(" "));
    assert.equal(status, 0, `${words}: ${stderr}`);
  }
  const completed = run("", "__complete", "--", "deployments", "run", "sp").stdout;
  assert.equal(completed, "speak/far\n:none\n");
  assert.match(run("", "__complete", "--open", "--", "runs", "show").stdout, new RegExp(`^${failed.name}\t`, "m"));
  assert.match(run("", "blocks", "save", "secret", "x").stderr, /works with a home on this machine/);
  await until(() => heard.some((event) => event.type === "flow-run" && event.flow_run.id === id));

  await own.request("POST /api/shutdown", { body: {} });
  await until(() => findOwner(here.home) === undefined);
  const gone = run("", "variables", "ls");
  assert.match(gone.stderr, /The orchestrator at http.* does not answer/);
  assert.equal(run("", "profiles", "rm", "build").status, 0);
  assert.throws(() => statSync(path.join(configuration, "tokens.json")));
});
