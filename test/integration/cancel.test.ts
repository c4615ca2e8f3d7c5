import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { realDisk } from "../../runtime/journal/disk.ts";
import { readLiveEntry } from "../../runtime/journal/live.ts";
import { readRun } from "../../runtime/journal/reading.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import type { State } from "../../runtime/protocol/states.ts";
import { connectLocal } from "../../runtime/system/local-socket.ts";
import { type Bundle, bundleDriver } from "../support/bundle.ts";
import { temporaryFolder } from "../support/places.ts";

let bundle: Bundle;

async function startFlow(test: TestContext, what: string) {
  const home = temporaryFolder(test);
  const runId = newId();
  const child = spawn(process.execPath, [bundle.driver, home, runId, what], { stdio: ["ignore", "pipe", "pipe"] });
  test.after(() => child.kill("SIGKILL"));
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  // "close" comes when nobody holds the output any more: the children of the runner are gone as well.
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, output, errors }));
  while (!output.includes("ready")) {
    if (child.exitCode !== null) break;
    await pause(5);
  }
  return { home, runId, child, ended };
}

/** The last state of the root run, and of each task by its key. */
function lastStates(
  home: string,
  runId: string,
): { readonly run: State | undefined; readonly tasks: readonly State[] } {
  const tasks = new Map<string, State>();
  let run: State | undefined;
  for (const { record } of readRun(realDisk, homePaths.run(home, runId)).records) {
    if (record.kind === "flow-run-state" && record.id === runId) run = record.state;
    if (record.kind === "task-run" || record.kind === "task-run-state") tasks.set(record.id, record.state);
  }
  return { run, tasks: [...tasks.values()] };
}

/** Waits for a state that another process writes after the runner has gone. */
async function verdictOf(home: string, runId: string) {
  for (;;) {
    const states = lastStates(home, runId);
    if (states.run !== undefined && !["RUNNING", "CANCELLING"].includes(states.run.type)) return states;
    await pause(10);
  }
}

async function connectTo(home: string, runId: string) {
  for (;;) {
    const entry = readLiveEntry(realDisk, home, runId);
    assert.ok(entry);
    try {
      const socket = await connectLocal(entry.socket);
      socket.write(`${JSON.stringify({ type: "hello", token: entry.token })}\n`);
      return socket;
    } catch {
      await pause(5); // The socket opens a moment after the run has begun.
    }
  }
}

describe("stopping a run", { timeout: 60_000 }, () => {
  before(async () => {
    bundle = await bundleDriver("stop-driver.ts");
  });
  after(() => bundle.remove());

  it("should cancel on Ctrl-C: the task hears it, the run is CANCELLED, the exit code is 3", async (test) => {
    const { home, runId, child, ended } = await startFlow(test, "polite");
    child.kill("SIGINT");
    const { code } = await ended;
    assert.equal(code, 3);
    const { run, tasks } = lastStates(home, runId);
    assert.equal(run?.type, "CANCELLED");
    assert.deepEqual(
      tasks.map(({ type }) => type),
      ["CANCELLED"],
    );
  });

  it("should end code that does not listen, with its children, at a second Ctrl-C", async (test) => {
    const { home, runId, child, ended } = await startFlow(test, "deaf");
    child.kill("SIGINT");
    await pause(20);
    child.kill("SIGINT");
    const { code } = await ended;
    assert.equal(code, 3);
    assert.equal(lastStates(home, runId).run?.type, "CANCELLED");
  });

  it("should end code that does not listen once the grace of a cancel is over", async (test) => {
    const { home, runId, ended } = await startFlow(test, "deaf");
    const socket = await connectTo(home, runId);
    test.after(() => socket.destroy());
    socket.write(`${JSON.stringify({ type: "cancel", reason: "asked to stop", grace_ms: 100 })}\n`);
    const { code } = await ended;
    assert.equal(code, 3);
    const { run } = lastStates(home, runId);
    assert.equal(run?.type, "CANCELLED");
    assert.match(run?.message ?? "", /asked to stop/);
  });

  it("should cancel over the socket only for those who know the token", async (test) => {
    const { home, runId, child, ended } = await startFlow(test, "polite");
    (await connectTo(home, runId)).destroy();
    const entry = readLiveEntry(realDisk, home, runId);
    const stranger = await connectLocal(entry?.socket ?? "");
    stranger.write('{"type":"hello","token":"wrong"}\n{"type":"cancel","reason":"","grace_ms":0}\n');
    await once(stranger.resume(), "close");
    assert.equal(child.exitCode, null);
    const friend = await connectTo(home, runId);
    friend.write(`${JSON.stringify({ type: "cancel", reason: "enough", grace_ms: 5000 })}\n`);
    const { code } = await ended;
    assert.equal(code, 3);
  });

  it("should kill a task that blocks the event loop past its timeout, and name it", async (test) => {
    const { home, runId, ended } = await startFlow(test, "blocking");
    const { signal, errors } = await ended;
    assert.equal(signal, "SIGKILL");
    const { run, tasks } = await verdictOf(home, runId);
    const message = 'task "blocking-0" blocked the event loop past its timeout of 200ms; the runner was killed';
    assert.deepEqual([run?.type, run?.message], ["CRASHED", message]);
    assert.deepEqual(
      tasks.map(({ type, name, message }) => [type, name, message]),
      [["FAILED", "TimedOut", message]],
    );
    assert.ok(errors.includes(message));
  });

  it("should fail a run whose code calls process.exit, naming the call", async (test) => {
    const { home, runId, ended } = await startFlow(test, "exiting");
    const { code } = await ended;
    assert.equal(code, 7);
    const { run } = lastStates(home, runId);
    assert.equal(run?.type, "FAILED");
    assert.match(run?.message ?? "", /process\.exit\(7\)/);
  });

  it("should fail a run with the error that nobody caught", async (test) => {
    const { home, runId, ended } = await startFlow(test, "throwing");
    const { code } = await ended;
    assert.equal(code, 1);
    const { run } = lastStates(home, runId);
    assert.deepEqual([run?.type, run?.message], ["FAILED", "out of the blue"]);
  });

  it("should call a run CANCELLED whose own code exits at Ctrl-C", async (test) => {
    const { home, runId, child, ended } = await startFlow(test, "impatient");
    child.kill("SIGINT");
    const { code } = await ended;
    assert.equal(code, 130);
    assert.equal(lastStates(home, runId).run?.type, "CANCELLED");
  });

  it("should fail a run that waits for what nothing can bring", async (test) => {
    const { home, runId, ended } = await startFlow(test, "hopeless");
    const { code } = await ended;
    assert.equal(code, 1);
    const { run } = lastStates(home, runId);
    assert.equal(run?.type, "FAILED");
    assert.match(run?.message ?? "", /never/);
  });
});
