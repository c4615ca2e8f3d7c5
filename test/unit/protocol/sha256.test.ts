import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { sha256, sha256Here } from "../../../runtime/protocol/sha256.ts";

const expected = (data: string | Uint8Array, encoding: "hex" | "base64url") =>
  createHash("sha256").update(data).digest(encoding);

test("should hash bytes as Node does", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.equal(sha256Here(bytes).toString("hex"), expected(bytes, "hex"));
    }),
    { numRuns: 500 },
  );
});

test("should hash each length around the end of a block as Node does", () => {
  for (let length = 0; length < 200; length++) {
    const bytes = new Uint8Array(length).fill(length);
    assert.equal(sha256Here(bytes).toString("hex"), expected(bytes, "hex"));
  }
});

test("should give the same hash of a text before and after Node's own hashing takes over", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.constantFrom("hex", "base64url"),
      (text, encoding) => {
        assert.equal(sha256(text, encoding), expected(text, encoding));
      },
    ),
    { numRuns: 300 },
  );
  const long = "x".repeat(100_000);
  assert.equal(sha256(long, "hex"), expected(long, "hex"));
  assert.equal(sha256("", "hex"), expected("", "hex"));
});
