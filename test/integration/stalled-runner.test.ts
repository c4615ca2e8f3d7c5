import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { realDisk } from "../../runtime/journal/disk.ts";
import { readRun } from "../../runtime/journal/reading.ts";
import { writeVerdict } from "../../runtime/journal/sealing.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import { makeState } from "../../runtime/protocol/states.ts";
import { currentWriter } from "../../runtime/system/process-identity.ts";
import { type Bundle, bundleDriver } from "../support/bundle.ts";
import { temporaryFolder } from "../support/places.ts";

describe("a runner that was stalled", { timeout: 60_000, skip: process.platform === "win32" }, () => {
  let bundle: Bundle;
  before(async () => {
    bundle = await bundleDriver("chaos-driver.ts");
  });
  after(() => bundle.remove());

  it("should acknowledge nothing and exit 3 when it wakes after the verdict", async (test) => {
    const home = temporaryFolder(test);
    const runId = newId();
    const diary = path.join(home, "diary");
    const gate = path.join(home, "gate");
    const child = spawn(process.execPath, [bundle.driver, home, runId, "start", diary, gate], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    while (!existsSync(diary) || !/^ack /m.test(readFileSync(diary, "utf8"))) await pause(5);
    child.kill("SIGSTOP");
    await pause(50);

    const folder = homePaths.run(home, runId);
    const state = makeState("CRASHED", Date.now(), { message: "given up" });
    assert.ok(await writeVerdict(realDisk, folder, { state, writer: currentWriter("test"), writerIsGone: true }));
    const before = readRun(realDisk, folder);
    writeFileSync(gate, "");
    child.kill("SIGCONT");
    const [code] = await once(child, "close");

    assert.equal(code, 3);
    assert.equal(JSON.parse(said).state, "Crashed");
    const contents = readRun(realDisk, folder);
    assert.deepEqual(contents.records, before.records);
    const acknowledged = readFileSync(diary, "utf8").match(/^ack .*$/gm) ?? [];
    const completed = contents.records.filter(
      ({ record }) => record.kind === "task-run-state" && record.state.type === "COMPLETED",
    );
    assert.ok(acknowledged.length > 0 && acknowledged.length <= completed.length);
    assert.ok(acknowledged.length < 300);
  });
});
