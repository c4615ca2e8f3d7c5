import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import { deploy, deploymentHome, runNow, runsOf } from "../support/deployments.ts";
import { until, untilEnded } from "../support/orchestrator.ts";

const daily = { schedule: { cron: "0 5 * * *", timezone: "Europe/Berlin" } } as const;

test("should deploy once, tell what a change changes, and keep the versions", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const parameters = { mark: here.mark("said") };
  const first = await deploy(client, here.settings("speak", "nightly", { parameters, schedules: [daily] }));
  assert.equal(first.version, 1);
  assert.equal(first.code.type, "snapshot");
  assert.equal(first.schedules[0]?.overlap, "queue");
  assert.equal(new Date(first.next_run ?? "").getUTCMinutes(), 0);

  const again = await client.request("POST /api/deployments", {
    body: here.settings("speak", "nightly", { parameters, schedules: [daily] }),
  });
  assert.equal(again.plan.kind, "unchanged");
  assert.equal(again.deployment?.version, 1);

  const later = { schedule: { ...daily.schedule, cron: "30 6 * * *" } };
  const wanted = here.settings("speak", "nightly", { parameters, schedules: [later], tags: ["taxi"] });
  const planned = await client.request("POST /api/deployments", { body: { ...wanted, dry_run: true } });
  assert.deepEqual(planned.plan.changes, [
    { path: "tags", before: [], after: ["taxi"] },
    { path: "schedules[0].schedule.cron", before: "0 5 * * *", after: "30 6 * * *" },
  ]);
  assert.equal((await client.request("GET /api/deployments")).deployments[0]?.version, 1);
  const second = await deploy(client, wanted);
  assert.deepEqual([second.id, second.version], [first.id, 2]);

  await client.request("POST /api/shutdown", { body: {} });
  const next = await here.start();
  const { versions } = await next.request("GET /api/deployments/:id/versions", { params: { id: first.id } });
  assert.deepEqual(
    versions.map(({ version, tags }) => [version, tags]),
    [
      [2, ["taxi"]],
      [1, []],
    ],
  );
});

test("should go back to an earlier version with its code, as a new one, and say what cannot come back", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const parameters = { mark: here.mark("said") };
  const more = { parameters, schedules: [daily] };
  const first = await deploy(client, here.settings("speak", "nightly", more));
  here.write("second");
  await deploy(client, here.settings("speak", "nightly", { ...more, tags: ["taxi"] }));
  const id = first.id;
  const back = (version: number) =>
    client.request("POST /api/deployments/:id/versions/:version/restore", { params: { id, version: String(version) } });
  await assert.rejects(back(9), { code: "not-found", message: /Version 9 is not kept; there are 1, 2/ });
  await assert.rejects(back(2), { code: "conflict", message: /the one in force/ });
  const third = await back(1);
  assert.deepEqual([third.version, third.tags, third.code], [3, [], first.code]);
  assert.deepEqual(
    third.schedules.map((one) => one.id),
    first.schedules.map((one) => one.id),
  );
  await untilEnded(client, await runNow(client, third));
  assert.deepEqual(here.lines("said"), ["hello first 1"]);
  await client.request("POST /api/shutdown", { body: {} });
  const next = await here.start();
  assert.equal((await next.request("GET /api/deployments/:id", { params: { id } })).version, 3);
});

test("should refuse what the flow or the calendar refuses, field by field, and deploy nothing", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const problemsOf = async (more: Parameters<typeof here.settings>[2]) =>
    (await client.request("POST /api/deployments", { body: here.settings("speak", "bad", more) })).plan.problems;
  const mark = here.mark("said");
  assert.deepEqual(
    (await problemsOf({ parameters: { mark, n: 101 }, schedules: [daily] })).map(({ path: at }) => at),
    ["parameters.n"],
  );
  assert.deepEqual(
    (await problemsOf({ schedules: [{ ...daily, parameters: { n: "x" } }] })).map(({ path: at }) => at).sort(),
    ["parameters.mark", "schedules[0].parameters.n"],
  );
  // Without a schedule what is missing may come with the run.
  assert.deepEqual(await problemsOf({ name: "by hand" }), []);
  const minute = { schedule: { cron: "61 5 * * *", timezone: "Europe/Atlantis" } };
  const [cron, zone] = await problemsOf({ schedules: [minute] });
  assert.match(cron?.message ?? "", /minute: "61" is not one of 0-59/);
  assert.equal(zone?.path, "schedules[0].schedule.timezone");
  await assert.rejects(
    client.request("POST /api/deployments", { body: here.settings("speek", "bad") }),
    (thrown) => thrown instanceof MillraceError && /Did you mean "?speak/.test(thrown.message),
  );
  const { deployments } = await client.request("GET /api/deployments");
  assert.deepEqual(
    deployments.map(({ name }) => name),
    ["by hand"],
  );
  const [byHand] = deployments;
  assert.ok(byHand);
  await assert.rejects(
    runNow(client, byHand, { mark, n: 7.5 }),
    (thrown) => thrown instanceof MillraceError && thrown.fields[0]?.path === "n",
  );
});

test("should run the code that a version pins, whatever becomes of the files, and name their places", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const parameters = { mark: here.mark("said") };
  const pinned = await deploy(client, here.settings("speak", "pinned", { parameters, code: "snapshot" }));
  const copy = await deploy(client, here.settings("speak", "copy", { parameters }));
  assert.deepEqual(copy.code, { type: "working-copy" });
  here.write("second", "goodbye");
  await untilEnded(client, await runNow(client, copy));
  const run = await untilEnded(client, await runNow(client, pinned));
  assert.deepEqual(here.lines("said"), ["goodbye second 1", "hello first 1"]);
  assert.deepEqual(run.deployment_code, pinned.code);
  assert.equal(run.deployment_version, 1);
  const drift = await client.request("GET /api/deployments/:id/drift", { params: { id: pinned.id } });
  assert.deepEqual(
    drift.drift.map(({ kind }) => kind),
    ["code-changed"],
  );

  rmSync(here.flows);
  rmSync(path.join(here.folder, "lib"), { recursive: true });
  const unlucky = await untilEnded(client, await runNow(client, pinned, { n: 13 }));
  assert.equal(here.lines("said").at(-1), "hello first 13");
  assert.equal(unlucky.error?.message, "unlucky");
  assert.deepEqual([unlucky.error?.location?.file, unlucky.error?.location?.line], [here.flows, 6]);
  assert.equal(unlucky.flow_file, here.flows);
  const { items } = await client.request("POST /api/flow_runs/:id/task_runs", { params: { id: unlucky.id }, body: {} });
  assert.equal(items[0]?.task_key, "say");
  const { files } = await client.request("GET /api/flow_runs/:id/sources", { params: { id: unlucky.id } });
  assert.deepEqual(files.map(({ file }) => path.relative(here.folder, file)).sort(), [
    path.join("lib", "word.ts"),
    "speak.ts",
  ]);
  const gone = await client.request("GET /api/deployments/:id/drift", { params: { id: copy.id } });
  assert.equal(gone.drift[0]?.kind, "file-gone");
});

test("should remove a snapshot with the last version that runs it", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const snapshots = path.join(here.home, "snapshots");
  const parameters = { mark: here.mark("said") };
  const one = await deploy(client, here.settings("speak", "one", { parameters, code: "snapshot" }));
  const two = await deploy(client, here.settings("speak", "two", { parameters, code: "snapshot" }));
  assert.equal(readdirSync(snapshots).length, 1);
  await client.request("DELETE /api/deployments/:id", { params: { id: one.id } });
  assert.equal(readdirSync(snapshots).length, 1);
  await client.request("DELETE /api/deployments/:id", { params: { id: two.id } });
  assert.deepEqual(readdirSync(snapshots), []);
  assert.deepEqual((await client.request("GET /api/deployments")).deployments, []);
});

test("should run the commit of a local repository, and say what is not committed", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const git = (...given: string[]) =>
    execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", ...given], {
      cwd: here.folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  git("init", "--quiet");
  writeFileSync(path.join(here.folder, ".gitignore"), "home/\n");
  git("add", "speak.ts", "lib", ".gitignore");
  git("commit", "--quiet", "-m", "first");
  const commit = git("rev-parse", "HEAD");
  here.write("second");
  const parameters = { mark: here.mark("said") };
  const deployed = await deploy(client, here.settings("speak", "git", { parameters, code: { git: here.folder } }));
  assert.ok(deployed.code.type === "git");
  assert.deepEqual([deployed.code.commit, deployed.code.path], [commit, "speak.ts"]);
  const run = await untilEnded(client, await runNow(client, deployed));
  assert.equal(run.state_type, "COMPLETED");
  assert.deepEqual(here.lines("said"), ["hello first 1"]);
  assert.equal(git("status", "--porcelain", "--untracked-files=no"), "M speak.ts");
  await assert.rejects(
    client.request("POST /api/deployments", {
      body: here.settings("speak", "git", { code: { git: here.folder, reference: "nowhere" } }),
    }),
    (thrown) => thrown instanceof MillraceError && thrown.fields[0]?.path === "code.reference",
  );
});

test("should start a run that crashed again, as often as the deployment says", async (t) => {
  const here = deploymentHome(t);
  const client = await here.start();
  const parameters = { mark: here.mark("dies") };
  const once = await deploy(client, here.settings("dies", "once", { parameters, crash_retries: 1 }));
  const id = await runNow(client, once);
  await until(async () => (await runsOf(client, once))[0]?.state_name === "AwaitingRetry");
  writeFileSync(`${here.mark("dies")}.live`, "");
  const ended = await until(async () => {
    const [run] = await runsOf(client, once);
    return run?.state_type === "COMPLETED" ? run : undefined;
  });
  assert.equal(ended.id, id);
  assert.deepEqual(here.lines("dies"), ["xx"]);
  rmSync(`${here.mark("dies")}.live`);
  const lost = await runNow(client, once);
  await until(async () => (await runsOf(client, once))[0]?.state_name === "AwaitingRetry");
  await until(() => here.lines("dies")[0] === "xxxx");
  await until(async () => {
    const [run] = await runsOf(client, once);
    return run?.id === lost && run.state_type === "CRASHED";
  });
  assert.equal(existsSync(`${here.mark("dies")}.live`), false);
});
