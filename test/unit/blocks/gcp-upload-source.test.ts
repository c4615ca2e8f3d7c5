import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import {
  type Block,
  bytesSource,
  fileSource,
  streamSource,
  type UploadSource,
  uploadUnit,
} from "../../../runtime/blocks/gcp/upload-source.ts";
import { temporaryFolder } from "../../support/places.ts";

async function blocksOf(source: UploadSource): Promise<Block[]> {
  const blocks: Block[] = [];
  for await (const block of source.blocks()) blocks.push(block);
  return blocks;
}

async function bytesOf(block: Block, offset = block.start): Promise<Buffer> {
  const part = block.from(offset);
  if (Buffer.isBuffer(part)) return part;
  const pieces: Buffer[] = [];
  for await (const piece of part) pieces.push(piece);
  return Buffer.concat(pieces);
}

test("should cut files and bytes so that only what is at the end is short, and in memory", async (t) => {
  const folder = temporaryFolder(t);
  for (const size of [0, 1, uploadUnit, uploadUnit + 1, 3 * uploadUnit, 3 * uploadUnit + 7]) {
    const content = randomBytes(size);
    const file = path.join(folder, `${size}.bin`);
    writeFileSync(file, content);
    for (const source of [bytesSource(content, 0), fileSource(file, size, 0)]) {
      const blocks = await blocksOf(source);
      assert.equal(blocks.at(-1)?.end, size);
      assert.deepEqual(Buffer.concat(await Promise.all(blocks.map((block) => bytesOf(block)))), content);
      for (const block of blocks) {
        assert.equal(block.isLast, block.end === size);
        assert.equal(block.start % uploadUnit, 0);
        if (block.isLast) assert.ok(Buffer.isBuffer(block.from(block.start)) && block.end - block.start <= uploadUnit);
        const middle = block.start + Math.floor((block.end - block.start) / 2);
        assert.deepEqual(await bytesOf(block, middle), content.subarray(middle, block.end));
      }
    }
    assert.equal((await blocksOf(bytesSource(content, size + 1))).length, 1);
  }
});

test("should cut a stream into blocks of one size, whatever its pieces are", async () => {
  const content = randomBytes(1000);
  for (const size of [1, 99, 100, 250, 999, 1000, 4000]) {
    const pieces = Array.from({ length: Math.ceil(1000 / size) }, (_, n) => content.subarray(n * size, (n + 1) * size));
    const blocks = await blocksOf(streamSource(Readable.from(pieces, { objectMode: false }), 100));
    assert.equal(blocks.length, 10);
    assert.deepEqual(Buffer.concat(await Promise.all(blocks.map((block) => bytesOf(block)))), content);
    assert.deepEqual(
      blocks.map(({ start, end, isLast }) => [start, end, isLast]),
      Array.from({ length: 10 }, (_, n) => [n * 100, n * 100 + 100, n === 9]),
    );
  }
  const [empty, ...none] = await blocksOf(streamSource(Readable.from([]), 100));
  assert.deepEqual([empty?.end, empty?.isLast, none.length], [0, true, 0]);
});
