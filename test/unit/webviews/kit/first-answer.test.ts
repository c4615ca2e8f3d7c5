import assert from "node:assert/strict";
import { test } from "node:test";
import { createFirstAnswer } from "../../../../webviews/kit/first-answer.ts";

function waiting() {
  const told: string[] = [];
  let due: (() => void) | undefined;
  const first = createFirstAnswer({
    ask: () => void told.push("asked"),
    silent: (isSilent) => void told.push(isSilent ? "silent" : "heard"),
    later(milliseconds, callback) {
      told.push(`wait ${milliseconds}`);
      due = callback;
      return () => {
        due = undefined;
      };
    },
  });
  return {
    first,
    take: () => told.splice(0),
    passTime: () => due?.(),
    isWaiting: () => due !== undefined,
  };
}

test("should ask again, less and less often, and say that nobody answers until somebody does", () => {
  const { first, take, passTime, isWaiting } = waiting();
  first.expect();
  assert.deepEqual(take(), ["wait 1500"]);
  passTime();
  assert.deepEqual(take(), ["asked", "wait 3000"]);
  passTime();
  assert.deepEqual(take(), ["silent", "asked", "wait 6000"]);
  passTime();
  passTime();
  passTime();
  assert.deepEqual(take().slice(-1), ["wait 12000"]);
  first.heard();
  assert.deepEqual(take(), ["heard"]);
  assert.equal(isWaiting(), false);
  first.heard();
  assert.deepEqual(take(), []);
});

test("should say nothing where the answer comes in time", () => {
  const { first, take, isWaiting } = waiting();
  first.expect();
  first.heard();
  assert.deepEqual(take(), ["wait 1500"]);
  assert.equal(isWaiting(), false);
});
