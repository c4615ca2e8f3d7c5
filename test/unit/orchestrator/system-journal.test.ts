import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { realDisk } from "../../../runtime/journal/disk.ts";
import { takeHome } from "../../../runtime/orchestrator/ownership.ts";
import { openSystemJournal } from "../../../runtime/orchestrator/system/journal.ts";
import { homePaths } from "../../../runtime/protocol/home.ts";
import { currentWriter } from "../../../runtime/system/process-identity.ts";
import { temporaryFolder } from "../../support/places.ts";
import { simulatedDisk } from "../../support/simulated-disk.ts";
import { deployment, schedule } from "../deployments/world.ts";

const identity = currentWriter("test");
const open = (home: string, epoch: number) => openSystemJournal({ disk: realDisk, home, epoch, identity });
const variable = (name: string, value: unknown) =>
  ({ kind: "variable", variable: { name, value, tags: [], updated: "2026-01-01T00:00:00.000Z" } }) as const;

test("should begin an epoch with all that the one before said, and take that one away", async (t) => {
  const home = temporaryFolder(t);
  const first = await open(home, 1);
  await first.commit(variable("a", 1));
  await first.commit(variable("b", 2));
  await first.commit({ kind: "variable-removed", name: "a" });
  await first.commit({ kind: "limit", limit: { name: "tag:x", limit: 3, active: true } });
  await first.close();
  const second = await open(home, 2);
  assert.deepEqual([...second.facts.variables.keys()], ["b"]);
  assert.equal(second.facts.limits.get("tag:x")?.limit, 3);
  await second.close();
  assert.deepEqual(readdirSync(home), ["system.2.ndjson"]);
});

test("should pass over an epoch that never came into force", async (t) => {
  const home = temporaryFolder(t);
  const first = await open(home, 1);
  await first.commit(variable("a", 1));
  await first.close();
  const whole = readFileSync(homePaths.system(home, 1));
  writeFileSync(homePaths.system(home, 2), whole.subarray(0, 60));
  const third = await open(home, 3);
  assert.deepEqual([...third.facts.variables.keys()], ["a"]);
  await third.close();
});

test("should lose nothing that was acknowledged when the end of the file is torn", async (t) => {
  const home = temporaryFolder(t);
  const first = await open(home, 1);
  await first.commit(variable("a", 1));
  await first.close();
  appendFileSync(homePaths.system(home, 1), '{"crc":"00000000","batch":9,"se');
  const second = await open(home, 2);
  assert.deepEqual([...second.facts.variables.keys()], ["a"]);
  await second.close();
});

test("should say where a file is damaged instead of going on without what stood there", async (t) => {
  const home = temporaryFolder(t);
  const first = await open(home, 1);
  for (const name of ["a", "b", "c"]) await first.commit(variable(name, 1));
  await first.close();
  const file = homePaths.system(home, 1);
  const bytes = readFileSync(file);
  const at = bytes.indexOf('"name":"b"');
  bytes[at + 9] = 0x7a;
  truncateSync(file);
  writeFileSync(file, bytes);
  await assert.rejects(open(home, 2), { code: "journal-corrupt" });
});

test("should acknowledge nothing after another orchestrator took the home", async (t) => {
  const home = temporaryFolder(t);
  const first = await open(home, 1);
  let told: Error | undefined;
  first.onFailed((error) => {
    told = error;
  });
  writeFileSync(homePaths.owner(home, 2), "");
  await assert.rejects(first.commit(variable("a", 1)), { code: "journal-lost" });
  assert.equal(first.facts.variables.size, 0);
  assert.ok(told);
});

test("should lose nothing that was acknowledged when the machine goes down, whatever epoch it was said in", async () => {
  const home = "/home";
  for (let seed = 0; seed < 30; seed++) {
    const disk = simulatedDisk();
    disk.makeFolder(home);
    await disk.syncFolder("/");
    const first = await openSystemJournal({ disk, home, epoch: 1, identity });
    await first.commit(variable("a", 1));
    const afterFirst = await openSystemJournal({ disk: disk.crash(seed), home, epoch: 2, identity });
    assert.deepEqual([...afterFirst.facts.variables.keys()], ["a"]);
    const second = await openSystemJournal({ disk, home, epoch: 2, identity });
    await second.commit(variable("b", 1));
    const afterSecond = await openSystemJournal({ disk: disk.crash(seed), home, epoch: 3, identity });
    assert.deepEqual([...afterSecond.facts.variables.keys()], ["a", "b"]);
  }
});

test("should say what is full and what to do when it cannot be written, or the home cannot be taken", async () => {
  const disk = simulatedDisk();
  disk.makeFolder("/home");
  const journal = await openSystemJournal({ disk, home: "/home", epoch: 1, identity });
  disk.freeSpace = 0;
  await assert.rejects(journal.commit(variable("a", "x".repeat(2_000_000))), {
    code: "journal-failed",
    message: /system journal of \/home.*the disk is full; free some space, then try again/,
  });
  const taken = takeHome({ disk, home: "/home", identity, socket: "/none", token: "", force: false });
  await assert.rejects(taken, { code: "home-unusable", message: /the disk is full/ });
});

test("should keep equal parts of many deployments once", async (t) => {
  const home = temporaryFolder(t);
  const first = await open(home, 1);
  for (const id of ["a", "b"]) {
    const own = deployment(id, [{ ...schedule({ cron: "0 5 * * *", timezone: "UTC" }), id: `schedule-of-${id}` }]);
    await first.commit({ kind: "deployment", deployment: { ...own, parameter_openapi_schema: { type: "object" } } });
    await first.commit({ kind: "schedule-handled", schedule_id: `schedule-of-${id}`, until: 5 });
  }
  const before = structuredClone(first.facts);
  await first.close();
  const second = await open(home, 2);
  assert.deepEqual(second.facts, before);
  const [a, b] = [...second.facts.deployments.values()].map((versions) => versions[0]);
  assert.ok(a !== undefined && b !== undefined);
  assert.equal(a.parameter_openapi_schema, b.parameter_openapi_schema);
  assert.equal(a.infrastructure, b.infrastructure);
  assert.equal(a.schedules[0]?.schedule, b.schedules[0]?.schedule);
  await second.close();
});
