import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAnnouncer } from "../../../../webviews/kit/announce.ts";

function make() {
  const said: string[] = [];
  const waiting: (() => void)[] = [];
  const announce = createAnnouncer({ say: (text) => said.push(text), later: (work) => waiting.push(work) });
  return { said, announce, tick: () => waiting.shift()?.() };
}

describe("announcer", () => {
  it("should say the first text at once and the next only when there was time to hear it", () => {
    const { said, announce, tick } = make();
    announce("one");
    announce("two");
    assert.deepEqual(said, ["one"]);
    tick();
    assert.deepEqual(said, ["one", "two"]);
  });

  it("should leave out what a newer text of the same topic has made old", () => {
    const { said, announce, tick } = make();
    announce("Running", "state");
    announce("Retrying", "state");
    announce("Copied");
    announce("Completed", "state");
    tick();
    tick();
    tick();
    assert.deepEqual(said, ["Running", "Completed", "Copied"]);
  });

  it("should speak at once again after a quiet while", () => {
    const { said, announce, tick } = make();
    announce("one");
    tick();
    announce("two");
    assert.deepEqual(said, ["one", "two"]);
  });
});
