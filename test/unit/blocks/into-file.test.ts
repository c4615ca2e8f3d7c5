import assert from "node:assert/strict";
import { test } from "node:test";
import { intoFile, type OpenFile } from "../../../runtime/blocks/durable-file.ts";

const mebibyte = 1024 * 1024;

/** A file that takes at most `most` bytes at a time, and fails once it has `full`. */
function memoryFile({ most = Number.POSITIVE_INFINITY, full = Number.POSITIVE_INFINITY, syncs = async () => {} }) {
  const taken: Buffer[] = [];
  const calls = { write: 0, writev: 0, datasync: 0 };
  let size = 0;
  const take = async (bytes: Uint8Array) => {
    await new Promise(setImmediate);
    if (size >= full) throw new Error("the disk is full");
    const part = Buffer.from(bytes.subarray(0, most));
    taken.push(part);
    size += part.length;
    return { bytesWritten: part.length };
  };
  const file: OpenFile = {
    write: (bytes, offset, length) => {
      calls.write++;
      return take(bytes.subarray(offset, offset + length));
    },
    writev: (pieces) => {
      calls.writev++;
      return take(Buffer.concat(pieces));
    },
    datasync: () => {
      calls.datasync++;
      return syncs();
    },
  };
  return { file, calls, content: () => Buffer.concat(taken) };
}

async function* pieces(count: number, size: number) {
  for (let n = 0; n < count; n++) {
    await Promise.resolve();
    yield Buffer.alloc(size, n);
  }
}

const whole = (count: number, size: number) =>
  Buffer.concat(Array.from({ length: count }, (_, n) => Buffer.alloc(size, n)));

test("should write all pieces in their order, many at a time, however few bytes the system takes", async () => {
  for (const most of [Number.POSITIVE_INFINITY, 1000, 7]) {
    const { file, calls, content } = memoryFile({ most });
    const told: number[] = [];
    await intoFile(file, (bytes) => told.push(bytes))(pieces(100, 100));
    assert.ok(content().equals(whole(100, 100)), `${most} at most`);
    assert.equal(told.at(-1), 10_000);
    assert.ok(calls.writev < 100);
  }
});

test("should keep no more than a mebibyte back while the disk is busy", async () => {
  let taken = 0;
  let written = 0;
  let furthest = 0;
  async function* counted() {
    for await (const piece of pieces(200, 65_536)) {
      furthest = Math.max(furthest, taken - written);
      taken += piece.length;
      yield piece;
    }
  }
  const { file } = memoryFile({});
  await intoFile(file, (bytes) => {
    written = bytes;
  })(counted());
  // As much again is in the system's hands.
  assert.ok(furthest <= 2 * mebibyte + 65_536, `${furthest} bytes were taken and not written`);
});

test("should end with what the disk says, soon after it has said it", async () => {
  let taken = 0;
  async function* endless() {
    for (;;) {
      await new Promise(setImmediate);
      taken++;
      yield Buffer.alloc(10);
    }
  }
  await assert.rejects(intoFile(memoryFile({ full: 100 }).file)(endless()), /the disk is full/);
  assert.ok(taken < 100);
});

test("should have the disk take what is written while more is written, and hear when it cannot", async () => {
  const { file, calls } = memoryFile({});
  await intoFile(file)(pieces(130, mebibyte));
  assert.equal(calls.datasync, 2);
  let isDone = () => {};
  const slow = memoryFile({
    syncs: () =>
      new Promise<void>((resolve) => {
        isDone = resolve;
      }),
  });
  const ended = intoFile(slow.file, (bytes) => bytes === 130 * mebibyte && isDone())(pieces(130, mebibyte));
  await ended;
  assert.equal(slow.calls.datasync, 1);
  const broken = memoryFile({ syncs: () => Promise.reject(new Error("the disk is gone")) });
  await assert.rejects(intoFile(broken.file)(pieces(70, mebibyte)), /the disk is gone/);
});

test("should wait for what is being written before it says that the source has failed", async () => {
  let isOver = false;
  const { file } = memoryFile({});
  const slow: OpenFile = {
    ...file,
    writev: async (parts) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      isOver = true;
      return file.writev(parts);
    },
  };
  async function* failing() {
    yield Buffer.alloc(10);
    await Promise.resolve();
    throw new Error("the source has failed");
  }
  await assert.rejects(intoFile(slow)(failing()), /the source has failed/);
  assert.equal(isOver, true);
});
