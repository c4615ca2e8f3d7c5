import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { receiver } from "../support/receiver.ts";
import { makePlace, type Place } from "./cli-support.ts";

function place(t: TestContext, stop = (made: Place) => made.millrace("orchestrator", "stop")): Place {
  let made: Place | undefined;
  // Before the folder goes away, which the place sees to.
  t.after(() => made && stop(made));
  made = makePlace(t);
  return made;
}

const etl = `import { flow, z } from "millrace";
export const etl = flow({ name: "etl", parameters: z.object({ n: z.number().default(1) }), async run({ n }) { return n; } });
`;

test("should apply what millrace.json declares with a diff, try it out, and forget it when asked", async (t) => {
  const { millrace, write } = place(t);
  const http = await receiver(t);
  write("etl.ts", etl);
  const declare = (message: string, more = "") =>
    write(
      "millrace.json",
      `{
  "deployments": [{ "flow": "etl.ts:etl", "name": "daily" }],
  "automations": [
    // Whoever is on call
    {
      "name": "tell",
      "trigger": { "type": "state", "states": ["COMPLETED"], "deployments": ["etl/daily"] },
      "actions": [{ "type": "webhook", "url": "${http.url}", "payload": { "text": "${message}" } }${more}],
    },
  ],
}`,
    );
  const bad = declare("{{ flow_run.nmae }}");
  const refused = await millrace("deploy");
  assert.equal(refused.code, 2);
  assert.match(refused.err, /actions\[0\]\.payload\.text.*Did you mean "flow_run\.name"/);
  assert.equal((await millrace("deployments", "ls")).out, "");

  declare("x", `, { "type": "slak", "block": "team" }`);
  const unread = await millrace("deploy");
  assert.match(unread.err, new RegExp(`${bad}:8:.*automations\\[0\\]\\.actions\\[1\\]\\.type must be one of "slack"`));

  declare("{{ flow.name }} is done");
  const dry = await millrace("deploy", "--dry-run");
  assert.equal(dry.code, 0, dry.err);
  assert.match(dry.out, /automation tell would be new/);
  const deployed = await millrace("deploy");
  assert.equal(deployed.code, 0, deployed.err);
  assert.match(deployed.out, /etl\/daily is deployed[\s\S]*automation tell is new/);
  assert.match((await millrace("automations", "ls")).out, /\ttell\ton\ta run of etl\/daily in .* is COMPLETED\n/);

  const tried = await millrace("automations", "test", "tell");
  assert.equal(tried.code, 0, tried.err);
  assert.match(tried.out, /delivered .* webhook 127\.0\.0\.1:\d+ \(Test: the run is Completed\)\n {4}answered 200\n/);
  assert.deepEqual(JSON.parse(http.heard[0]?.body ?? ""), { text: "etl is done" });

  const ran = await millrace("deployments", "run", "daily", "--wait");
  assert.equal(ran.code, 0, ran.err);
  for (;;) {
    const listed: { state: string }[] = JSON.parse((await millrace("automations", "deliveries", "tell", "--json")).out);
    if (listed.length === 2 && listed.every(({ state }) => state === "delivered")) break;
  }
  assert.equal(http.heard.length, 2);

  declare("{{ flow.name }} has ended");
  const changed = await millrace("deploy");
  assert.match(changed.out, /automation tell is changed\n {2}actions\n/);
  assert.match((await millrace("automations", "disable", "tell")).out, /tell is off/);
  // What somebody switched off stays off, and an unchanged file says so.
  assert.match((await millrace("deploy")).out, /automation tell stands as it is/);
  assert.match((await millrace("automations", "ls")).out, /\ttell\toff\t/);

  write("millrace.json", `{ "deployments": [{ "flow": "etl.ts:etl", "name": "daily" }] }`);
  assert.match((await millrace("deploy")).err, /automation tell stays: it is no longer declared/);
  assert.match((await millrace("deploy", "--prune")).err, /automation tell is removed/);
  assert.equal((await millrace("automations", "ls")).out, "");
});

test("should make automations and hooks by options, and say what is missing", async (t) => {
  const { millrace, write } = place(t);
  const http = await receiver(t);
  write("etl.ts", etl);
  assert.equal((await millrace("deploy", "etl.ts:etl", "-n", "daily", "-a")).code, 0);
  const nothing = await millrace("automations", "create", "x", "--webhook", http.url);
  assert.equal(nothing.code, 2);
  assert.match(nothing.err, /Say what it waits for/);
  assert.match((await millrace("automations", "create", "x", "--state", "FAILED")).err, /Say what it does/);
  const unknown = await millrace(
    "automations",
    "create",
    "x",
    "--late",
    "5m",
    "--slack",
    "team",
    "--deployment",
    "dayly",
  );
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /no deployment "dayly"[\s\S]*no block slack-webhook\/team/);
  const made = await millrace("automations", "create", "quiet", "--silence", "1d", "--webhook", http.url);
  assert.equal(made.code, 0, made.err);
  const shown = await millrace("automations", "show", "quiet");
  assert.match(shown.out, /when no run is COMPLETED for 1d/);
  assert.match((await millrace("orchestrator", "status")).out, /automation "quiet"/);
  assert.equal((await millrace("automations", "rm", "quiet", "-y")).code, 0);
  assert.match((await millrace("automations", "show", "quiet")).err, /There is none in this home yet/);

  const hook = await millrace("deployments", "hook", "daily", "--map", "n=data.n");
  const answer = await fetch(hook.out.trim(), { method: "POST", body: JSON.stringify({ data: { n: 5 } }) });
  assert.equal(answer.status, 202);
  assert.match((await millrace("deployments", "hook", "daily")).err, /--rotate makes another one/);
  assert.match((await millrace("deployments", "hook", "daily", "--rm")).out, /is removed/);
});

test("should work with the home of a profile, and keep tokens where nobody else reads", async (t) => {
  const elsewhere =
    (at: Place) =>
    (...args: readonly string[]) =>
      at.millraceWith(
        { MILLRACE_HOME: "", MILLRACE_CONFIG: path.join(at.cwd, "configuration"), HOME: at.cwd, USERPROFILE: at.cwd },
        ...args,
      );
  const here = place(t, (at) => elsewhere(at)("orchestrator", "stop", "--home", path.join(at.cwd, "other")));
  const run = elsewhere(here);
  const [configuration, other] = [path.join(here.cwd, "configuration"), path.join(here.cwd, "other")];
  const made = await run("profiles", "create", "client-b", "--folder", other);
  assert.equal(made.code, 0, made.err);
  assert.equal((await run("variables", "set", "city", "Kyiv", "--profile", "client-b")).code, 0);
  assert.ok(existsSync(path.join(other, "published.json")));
  assert.match((await run("variables", "ls")).out, /^$/);
  assert.equal((await run("profiles", "use", "client-b")).code, 0);
  assert.equal((await run("variables", "get", "city")).out, "Kyiv\n");
  assert.match((await run("profiles", "ls")).out, /^\tdefault\t.*\n\*\tclient-b\t/);
  const wrong = await run("variables", "ls", "--profile", "client-c");
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /Did you mean "client-b"/);
  assert.match((await run("variables", "ls", "--profile", "client-b", "--home", other)).err, /say one of them/);
  assert.equal((await run("orchestrator", "stop")).code, 0);
  assert.equal((await run("profiles", "rm", "client-b")).code, 0);
  assert.match((await run("profiles", "show")).out, /^default {2}in use/);
  if (process.platform !== "win32") {
    assert.equal(statSync(path.join(configuration, "profiles.json")).mode & 0o777, 0o600);
  }
});
