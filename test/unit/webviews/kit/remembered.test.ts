import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readNumber, readOneOf, remembered } from "../../../../webviews/kit/remembered.ts";

function hostWith(initial: unknown) {
  let state = initial;
  return {
    state: {
      get: () => state,
      set: (next: unknown) => {
        state = next;
      },
    },
  };
}

describe("remembered", () => {
  it("should give back what was kept, and keep what is changed beside the rest", () => {
    const host = hostWith({ "split.side": 240, tab: "logs" });
    const size = remembered(host, "split.side", 320, readNumber);
    assert.equal(size.value, 240);
    size.value = 250;
    assert.deepEqual(host.state.get(), { "split.side": 250, tab: "logs" });
  });

  it("should begin anew when what was kept makes no sense any more", () => {
    assert.equal(remembered(hostWith({ tab: "gone" }), "tab", "graph", readOneOf(["graph", "logs"])).value, "graph");
    assert.equal(remembered(hostWith("nonsense"), "size", 7, readNumber).value, 7);
    assert.equal(remembered(hostWith(undefined), "size", 7, readNumber).value, 7);
  });

  it("should write nothing before something was changed", () => {
    const host = hostWith(undefined);
    remembered(host, "size", 7, readNumber);
    assert.equal(host.state.get(), undefined);
  });
});
