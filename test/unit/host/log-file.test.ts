import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { logLimit, openLogFile } from "../../../runtime/engine/host/log-file.ts";
import type { LogRecord } from "../../../runtime/protocol/records.ts";
import { rememberSecret } from "../../../runtime/system/redaction.ts";
import { temporaryFolder } from "../../support/places.ts";

const record = (message: string): LogRecord => ({ at: 5, level: 20, message, name: "log", flow_run_id: "r" });

function readLog(file: string): LogRecord[] {
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("the log of a run", () => {
  it("should hold what was written once it is flushed, and tell how far it goes", async (test) => {
    const file = path.join(temporaryFolder(test), "logs.ndjson");
    const offsets: number[] = [];
    const seen: string[] = [];
    const log = openLogFile({
      file,
      onLog: ({ message }) => seen.push(message),
      onWritten: (offset) => offsets.push(offset),
    });
    log.write(record("one"));
    log.write(record("two"));
    await log.flush();
    assert.deepEqual(readLog(file), [record("one"), record("two")]);
    assert.deepEqual(seen, ["one", "two"]);
    assert.deepEqual(offsets, [statSync(file).size]);
    assert.equal(log.offset, statSync(file).size);
  });

  it("should be written within a moment without being asked", (test) => {
    test.mock.timers.enable({ apis: ["setTimeout"] });
    const file = path.join(temporaryFolder(test), "logs.ndjson");
    openLogFile({ file }).write(record("one"));
    test.mock.timers.tick(50);
    assert.deepEqual(readLog(file), [record("one")]);
  });

  it("should go on behind what an earlier execution wrote", async (test) => {
    const file = path.join(temporaryFolder(test), "logs.ndjson");
    for (const message of ["first", "second"]) {
      const log = openLogFile({ file });
      log.write(record(message));
      await log.flush();
    }
    assert.deepEqual(
      readLog(file).map(({ message }) => message),
      ["first", "second"],
    );
  });

  it("should keep its first part and its newest within the limit, and count what is gone", async (test) => {
    const file = path.join(temporaryFolder(test), "logs.ndjson");
    const limit = 40_000;
    const log = openLogFile({ file, limit });
    const total = 3000;
    for (let number = 0; number < total; number++) {
      log.write(record(`${number} ${"ä".repeat(number % 50)}`));
      if (number % 20 === 0) await log.flush();
      assert.ok(number % 20 !== 0 || statSync(file).size <= limit);
    }
    await log.flush();
    const records = readLog(file);
    const markers = records.filter(({ name }) => name === "millrace");
    const numbers = records.filter(({ name }) => name === "log").map(({ message }) => Number.parseInt(message, 10));
    assert.equal(markers.length, 1);
    assert.match(markers[0]?.message ?? "", new RegExp(`^${total - numbers.length} log records were dropped`));
    assert.equal(log.dropped, total - numbers.length);
    assert.equal(numbers[0], 0);
    assert.equal(numbers.at(-1), total - 1);
    assert.equal(log.offset, statSync(file).size);
  });

  it("should not show secrets", async (test) => {
    const file = path.join(temporaryFolder(test), "logs.ndjson");
    const log = openLogFile({ file });
    rememberSecret("hunter2-hunter2");
    log.write({ ...record("it is hunter2-hunter2"), fields: { password: "hunter2-hunter2" } });
    await log.flush();
    assert.deepEqual(readLog(file), [{ ...record("it is ********"), fields: { password: "********" } }]);
  });

  it("should let the run go on when it cannot be written", async (test) => {
    const log = openLogFile({ file: path.join(temporaryFolder(test), "missing", "logs.ndjson") });
    log.write(record("one"));
    await log.flush();
  });

  it("should take its limit from the setting, in megabytes", () => {
    assert.equal(logLimit("2"), 2 * 1024 * 1024);
    assert.equal(logLimit(undefined), 64 * 1024 * 1024);
    assert.equal(logLimit("none"), 64 * 1024 * 1024);
  });
});
