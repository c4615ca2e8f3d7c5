import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { crashedState, lastLines } from "../../../runtime/orchestrator/live/verdict.ts";
import { temporaryFolder } from "../../support/places.ts";

test("should tell the signal or exit code of a process and what it last wrote", () => {
  const killed = crashedState({ code: null, signal: "SIGKILL" }, ["one", "two"], 5);
  assert.equal(killed.type, "CRASHED");
  assert.deepEqual(killed.details, { signal: "SIGKILL", last_output: ["one", "two"] });
  assert.match(killed.message ?? "", /SIGKILL.*two/);
  const left = crashedState({ code: 7, signal: null }, [], 5);
  assert.deepEqual(left.details, { exit_code: 7 });
  assert.match(left.message ?? "", /exit code 7/);
  assert.match(crashedState(undefined, [], 5).message ?? "", /nobody saw/);
  const full = crashedState(
    { code: 3, signal: null },
    ["one"],
    5,
    "the journal could not be written: the disk is full",
  );
  assert.match(full.message ?? "", /exit code 3.*the disk is full/);
});

test("should read the last whole lines of a long output", async (t) => {
  const file = path.join(temporaryFolder(t), "output");
  writeFileSync(file, `${Array.from({ length: 5000 }, (_, n) => `line ${n}`).join("\n")}\n\n`);
  const lines = await lastLines(file);
  assert.equal(lines.length, 20);
  assert.equal(lines.at(-1), "line 4999");
  assert.ok(lines.every((line) => /^line \d+$/.test(line)));
  assert.deepEqual(await lastLines(`${file}.missing`), []);
});
