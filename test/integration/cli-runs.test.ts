/** The life of a run from the command line: run, look at, resume, cancel, move to another home, delete. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { realDisk } from "../../runtime/journal/disk.ts";
import { readOwner, takeOwnership } from "../../runtime/journal/owner.ts";
import { currentWriter } from "../../runtime/system/process-identity.ts";
import { commandFile } from "../support/places.ts";
import { breakable, lastObject, makePlace, type Place } from "./cli-support.ts";

const slow = `
import { currentRun, flow, task } from "millrace";
const wait = task({ name: "wait", async run() {
  console.log("waiting");
  await new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 60_000);
    currentRun().signal.addEventListener("abort", () => { clearTimeout(timer); reject(currentRun().signal.reason); });
  });
} });
export const slow = flow({ name: "slow", async run() { await wait(); } });
`;

async function until(place: Place, state: string): Promise<string> {
  for (;;) {
    const line = (await place.millrace("runs", "ls", "-n", "1")).out;
    const [id = "", found] = line.split("\t");
    if (found === state) return id;
    await wait(50);
  }
}

test("should print plain lines without escape sequences when piped, and a summary", async (t) => {
  const { millrace, write } = makePlace(t);
  write("etl.ts", breakable);
  write("fixed", "");
  const { code, out, err } = await millrace("run", "etl.ts", "-p", "year=2022", "--name", "nightly");
  assert.equal(code, 0);
  assert.equal(err, "");
  assert.ok(!out.includes("\u001b"), out);
  const lines = out.split("\n").map((line) => line.replace(/^\d\d:\d\d:\d\d /, "").replace(/\d+ms/, "…"));
  assert.deepEqual(lines.slice(0, 6), [
    "running   etl-parent nightly",
    "info      extract-0: extracting n=2022",
    "completed extract-0  …",
    "completed clean-0  …",
    "warn      load-0: loaded late",
    "completed load-0  …",
  ]);
  assert.match(out, /\netl-parent nightly completed in \d+ms\n {2}3 tasks: 3 completed\n {2}result 2022\n/);
});

test("should exit 1 for a failed run and point at the line, then resume without running what completed", async (t) => {
  const { millrace, write } = makePlace(t);
  const file = write("etl.ts", breakable);
  const failed = await millrace("run", "etl.ts");
  assert.equal(failed.code, 1);
  assert.match(failed.out, /task clean-0\n {2}TypeError: row 7 has no date\n {4}at etl\.ts:\d+:\d+\n/);
  assert.match(failed.out, /millrace runs resume [0-9a-f]{8}/);
  const plan = await millrace("runs", "resume", (await millrace("runs", "ls")).out.split("\t")[3] ?? "", "--plan");
  assert.equal(plan.code, 0, plan.err);
  assert.match(plan.out, /keep 1 task\n.*extract-0/);
  assert.match(plan.out, /clean-0 +it failed/);
  write("fixed", "");
  writeFileSync(file, `${breakable}\n// changed\n`);
  const id = (await millrace("runs", "ls")).out.split("\t")[0] ?? "";
  const resumed = await millrace("runs", "resume", id.slice(-8));
  assert.equal(resumed.code, 0, resumed.out);
  assert.doesNotMatch(resumed.out, /extracting/);
  assert.match(resumed.out, /2 tasks: 2 completed, 1 kept/);
  assert.match(resumed.err, /etl\.ts has changed since the run/);
  const again = await millrace("runs", "resume", id);
  assert.equal(again.code, 1);
  assert.match(again.err, /has completed; there is nothing to resume/);
  const shown = await millrace("runs", "show", id);
  assert.match(shown.out, /ok +extract-0 +kept/);
  assert.match(shown.out, /Executed +2 times/);
  assert.equal((await millrace("runs", "retry", id, "--quiet")).code, 0);
});

test("should say that the file of a run is gone", async (t) => {
  const { millrace, write, cwd } = makePlace(t);
  write("etl.ts", breakable);
  await millrace("run", "etl.ts");
  spawnSync(process.execPath, ["-e", `require("fs").renameSync("etl.ts", "moved.ts")`], { cwd });
  const id = (await millrace("runs", "ls")).out.split("\t")[0] ?? "";
  const { code, err } = await millrace("runs", "resume", id);
  assert.equal(code, 2);
  assert.match(err, /etl\.ts is gone, and .* ran from it/);
});

test("should print records and a summary as JSON lines", async (t) => {
  const { millrace, write } = makePlace(t);
  write("etl.ts", breakable);
  const { code, out } = await millrace("run", "etl.ts", "--json");
  assert.equal(code, 1);
  const records = out
    .trim()
    .split("\n")
    .map((line): { kind?: string } => JSON.parse(line));
  assert.ok(records.some(({ kind }) => kind === "task-run"));
  assert.ok(records.some(({ kind }) => kind === "log"));
  const summary = lastObject(out);
  assert.equal(summary["kind"], "summary");
  assert.equal(summary["exit_code"], 1);
  assert.equal(summary["flow_name"], "etl-parent");
});

test("should cancel a run from another terminal, which exits 3", { timeout: 60_000 }, async (t) => {
  const place = makePlace(t);
  place.write("slow.ts", slow);
  const running = place.millrace("run", "slow.ts");
  const id = await until(place, "Running");
  const cancelled = await place.millrace("runs", "cancel", id.slice(0, 18), "--reason", "not today");
  assert.equal(cancelled.code, 0, cancelled.err);
  const ended = await running;
  assert.equal(ended.code, 3);
  assert.match(ended.out, /cancelled in/);
  assert.match(ended.out, /not today/);
  assert.equal((await place.millrace("runs", "cancel", id)).code, 1);
});

test("should exit 3 after an interrupt, with the task cancelled", {
  skip: process.platform === "win32" && "no SIGINT there",
  timeout: 60_000,
}, async (t) => {
  const place = makePlace(t);
  place.write("slow.ts", slow);
  const child = place.start("run", "slow.ts");
  let out = "";
  let interrupted = false;
  child.stdout?.on("data", (text) => {
    out += String(text);
    // Once: a further one would end it at once.
    if (!interrupted && out.includes("waiting")) interrupted = child.kill("SIGINT");
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(code, 3);
  assert.match(out, /cancelled wait-0/);
});

test("should show a run as crashed whose process was killed, without an orchestrator, and refuse to delete a live one", {
  timeout: 60_000,
}, async (t) => {
  const place = makePlace(t);
  place.write("slow.ts", slow);
  const child = place.start("run", "slow.ts");
  const id = await until(place, "Running");
  const refused = await place.millrace("runs", "rm", id, "--yes");
  assert.equal(refused.code, 1);
  assert.match(refused.err, /still going on; nothing was deleted/);
  child.kill("SIGKILL");
  await new Promise((resolve) => child.on("close", resolve));
  assert.equal(await until(place, "Crashed"), id);
  assert.equal((await place.millrace("runs", "rm", id, "--yes")).code, 0);
  assert.equal((await place.millrace("runs", "ls")).out, "");
});

test("should print logs by task and level", async (t) => {
  const { millrace, write } = makePlace(t);
  write("etl.ts", breakable);
  write("fixed", "");
  await millrace("run", "etl.ts", "--quiet");
  assert.match(
    (await millrace("runs", "logs")).out,
    /info +extract-0: extracting n=1|info +extract-0: extracting n=2021/,
  );
  assert.match((await millrace("runs", "logs", "--level", "warn")).out, /^\S+ warn +load-0: loaded late\n$/);
  assert.match((await millrace("runs", "logs", "--task", "extract", "--json")).out, /"message":"extracting"/);
  const unknown = await millrace("runs", "logs", "--task", "extrakt");
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /no task "extrakt"\. Did you mean "extract"/);
});

test("should move a run to another home in one file", async (t) => {
  const here = makePlace(t);
  const there = makePlace(t);
  here.write("etl.ts", breakable);
  await here.millrace("run", "etl.ts", "--name", "moving");
  const file = path.join(here.cwd, "run.millrace");
  assert.equal((await here.millrace("runs", "export", "moving", "-o", file)).code, 0);
  assert.equal((await here.millrace("runs", "export", "moving", "-o", file)).code, 2);
  assert.equal((await there.millrace("runs", "import", file)).code, 0);
  assert.match((await there.millrace("runs", "show", "moving")).out, /row 7 has no date/);
  const bad = await there.millrace("runs", "import", path.join(here.cwd, "etl.ts"));
  assert.equal(bad.code, 2);
});

test("should show the same list with and without an orchestrator", { timeout: 60_000 }, async (t) => {
  const { millrace, write } = makePlace(t);
  write("etl.ts", breakable);
  await millrace("run", "etl.ts");
  write("fixed", "");
  await millrace("run", "etl.ts");
  const without = await millrace("runs", "ls", "--json");
  assert.equal((await millrace("orchestrator", "start")).code, 0);
  t.after(() => spawnSync(process.execPath, [commandFile, "orchestrator", "stop"]));
  const seen = await millrace("runs", "ls", "--json");
  assert.equal((await millrace("orchestrator", "stop")).code, 0);
  assert.deepEqual(JSON.parse(seen.out), JSON.parse(without.out));
});

test("should list flows with what one types to run them, and what could not be loaded", async (t) => {
  const { millrace, write } = makePlace(t);
  write("flows/etl.ts", breakable);
  write("bad.ts", 'import { flow } from "millrace";\nexport const f = flow({ ;\n');
  const { code, out, err } = await millrace("flows");
  assert.equal(code, 1);
  assert.equal(out, `etl-parent\t${path.join("flows", "etl.ts")}:etl\n`);
  assert.match(err, /not loaded: .*bad\.ts:2:\d+/);
});

test("should run again in a fresh process when a source changes", {
  skip: process.platform === "win32" && "no SIGINT there",
  timeout: 60_000,
}, async (t) => {
  const place = makePlace(t);
  place.write("dep.ts", 'export const text = "first";\n');
  place.write(
    "w.ts",
    'import { flow } from "millrace";\nimport { text } from "./dep.ts";\nexport const w = flow({ async run() { return text; } });\n',
  );
  const child = place.start("run", "w.ts", "--watch");
  let out = "";
  let watching = 0;
  const steps = ["export const text = ;\n", 'export const text = "third";\n'];
  child.stdout?.on("data", (text) => {
    out += String(text);
  });
  let errors = "";
  child.stderr?.on("data", (text) => {
    errors += String(text);
    const seen = errors.split("Watching ").length - 1;
    while (watching < seen) {
      const next = steps[watching++];
      if (next === undefined) child.kill("SIGINT");
      else place.write("dep.ts", next);
    }
  });
  assert.equal(await new Promise((resolve) => child.on("close", resolve)), 0);
  assert.match(out, /result 'first'[\s\S]*result 'third'/);
  assert.match(errors, /dep\.ts:1:21/);
});

test("should finish a run whose reader has gone away", { timeout: 60_000 }, async (t) => {
  const place = makePlace(t);
  place.write("etl.ts", `${breakable}\nawait new Promise((resolve) => setTimeout(resolve, 300));\n`);
  place.write("fixed", "");
  const child = place.start("run", "etl.ts");
  child.stdout?.destroy();
  assert.equal(await new Promise((resolve) => child.on("close", resolve)), 0);
  assert.match((await place.millrace("runs", "ls")).out, /\tCompleted\t/);
});

test("should fail a run that waits for what can never come, and tell so at once", { timeout: 60_000 }, async (t) => {
  const { millrace, write } = makePlace(t);
  write(
    "never.ts",
    'import { flow } from "millrace";\nexport const f = flow({ async run() { await new Promise(() => {}); } });\n',
  );
  const { code, out, err } = await millrace("run", "never.ts");
  assert.equal(code, 1, out + err);
  assert.match(out, /failed in [\s\S]*can never come/);
  const id = (await millrace("runs", "ls")).out.split("\t")[0] ?? "";
  assert.match((await millrace("runs", "show", id)).out, /Failed[\s\S]*can never come/);
});

test("should neither stop at SIGHUP nor say so when it was started with nohup", {
  skip: process.platform !== "linux",
  timeout: 60_000,
}, async (t) => {
  const { write, cwd, home } = makePlace(t);
  const go = path.join(cwd, "go");
  write(
    "f.ts",
    `import { existsSync } from "node:fs";\nimport { flow, sleep } from "millrace";\nexport const f = flow({ async run() { console.log("begun"); while (!existsSync(${JSON.stringify(go)})) await sleep(20); } });\n`,
  );
  const script = `trap "" HUP; exec "${process.execPath}" "${commandFile}" run f.ts`;
  const child = spawn("sh", ["-c", script], {
    cwd,
    env: { ...process.env, MILLRACE_HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const begun = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("begun")) begun.resolve();
    });
  }
  await begun.promise;
  child.kill("SIGHUP");
  await wait(200);
  writeFileSync(go, "");
  assert.equal(await new Promise((resolve) => child.on("close", resolve)), 0, said);
  assert.doesNotMatch(said, /Cancelling/);
});

test("should rebuild the index only while nobody else has the home", { timeout: 60_000 }, async (t) => {
  const { millrace, write, home } = makePlace(t);
  write("etl.ts", breakable);
  write("fixed", "");
  await millrace("run", "etl.ts");
  const identity = currentWriter("0.1.0");
  const socket = path.join(home, "nobody");
  const socketProbe = async () => "gone" as const;
  const ownership = await takeOwnership(realDisk, home, identity, { socket, token: "t", socketProbe });
  const refused = await millrace("db", "rebuild");
  assert.equal(refused.code, 1, refused.out);
  assert.match(refused.err, /does not answer/);
  ownership.release();
  const done = await millrace("db", "rebuild");
  assert.match(done.out, /made of 0 runs, .*The newest 1 is added whenever it is opened/);
  assert.equal(readOwner(realDisk, home)?.epoch, ownership.epoch + 1);
  assert.equal(readOwner(realDisk, home)?.released, true);
});

test("should not take the other items of a map for changed inputs when a failed item runs again", async (t) => {
  const { millrace, write } = makePlace(t);
  write(
    "map.ts",
    'import { existsSync } from "node:fs";\nimport { flow, task } from "millrace";\nconst square = task({ name: "square", async run(n: number) { if (n === 2 && !existsSync("fixed")) throw new Error("no"); return n * n; } });\nexport const f = flow({ async run() { return square.map([1, 2, 3, 4], { concurrency: 2 }); } });\n',
  );
  assert.equal((await millrace("run", "map.ts")).code, 1);
  write("fixed", "");
  const id = (await millrace("runs", "ls")).out.split("\t")[0] ?? "";
  const { code, out } = await millrace("runs", "resume", id);
  assert.equal(code, 0, out);
  assert.match(out, /1 task: 1 completed, 3 kept/);
  assert.doesNotMatch(out, /runs again although/);
});

test("should not call the entries of runs that have ended litter, only those of runs that died", async (t) => {
  const place = makePlace(t);
  place.write("etl.ts", breakable);
  place.write("fixed", "");
  place.write("slow.ts", slow);
  await place.millrace("run", "etl.ts");
  assert.match((await place.millrace("doctor")).out, /Live entries +no run is going on/);
  const child = place.start("run", "slow.ts");
  child.stdout?.setEncoding("utf8");
  for await (const text of child.stdout ?? []) if (String(text).includes("waiting")) break;
  child.kill("SIGKILL");
  await new Promise((resolve) => child.on("exit", resolve));
  assert.match((await place.millrace("doctor")).out, /Live entries +1 of runs whose process is gone/);
});

test("should say in the line of a failed attempt what lies behind an error that says nothing", async (t) => {
  const { millrace, write } = makePlace(t);
  write(
    "behind.ts",
    'import { flow, task } from "millrace";\nconst get = task({ name: "get", retries: 1, async run() { throw new TypeError("fetch failed", { cause: new Error("getaddrinfo ENOTFOUND nowhere") }); } });\nexport const f = flow({ async run() { await get(); } });\n',
  );
  const { out } = await millrace("run", "behind.ts");
  assert.match(out, /"get-0" failed: fetch failed \(getaddrinfo ENOTFOUND nowhere\) - retry 1 of 1/);
  assert.match(out, /failed +get-0 +TypeError: fetch failed \(getaddrinfo ENOTFOUND nowhere\)/);
});

test("should say how a paused run is answered", { timeout: 60_000 }, async (t) => {
  const place = makePlace(t);
  place.write(
    "ask.ts",
    'import { flow, pause, z } from "millrace";\nexport const ask = flow({ async run() { const { ok } = await pause({ key: "approve", schema: z.object({ ok: z.boolean() }) }); return ok; } });\n',
  );
  const child = place.start("run", "ask.ts");
  const ended = new Promise((resolve) => child.on("close", resolve));
  child.stdout?.resume();
  let said = "";
  child.stderr?.setEncoding("utf8");
  for await (const text of child.stderr ?? []) {
    said += String(text);
    if (said.includes("…")) break;
  }
  const hint = /millrace (runs continue [0-9a-f]{8} --key approve --value) '\{"ok": …\}'/.exec(said)?.[1];
  assert.ok(hint, said);
  const answered = await place.millrace(...hint.split(" "), '{"ok": true}');
  assert.equal(answered.code, 0, answered.err);
  assert.equal(await ended, 0);
  await place.millrace("orchestrator", "stop");
});
