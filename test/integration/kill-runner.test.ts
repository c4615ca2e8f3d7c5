import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { realDisk } from "../../runtime/journal/disk.ts";
import { readRun } from "../../runtime/journal/reading.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import { type Bundle, bundleDriver } from "../support/bundle.ts";
import { temporaryFolder } from "../support/places.ts";

const tasks = 300;

interface Execution {
  readonly code: number | null;
  readonly said: { readonly state?: string; readonly result?: unknown; readonly refused?: string } | undefined;
}

/** @param gate a file without which it does not come to its end */
function start(bundle: Bundle, home: string, runId: string, mode: string, diary: string, gate?: string) {
  const child = spawn(
    process.execPath,
    [bundle.driver, home, runId, mode, diary, ...(gate === undefined ? [] : [gate])],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended: Promise<Execution> = once(child, "close").then(([code]) => ({
    code,
    said: text === "" ? undefined : JSON.parse(text),
  }));
  return { child, ended };
}

/**
 * Resolves at a random moment: while the process starts, or when its diary has grown by up to `most` bytes. By what
 * is done and not by the clock, because a quick machine would be through before a kill.
 */
async function someMoment(diary: string, most: number, isOver: () => boolean): Promise<void> {
  if (Math.random() < 0.25) return pause(20 + Math.random() * 60);
  const size = () => (existsSync(diary) ? statSync(diary).size : 0);
  const enough = size() + Math.random() * most;
  while (size() < enough && !isOver()) await pause(1);
}

/** Executes the run, killing it at random moments up to `kills` times, until it completes. */
async function runThroughKills(bundle: Bundle, home: string, kills: number, most: number) {
  let runId = newId();
  let mode = "start";
  const diary = path.join(home, `diary-${runId}`);
  let killed = 0;
  for (let execution = 0; ; execution++) {
    // The first is always killed, however late this process looks at how far it is.
    const gate = execution === 0 ? `${diary}.never` : undefined;
    const { child, ended } = start(bundle, home, runId, mode, diary, gate);
    if (execution < kills) {
      await Promise.race([someMoment(diary, most, () => child.exitCode !== null), ended]);
      if (child.exitCode === null && child.kill("SIGKILL")) killed++;
    }
    const { code, said } = await ended;
    // A kill may come when all is done and said, but the process has not ended.
    if (code === 0 || said?.state === "Completed") return { runId, diary, killed, said };
    if (said?.refused === "not-found" || !existsSync(homePaths.run(home, runId))) {
      // Killed before the journal began: there is no run yet, and nothing was acknowledged.
      assert.equal(existsSync(diary), false);
      runId = newId();
      mode = "start";
      continue;
    }
    assert.equal(said, undefined, `execution ${execution} ended with ${JSON.stringify(said)}`);
    mode = "resume";
  }
}

/** Numbers of the tasks whose body ran although the flow had seen them acknowledged before. */
function ranAfterAcknowledgement(diary: string): readonly string[] {
  const acknowledged = new Set<string>();
  const wrong: string[] = [];
  for (const line of readFileSync(diary, "utf8").trim().split("\n")) {
    const [what = "", number = ""] = line.split(" ");
    if (what === "ack") acknowledged.add(number);
    else if (acknowledged.has(number)) wrong.push(number);
  }
  assert.equal(acknowledged.size, tasks);
  return wrong;
}

describe("a runner that is killed", { timeout: 120_000 }, () => {
  let bundle: Bundle;
  before(async () => {
    bundle = await bundleDriver("chaos-driver.ts");
  });
  after(() => bundle.remove());

  for (const [kills, most] of [
    [12, 500],
    [6, 1500],
  ] as const) {
    it(`should lose no acknowledged task and run none again (up to ${kills} kills, each within ${most} bytes of diary)`, async (test) => {
      const home = temporaryFolder(test);
      const { runId, diary, killed, said } = await runThroughKills(bundle, home, kills, most);
      test.diagnostic(`${killed} kills`);
      assert.ok(killed > 0);
      assert.deepEqual(said, { state: "Completed", result: tasks });
      assert.deepEqual(ranAfterAcknowledgement(diary), []);
      const contents = readRun(realDisk, homePaths.run(home, runId));
      assert.deepEqual(contents.problems, []);
    });
  }

  it("should let one of two resumes at the same time go on and refuse the other", async (test) => {
    const home = temporaryFolder(test);
    const runId = newId();
    const diary = path.join(home, "diary");
    const first = start(bundle, home, runId, "start", diary);
    while (!existsSync(diary)) await pause(5);
    first.child.kill("SIGKILL");
    await first.ended;

    // The one that goes on must not be through before the others have begun.
    const gate = path.join(home, "gate");
    let refusals = 0;
    const resumed = await Promise.all(
      [1, 2, 3].map(async () => {
        const end = await start(bundle, home, runId, "resume", diary, gate).ended;
        if (end.said?.refused !== undefined && ++refusals === 2) writeFileSync(gate, "");
        return end;
      }),
    );
    const completed = resumed.filter(({ code }) => code === 0);
    const refused = resumed.filter(({ said }) => said?.refused === "conflict");
    assert.equal(completed.length, 1);
    assert.equal(refused.length, 2);
    assert.deepEqual(ranAfterAcknowledgement(diary), []);
  });
});
