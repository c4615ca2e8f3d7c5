import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeDeadlines } from "../../../runtime/engine/host/deadlines.ts";
import type { KeeperMessage } from "../../../runtime/protocol/keeper.ts";
import type { RunnerMessage } from "../../../runtime/protocol/live.ts";

function setUp({ off = false } = {}) {
  const state = { supervised: false, now: 0, keepers: 0 };
  const socket: string[] = [];
  const keeper: string[] = [];
  const brief = (message: RunnerMessage | KeeperMessage): string =>
    ["type", "id", "in_ms"].flatMap((field) => Reflect.get(message, field) ?? []).join(" ");
  const deadlines = makeDeadlines({
    monotonic: () => state.now,
    supervised: () => state.supervised,
    send: (message) => socket.push(brief(message)),
    startKeeper: () => {
      state.keepers++;
      return {
        pid: 1,
        say: (message: KeeperMessage) => void keeper.push(brief(message)),
        release: () => void keeper.push("release"),
      };
    },
    off,
  });
  const arm = (id: string) => deadlines.arm({ id, in_ms: 1000, grace_ms: 500, label: "x" });
  return { state, socket, keeper, deadlines, arm };
}

describe("deadlines", () => {
  it("should be watched by the supervisor when there is one", () => {
    const { state, socket, arm, deadlines } = setUp();
    state.supervised = true;
    arm("a");
    deadlines.met("a");
    assert.deepEqual(socket, ["deadline a 1000", "deadline-met a"]);
    assert.equal(state.keepers, 0);
  });

  it("should start one keeper for the first deadline when nobody supervises", () => {
    const { state, keeper, arm, deadlines } = setUp();
    arm("a");
    arm("b");
    deadlines.met("a");
    deadlines.met("unknown");
    assert.equal(state.keepers, 1);
    assert.deepEqual(keeper, ["deadline a 1000", "deadline b 1000", "deadline-met a"]);
  });

  it("should hand over to a keeper with the time that is left when the supervisor goes away", () => {
    const { state, keeper, arm, deadlines } = setUp();
    state.supervised = true;
    arm("a");
    arm("b");
    deadlines.met("b");
    state.now = 400;
    state.supervised = false;
    deadlines.supervisorsChanged();
    assert.deepEqual(keeper, ["deadline a 600"]);
  });

  it("should tell a new supervisor what is armed", () => {
    const { state, arm, deadlines } = setUp();
    arm("a");
    state.now = 100;
    assert.deepEqual(
      deadlines.armed.map(({ id, in_ms, timeout_ms }) => [id, in_ms, timeout_ms]),
      [["a", 900, 1000]],
    );
  });

  it("should let the keeper go when the run has ended", () => {
    const { keeper, arm, deadlines } = setUp();
    arm("a");
    deadlines.release("run");
    assert.equal(keeper.at(-1), "release");
    assert.deepEqual(deadlines.armed, []);
  });

  it("should be off in a debug session", () => {
    const { state, socket, arm } = setUp({ off: true });
    arm("a");
    assert.equal(state.keepers, 0);
    assert.deepEqual(socket, []);
  });
});
