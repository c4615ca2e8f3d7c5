import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { realDisk } from "../../../runtime/journal/disk.ts";
import { readLiveEntry } from "../../../runtime/journal/live.ts";
import { readRun } from "../../../runtime/journal/reading.ts";
import { createSegment } from "../../../runtime/journal/segments.ts";
import { homePaths, runPaths } from "../../../runtime/protocol/home.ts";
import { newId } from "../../../runtime/protocol/ids.ts";
import type { ResumeOptions } from "../../../runtime/protocol/live.ts";
import type { WriterIdentity } from "../../../runtime/protocol/records.ts";
import { currentWriter } from "../../../runtime/system/process-identity.ts";
import { temporaryFolder } from "../../support/places.ts";
import { runFlow, step } from "../../support/run-flow.ts";

/** A flow of two tasks, and how often each has run. */
function twoSteps() {
  const ran: string[] = [];
  const large = step("large", () => {
    ran.push("large");
    return "x".repeat(100_000);
  });
  const small = step("small", () => {
    ran.push("small");
    return 1;
  });
  return {
    ran,
    body: async () => {
      await large();
      return await small();
    },
  };
}

const resume = (options: Partial<ResumeOptions> = {}) => ({ resume: { mode: "resume", ...options } as const });

/** A run that somebody else has begun. */
async function beganBy(home: string, runId: string, writer: WriterIdentity): Promise<void> {
  const journal = createSegment(realDisk, homePaths.run(home, runId), runId, 1, { reason: "start", writer });
  journal.append({
    kind: "flow-run",
    id: runId,
    at: 0,
    name: "quiet-otter",
    flow: { name: "f", file: "" },
    parameters: { kind: "inline", data: [1] },
  });
  await journal.close();
}

describe("a run on the disk", () => {
  it("should be registered with its process and stay so after its end", async (test) => {
    const home = temporaryFolder(test);
    const { run_id } = await runFlow(home, () => 1);
    const entry = readLiveEntry(realDisk, home, run_id);
    assert.equal(entry?.writer.pid, process.pid);
    assert.equal(entry?.flow_name, "tested");
  });

  it("should give back what is complete and go on in a new segment", async (test) => {
    const home = temporaryFolder(test);
    const { body, ran } = twoSteps();
    const { run_id } = await runFlow(home, body);
    const again = await runFlow(home, body, { run_id, ...resume() });
    assert.equal(again.state.type, "COMPLETED");
    assert.deepEqual(ran, ["large", "small"]);
    assert.deepEqual(
      readRun(realDisk, homePaths.run(home, run_id)).segments.map(({ header }) => header?.reason),
      ["start", "resume"],
    );
  });

  it("should run everything again for a retry, under the same name", async (test) => {
    const home = temporaryFolder(test);
    const { body, ran } = twoSteps();
    const { run_id } = await runFlow(home, body);
    await runFlow(home, body, { run_id, resume: { mode: "retry" } });
    assert.deepEqual(ran, ["large", "small", "large", "small"]);
  });

  it("should run named tasks again and write down that they were set aside", async (test) => {
    const home = temporaryFolder(test);
    const { body, ran } = twoSteps();
    const { run_id } = await runFlow(home, body);
    await runFlow(home, body, { run_id, ...resume({ rerun: ["small"] }) });
    assert.deepEqual(ran, ["large", "small", "small"]);
    const { records } = readRun(realDisk, homePaths.run(home, run_id));
    const aside = records.flatMap(({ record }) => (record.kind === "invalidated" ? record.task_run_ids : []));
    assert.equal(aside.length, 1);
  });

  it("should refuse a task it does not have and leave no trace of the attempt", async (test) => {
    const home = temporaryFolder(test);
    const { body } = twoSteps();
    const { run_id } = await runFlow(home, body);
    await assert.rejects(runFlow(home, body, { run_id, ...resume({ from: ["nope"] }) }), { code: "not-found" });
    assert.equal(readRun(realDisk, homePaths.run(home, run_id)).segments.length, 1);
  });

  it("should run a task again whose result was damaged, and warn", async (test) => {
    const home = temporaryFolder(test);
    const { body, ran } = twoSteps();
    const { run_id } = await runFlow(home, body);
    const folder = homePaths.run(home, run_id);
    const [name = ""] = realDisk.list(runPaths.results(folder));
    writeFileSync(runPaths.result(folder, name), "damaged");
    await runFlow(home, body, { run_id, ...resume() });
    assert.deepEqual(ran, ["large", "small", "large"]);
    assert.match(readFileSync(runPaths.logs(folder), "utf8"), /kept result of large-0 is missing or damaged/);
  });

  it("should not run completed tasks again whose results were removed, unless that is allowed", async (test) => {
    const home = temporaryFolder(test);
    const { body, ran } = twoSteps();
    const { run_id } = await runFlow(home, body);
    rmSync(runPaths.results(homePaths.run(home, run_id)), { recursive: true });
    await assert.rejects(runFlow(home, body, { run_id, ...resume() }), {
      code: "result-not-kept",
      message: /1 completed task again \(large-0\); use --allow-rerun/,
    });
    await runFlow(home, body, { run_id, ...resume({ allow_rerun: true }) });
    assert.deepEqual(ran, ["large", "small", "large"]);
  });

  it("should refuse to go on with a run whose process lives, and go on when its pid belongs to another", async (test) => {
    const home = temporaryFolder(test);
    const alive = currentWriter("test");
    const [living, recycled] = [newId(), newId()];
    await beganBy(home, living, alive);
    await assert.rejects(
      runFlow(home, () => 1, { run_id: living, ...resume() }),
      { code: "conflict" },
    );
    await beganBy(home, recycled, { ...alive, start_time: "1" });
    const { state } = await runFlow(home, () => 1, { run_id: recycled, ...resume() });
    assert.equal(state.type, "COMPLETED");
  });

  it("should refuse an id that is taken and a run that is not there", async (test) => {
    const home = temporaryFolder(test);
    const { run_id } = await runFlow(home, () => 1);
    await assert.rejects(
      runFlow(home, () => 1, { run_id }),
      { code: "conflict" },
    );
    await assert.rejects(
      runFlow(home, () => 1, resume()),
      { code: "not-found" },
    );
  });

  it("should say what to do when the home cannot be written", async (test) => {
    const folder = temporaryFolder(test);
    const home = path.join(folder, "home");
    writeFileSync(home, "a file");
    await assert.rejects(
      runFlow(home, () => 1),
      { code: "home-unusable", message: /MILLRACE_HOME/ },
    );
  });

  it("should keep the sources it was given, listed before its end", async (test) => {
    const home = temporaryFolder(test);
    const { run_id } = await runFlow(home, () => 1, { sources: () => [{ file: "/f.ts", text: "code" }] });
    const folder = homePaths.run(home, run_id);
    const { records } = readRun(realDisk, folder);
    const at = records.findIndex(({ record }) => record.kind === "sources");
    const record = records[at]?.record;
    assert.ok(record?.kind === "sources" && at < records.length - 1);
    assert.equal(readFileSync(path.join(runPaths.sources(folder), record.files[0]?.hash ?? ""), "utf8"), "code");
  });

  it("should tell the terminal every record in order", async (test) => {
    const kinds: string[] = [];
    await runFlow(temporaryFolder(test), twoSteps().body, { onRecord: ({ kind }) => kinds.push(kind) });
    assert.deepEqual(kinds, [
      "flow-run",
      "flow-run-state",
      "task-run",
      "task-run-state",
      "task-run",
      "task-run-state",
      "flow-run-state",
    ]);
  });

  it("should leave nothing behind that keeps the process alive", async (test) => {
    const home = temporaryFolder(test);
    mkdirSync(home, { recursive: true });
    const listeners = () => ["SIGINT", "SIGTERM", "exit", "beforeExit"].map((name) => process.listenerCount(name));
    const before = listeners();
    const { run_id } = await runFlow(home, () => 1);
    assert.deepEqual(listeners(), before);
    assert.ok(!existsSync(readLiveEntry(realDisk, home, run_id)?.socket ?? ""));
  });
});
