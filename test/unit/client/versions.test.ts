import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, compareVersions } from "../../../runtime/client/versions.ts";

const side = (version: string, major: number, minor: number) => ({ version, protocol: { major, minor } });

test("should order versions by number, and a pre-release before its release", () => {
  const ordered = ["0.9.9", "0.10.0", "1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0-beta", "1.0.0", "1.0.1+build"];
  assert.deepEqual(ordered.toReversed().sort(compareVersions), ordered);
  assert.equal(compareVersions("1.0.0+a", "1.0.0+b"), 0);
});

test("should give way to a newer client and serve an older one", () => {
  const client = side("1.2.0", 1, 2);
  assert.deepEqual(compare(side("1.2.0", 1, 2), client), { kind: "same", usable: true });
  assert.deepEqual(compare(side("1.3.0", 1, 5), client), { kind: "same", usable: true });
  assert.deepEqual(compare(side("1.1.0", 1, 2), client), { kind: "older", usable: true });
  assert.deepEqual(compare(side("1.2.0", 1, 1), client), { kind: "older", usable: true });
  assert.deepEqual(compare(side("0.9.0", 0, 9), client), { kind: "older", usable: false });
  assert.throws(() => compare(side("2.0.0", 2, 0), client), { code: "home-newer" });
});
