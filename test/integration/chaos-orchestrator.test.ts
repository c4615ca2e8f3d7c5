import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "../../runtime/client/client.ts";
import { realDisk } from "../../runtime/journal/disk.ts";
import { readLiveEntry } from "../../runtime/journal/live.ts";
import { readRun } from "../../runtime/journal/reading.ts";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { foldRun } from "../../runtime/protocol/fold/index.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import { processState } from "../../runtime/system/process-identity.ts";
import { type TestHome, testHome, until } from "../support/orchestrator.ts";
import { commandFile } from "../support/places.ts";

const tasks = 300;

/** The diary gets a line when a body runs and another when the flow sees it acknowledged, in the order they happen. */
const flowText = `import { appendFileSync } from "node:fs";
import { flow, task, z } from "millrace";
const work = task({ name: "work", async run(diary: string, number: number) {
  appendFileSync(diary, "run " + number + "\\n");
  await new Promise((resolve) => setTimeout(resolve, 10 + (number % 4) * 10));
  return number % 60 === 0 ? "large ".repeat(20_000) : { number };
} });
export const storm = flow({ name: "storm", parameters: z.object({ diary: z.string() }), async run({ diary }) {
  let done = 0;
  for (let round = 0; round < 30; round++) {
    await Promise.all(Array.from({ length: 10 }, async (_, index) => {
      await work(diary, round * 10 + index);
      appendFileSync(diary, "ack " + (round * 10 + index) + "\\n");
      done++;
    }));
  }
  return done;
} });
`;

const victims = ["runner", "orchestrator", "both"] as const;

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** The diary's verdict: every task acknowledged in the end, none of them run after that. */
function checkDiary(diary: string): void {
  const acknowledged = new Set<string>();
  const wrong: string[] = [];
  for (const line of readFileSync(diary, "utf8").trim().split("\n")) {
    const [what = "", number = ""] = line.split(" ");
    if (what === "ack") acknowledged.add(number);
    else if (acknowledged.has(number)) wrong.push(number);
  }
  assert.deepEqual(wrong, [], "acknowledged tasks ran again");
  assert.equal(acknowledged.size, tasks);
}

const acknowledgedSoFar = (diary: string): number =>
  existsSync(diary) ? new Set(readFileSync(diary, "utf8").match(/^ack \d+$/gm)).size : 0;

/** What the journal says is what the index says, and there is nothing wrong with the journal. */
function checkJournal(place: TestHome, run: FlowRun): void {
  const contents = readRun(realDisk, homePaths.run(place.home, run.id));
  assert.deepEqual(contents.problems, []);
  const told = foldRun(run.id, contents.records).flowRun;
  assert.deepEqual(
    [told?.state_name, told?.run_count, told?.task_run_counts],
    [run.state_name, run.run_count, run.task_run_counts],
  );
}

function stateInJournal(place: TestHome, id: string): string | undefined {
  return foldRun(id, readRun(realDisk, homePaths.run(place.home, id)).records).flowRun?.state_type;
}

async function look(client: Client, id: string): Promise<FlowRun> {
  return client.request("GET /api/flow_runs/:id", { params: { id } });
}

test("should lose nothing and repeat nothing when runner, orchestrator or both are killed at any moment", async (t) => {
  const place = testHome(t);
  writeFileSync(place.file, flowText);
  const diary = place.mark("diary");
  let client = await place.start();
  const { id } = await place.run(client, "storm", { diary });
  const kills: string[] = [];
  for (;;) {
    const run = await look(client, id);
    if (run.state_type === "COMPLETED") break;
    if (isTerminal(run.state_type)) {
      assert.equal(run.state_type, "CRASHED");
      // The index says no less than what was acknowledged.
      assert.ok((run.task_run_counts.COMPLETED ?? 0) >= acknowledgedSoFar(diary));
      await client.request("POST /api/flow_runs/:id/resume", { params: { id }, body: { mode: "resume" } });
    }
    if (kills.length >= 16) {
      await until(async () => isTerminal((await look(client, id)).state_type));
      continue;
    }
    await pause(Math.random() * 160);
    const victim = victims[Math.floor(Math.random() * victims.length)];
    const runner = readLiveEntry(realDisk, place.home, id)?.writer;
    if (victim !== "orchestrator" && runner !== undefined && processState(runner) === "alive") kill(runner.pid);
    if (victim !== "runner") {
      kill(client.health.pid);
      client.close();
      client = await place.start();
    }
    kills.push(`${victim} at ${acknowledgedSoFar(diary)}`);
    // Either it goes on, or its end is told.
    await until(async () => {
      const writer = readLiveEntry(realDisk, place.home, id)?.writer;
      const lives = writer !== undefined && processState(writer) === "alive";
      return lives || isTerminal((await look(client, id)).state_type);
    });
  }
  t.diagnostic(kills.join(", "));
  const ended = await look(client, id);
  assert.deepEqual(ended.task_run_counts, { COMPLETED: tasks });
  checkDiary(diary);
  checkJournal(place, ended);

  // The truth outlives the orchestrator that told it, with and without a snapshot.
  kill(client.health.pid);
  client.close();
  client = await place.start();
  assert.deepEqual((await look(client, id)).task_run_counts, { COMPLETED: tasks });
});

test("should lose nothing and repeat nothing when the command is killed that runs a flow without a server", async (t) => {
  const place = testHome(t);
  writeFileSync(place.file, flowText);
  const diary = place.mark("diary");
  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, [commandFile, ...args], {
      env: { ...process.env, MILLRACE_HOME: place.home },
      stdio: ["ignore", "ignore", "inherit"],
    });
  let id: string | undefined;
  let killed = 0;
  for (;;) {
    const child =
      id === undefined
        ? start("run", `${place.file}:storm`, "-p", `diary=${diary}`, "--quiet")
        : start("runs", "resume", id, "--quiet");
    const ended = once(child, "exit");
    if (killed < 10) await Promise.race([pause(100 + Math.random() * 300), ended]);
    if (killed < 10 && child.exitCode === null && child.kill("SIGKILL")) killed++;
    const [code] = await ended;
    id ??= realDisk.exists(homePaths.live(place.home)) ? realDisk.list(homePaths.live(place.home))[0] : undefined;
    // A kill may come when all is done and written, but the process has not ended.
    if (code === 0 || (id !== undefined && stateInJournal(place, id) === "COMPLETED")) break;
    assert.equal(code, null, "a command that was not killed must not fail");
    if (id === undefined) assert.equal(acknowledgedSoFar(diary), 0);
  }
  t.diagnostic(`${killed} kills`);
  assert.ok(killed > 0 && id !== undefined);
  checkDiary(diary);
  const client = await place.start();
  const run = await look(client, id);
  assert.equal(run.state_type, "COMPLETED");
  assert.deepEqual(run.task_run_counts, { COMPLETED: tasks });
  checkJournal(place, run);
});
