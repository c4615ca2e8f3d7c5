import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nameLikeOthers, readFlowName } from "../../../extension/start/flow-name.ts";

function nameOf(typed: string) {
  const verdict = readFlowName(typed);
  if (verdict.kind === "bad") throw new Error(verdict.problem);
  return verdict.name;
}

function problemOf(typed: string): string {
  const verdict = readFlowName(typed);
  return verdict.kind === "bad" ? verdict.problem : "";
}

test("should make a file and an export of what people type", () => {
  assert.deepEqual(nameOf("hello"), { file: "hello", identifier: "hello" });
  assert.deepEqual(nameOf(" Daily Report "), { file: "daily-report", identifier: "dailyReport" });
  assert.deepEqual(nameOf("etlParent"), { file: "etl-parent", identifier: "etlParent" });
  assert.deepEqual(nameOf("load_2021-01"), { file: "load-2021-01", identifier: "load202101" });
  assert.deepEqual(nameOf("Größen 東京"), { file: "größen-東京", identifier: "größen東京" });
});

test("should keep clear of words that JavaScript or the starter has", () => {
  assert.equal(nameOf("import").identifier, "importFlow");
  assert.equal(nameOf("task").identifier, "taskFlow");
  assert.equal(nameOf("2021 load").identifier, "flow2021Load");
});

test("should say what is wrong with a name", () => {
  assert.match(problemOf(""), /Type a name/);
  assert.match(problemOf("a/b"), /"\/" is none of them/);
  assert.match(problemOf("flow.ts"), /"\." is none of them/);
  assert.match(problemOf("-"), /needs a letter or a digit/);
  assert.match(problemOf("Con"), /Windows keeps "con" for itself/);
  assert.match(problemOf("x".repeat(61)), /at most 60/);
});

test("should give every name that it takes an export that JavaScript takes, and a file's name without surprises", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (typed) => {
      const verdict = readFlowName(typed);
      if (verdict.kind === "bad") return;
      const { identifier, file } = verdict.name;
      new Function(`"use strict"; const ${identifier} = 1; return ${identifier};`);
      assert.doesNotMatch(file, /[\\/:*?"<>|.\s]/);
      assert.equal(readFlowName(file).kind, "ok");
    }),
    { numRuns: 500 },
  );
});

test("should tell of flows with the same name or nearly the same", () => {
  const flows = [
    { name: "etlParent", place: "etl.ts" },
    { name: "daily-report", place: "flows/daily.ts" },
  ];
  assert.match(nameLikeOthers(nameOf("etl parent"), flows) ?? "", /^etl\.ts has a flow "etlParent" already/);
  assert.match(nameLikeOthers(nameOf("daily report"), flows) ?? "", /has a flow "daily-report" already/);
  assert.match(nameLikeOthers(nameOf("etl parnet"), flows) ?? "", /Nearly the same name as "etlParent" in etl\.ts/);
  assert.equal(nameLikeOthers(nameOf("hello"), flows), undefined);
});
