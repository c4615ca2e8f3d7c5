import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeClock, makeSleepWatch } from "../../../runtime/engine/host/clock.ts";

function fakeSources() {
  const time = { wall: 1_000_000, monotonic: 0 };
  return { time, sources: { wall: () => time.wall, monotonic: () => time.monotonic } };
}

describe("the clock", () => {
  it("should never go back", () => {
    const { time, sources } = fakeSources();
    const clock = makeClock(sources);
    assert.equal(clock.now(), 1_000_000);
    time.wall -= 5000;
    assert.equal(clock.now(), 1_000_000);
    time.wall += 6000;
    assert.equal(clock.now(), 1_001_000);
  });

  it("should wait longer than setTimeout can", async (test) => {
    test.mock.timers.enable({ apis: ["setTimeout"] });
    const { time, sources } = fakeSources();
    const days = 60 * 24 * 60 * 60 * 1000;
    let over = false;
    makeClock(sources)
      .wait(days)
      .then(() => {
        over = true;
      });
    for (let left = days; left > 0; left -= 2 ** 31 - 1) {
      await null;
      assert.equal(over, false);
      const passed = Math.min(left, 2 ** 31 - 1);
      time.monotonic += passed;
      test.mock.timers.tick(passed);
    }
    await null;
    assert.equal(over, true);
  });

  it("should stop waiting with the signal's reason", async () => {
    const reason = new Error("stop");
    const controller = new AbortController();
    const waiting = makeClock().wait(60_000, controller.signal);
    controller.abort(reason);
    await assert.rejects(waiting, reason);
    await assert.rejects(makeClock().wait(60_000, controller.signal), reason);
  });

  it("should tell when the machine slept, once for each time, and not when the clock was set back", () => {
    const { time, sources } = fakeSources();
    const slept: number[] = [];
    const watch = makeSleepWatch((milliseconds) => slept.push(milliseconds), sources);
    const pass = (wall: number, monotonic: number) => {
      time.wall += wall;
      time.monotonic += monotonic;
      watch.check();
    };
    pass(10_000, 10_000);
    pass(3000, 0);
    assert.deepEqual(slept, []);
    pass(60_000, 1000);
    pass(1000, 1000);
    assert.deepEqual(slept, [62_000]);
    pass(-100_000, 1000);
    pass(1000, 1000);
    assert.deepEqual(slept, [62_000]);
    pass(10_000, 1000);
    assert.deepEqual(slept, [62_000, 9000]);
  });
});
