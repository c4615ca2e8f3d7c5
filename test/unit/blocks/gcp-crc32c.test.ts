import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { CRC32C } from "@google-cloud/storage";
import { Crc32c } from "../../../runtime/blocks/gcp/crc32c.ts";

test("should sum up as the standard's examples say", () => {
  assert.equal(new Crc32c().update(Buffer.from("123456789")).value >>> 0, 0xe3069283);
  assert.equal(new Crc32c().update(Buffer.alloc(32)).value >>> 0, 0x8a9136aa);
  assert.equal(new Crc32c().update(Buffer.alloc(32, 0xff)).value >>> 0, 0x62a8ab43);
  assert.equal(String(new Crc32c()), "AAAAAA==");
});

test("should sum up as Google's own client does, at any address and in any pieces", () => {
  const bytes = randomBytes(5000);
  for (const [start, cut, end] of [
    [0, 0, 5000],
    [1, 2, 4999],
    [3, 11, 1040],
    [7, 4096, 4097],
    [5, 5, 5],
  ] as const) {
    const theirs = new CRC32C();
    theirs.update(bytes.subarray(start, end));
    const ours = new Crc32c().update(bytes.subarray(start, cut));
    const goneOn = new Crc32c(ours.value).update(bytes.subarray(cut, end));
    assert.equal(String(goneOn), theirs.toString(), `${start} ${cut} ${end}`);
  }
});
