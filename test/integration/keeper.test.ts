import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { realDisk } from "../../runtime/journal/disk.ts";
import { readLiveEntry } from "../../runtime/journal/live.ts";
import { readRun } from "../../runtime/journal/reading.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import type { KeeperMessage } from "../../runtime/protocol/keeper.ts";
import type { WriterIdentity } from "../../runtime/protocol/records.ts";
import { type Bundle, bundleDriver } from "../support/bundle.ts";
import { temporaryFolder } from "../support/places.ts";

/** The keeper on its own, beside a runner whose event loop is blocked: what happens at a terminal. */
describe("the keeper", { timeout: 60_000, skip: process.platform === "win32" }, () => {
  let bundle: Bundle;
  before(async () => {
    bundle = await bundleDriver("stop-driver.ts");
  });
  after(() => bundle.remove());

  async function startBoth(test: TestContext, keep: { interrupts: boolean; patience_ms: number }) {
    const home = temporaryFolder(test);
    const runId = newId();
    const runner = spawn(process.execPath, [bundle.driver, home, runId, "stuck"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    test.after(() => runner.kill("SIGKILL"));
    await once(runner.stdout, "data");
    const entry: { readonly writer: WriterIdentity } = JSON.parse(readFileSync(homePaths.liveRun(home, runId), "utf8"));
    const keeper = spawn(process.execPath, [path.join(bundle.folder, "keeper.cjs")], {
      stdio: ["pipe", "ignore", "pipe"],
    });
    test.after(() => keeper.kill("SIGKILL"));
    const say = (message: KeeperMessage) => keeper.stdin.write(`${JSON.stringify(message)}\n`);
    say({ type: "keep", home, run_id: runId, writer: entry.writer, ...keep });
    const states = () =>
      readRun(realDisk, homePaths.run(home, runId)).records.flatMap(({ record }) =>
        record.kind === "flow-run-state" ? record.state.type : [],
      );
    return { runner, keeper, say, states, home, runId };
  }

  /**
   * Ctrl-C, again and again until the keeper has heard: it cannot say when it has read what was written to it. Before
   * it listens (SIGHUP, the last signal it asks for, is caught) the signal would end it.
   */
  async function interrupt(keeper: ChildProcess): Promise<void> {
    while (!/^SigCgt:\s*[0-9a-f]*[13579bdf]$/m.test(readFileSync(`/proc/${keeper.pid}/status`, "latin1"))) {
      await pause(5);
    }
    while (keeper.exitCode === null && keeper.kill("SIGINT")) await pause(20);
  }

  it("should end a runner that does not hear Ctrl-C, as CANCELLED", {
    skip: process.platform !== "linux",
  }, async (test) => {
    const { runner, keeper, states } = await startBoth(test, { interrupts: true, patience_ms: 50 });
    const ended = once(runner, "exit");
    await interrupt(keeper);
    const [, signal] = await ended;
    assert.equal(signal, "SIGKILL");
    assert.equal(states().at(-1), "CANCELLED");
  });

  it("should say why before it ends the runner, for whoever finds it dead first", async (test) => {
    const { runner, say, home, runId } = await startBoth(test, { interrupts: true, patience_ms: 50 });
    const ended = once(runner, "exit");
    say({ type: "deadline", id: "d", in_ms: 1, grace_ms: 1, label: 'task "stuck-0"' });
    await ended;
    const word = readLiveEntry(realDisk, home, runId)?.last_word;
    assert.equal(word?.state.type, "CRASHED");
    assert.match(word?.state.message ?? "", /^task "stuck-0" blocked the event loop/);
  });

  it("should leave a recycled pid alone", async (test) => {
    const { runner, keeper, say, home, runId, states } = await startBoth(test, { interrupts: true, patience_ms: 50 });
    const { writer }: { readonly writer: WriterIdentity } = JSON.parse(
      readFileSync(homePaths.liveRun(home, runId), "utf8"),
    );
    say({ type: "keep", home, run_id: runId, writer: { ...writer, start_time: "1" }, interrupts: true });
    say({ type: "deadline", id: "d", in_ms: 1, grace_ms: 1, label: "task" });
    const [code] = await once(keeper, "exit");
    assert.equal(code, 0);
    assert.equal(runner.exitCode, null);
    assert.equal(states().at(-1), "RUNNING");
  });

  it("should end by itself when its runner has gone without a word", async (test) => {
    const { runner, keeper } = await startBoth(test, { interrupts: true, patience_ms: 50 });
    const ended = once(keeper, "exit");
    runner.kill("SIGKILL");
    await once(runner, "exit");
    keeper.stdin.end();
    const [code] = await ended;
    assert.equal(code, 0);
  });

  it("should go at once when the run has ended", async (test) => {
    const { keeper, say, runId, states } = await startBoth(test, { interrupts: true, patience_ms: 50 });
    say({ type: "deadline", id: "d", in_ms: 60_000, grace_ms: 1, label: "task" });
    say({ type: "release", run_id: runId });
    const [code] = await once(keeper, "exit");
    assert.equal(code, 0);
    assert.equal(states().at(-1), "RUNNING");
  });
});
