import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 as expected } from "node:zlib";
import fc from "fast-check";
import { crc32, crc32Here } from "../../../runtime/journal/crc32.ts";

test("should give the checksum that zlib gives, before and after zlib takes over", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      assert.equal(crc32Here(bytes), expected(bytes));
      assert.equal(crc32(bytes), expected(bytes));
    }),
    { numRuns: 1000 },
  );
});
