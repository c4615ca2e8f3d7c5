import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { keyNames } from "../../../../webviews/kit/key-names.ts";
import { clampSize, sizeAfterKey } from "../../../../webviews/kit/split.ts";
import { nextTab } from "../../../../webviews/kit/tab-keys.ts";

describe("keys of tabs", () => {
  it("should go round with the arrows and to the ends with Home and End", () => {
    assert.equal(nextTab("ArrowRight", 2, 3), 0);
    assert.equal(nextTab("ArrowLeft", 0, 3), 2);
    assert.equal(nextTab("Home", 2, 3), 0);
    assert.equal(nextTab("End", 0, 3), 2);
  });

  it("should leave all other keys to the page", () => {
    assert.equal(nextTab("Tab", 0, 3), undefined);
    assert.equal(nextTab("ArrowRight", 0, 0), undefined);
  });
});

describe("split view", () => {
  const limits = { least: 160, leastOther: 200, below: false };

  it("should keep both parts as large as they must be, and the second one where there is no room for both", () => {
    assert.equal(clampSize(50, 1000, limits), 160);
    assert.equal(clampSize(950, 1000, limits), 800);
    assert.equal(clampSize(300, 250, limits), 160);
  });

  it("should grow against the direction in which its splitter moves, more with Shift", () => {
    assert.equal(sizeAfterKey("ArrowLeft", false, 300, 1000, limits), 316);
    assert.equal(sizeAfterKey("ArrowRight", true, 300, 1000, limits), 220);
    assert.equal(sizeAfterKey("ArrowUp", false, 300, 1000, limits), undefined);
    assert.equal(sizeAfterKey("ArrowUp", false, 300, 1000, { ...limits, below: true }), 316);
    assert.equal(sizeAfterKey("End", false, 300, 1000, limits), 160);
    assert.equal(sizeAfterKey("Home", false, 300, 1000, limits), 800);
  });

  it("should never leave its limits, whatever was dragged", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(5000), (size, whole) => {
        const found = clampSize(size, whole, limits);
        return found >= 160 && found <= Math.max(160, whole - 200);
      }),
    );
  });
});

describe("names of keys", () => {
  it("should be those on the keyboard in use", () => {
    assert.deepEqual(keyNames("Mod+Enter", false), ["Ctrl", "Enter"]);
    assert.deepEqual(keyNames("Mod+Shift+Enter", true), ["⌘", "⇧", "⏎"]);
  });
});
