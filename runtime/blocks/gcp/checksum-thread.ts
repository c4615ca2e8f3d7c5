/**
 * The checksum of a large object, made by another thread: it costs a second a gigabyte, which the thread that reads the
 * network has not to spare. Its data is copied into memory that both threads see, a twentieth of that cost.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { toError } from "../../protocol/errors.ts";
import { lazyNode } from "../../system/lazy-node.ts";
import { Crc32c } from "./crc32c.ts";

/** From this size on the thread is worth its start. */
const threadFrom = 32 * 1024 * 1024;
const areaSize = 1024 * 1024;
const areaCount = 4;

export interface ChecksumSettings {
  readonly areas: readonly Uint8Array<SharedArrayBuffer>[];
}
/** So many bytes stand in the area. */
export interface ChecksumOrder {
  readonly area: number;
  readonly length: number;
}
export interface ChecksumAnswer {
  /** That may be filled again. */
  readonly area: number;
  /** Of all up to the end of it, as `Crc32c.value`. */
  readonly sum: number;
}

export interface Checksum {
  /** The bytes may be changed once it is done. A promise only where the other thread is not as quick. */
  update(bytes: Uint8Array): Promise<void> | undefined;
  /** Of all bytes, as Cloud Storage writes it. */
  finish(): Promise<string>;
  close(): Promise<void>;
}

export function checksumOf(size: number): Checksum {
  return size < threadFrom ? checksumHere() : checksumThread();
}

function checksumHere(): Checksum {
  const sum = new Crc32c();
  return {
    update(bytes) {
      sum.update(bytes);
      return undefined;
    },
    finish: async () => String(sum),
    close: async () => {},
  };
}

function checksumThread(): Checksum {
  const areas = Array.from({ length: areaCount }, () => new Uint8Array(new SharedArrayBuffer(areaSize)));
  const settings: ChecksumSettings = { areas };
  const worker = new lazyNode.threads.Worker(workerFile(), { workerData: settings });
  // A process that ends otherwise must not wait for it.
  worker.unref();
  const free = areas.map((_, area) => area);
  let area = free.pop();
  let filled = 0;
  let value = 0;
  let broken: Error | undefined;
  let moved = Promise.withResolvers<void>();
  const wake = () => {
    moved.resolve();
    moved = Promise.withResolvers<void>();
  };
  const fail = (error: Error) => {
    broken ??= error;
    wake();
  };
  worker.on("message", (answer: ChecksumAnswer) => {
    value = answer.sum;
    free.push(answer.area);
    wake();
  });
  worker.on("error", (thrown) => fail(toError(thrown)));
  worker.on("exit", (code) => fail(new Error(`the thread that sums up a download ended with code ${code}`)));

  async function changed(): Promise<void> {
    worker.ref();
    await moved.promise;
    worker.unref();
    if (broken !== undefined) throw broken;
  }
  function handOver(): void {
    if (area === undefined) return;
    const order: ChecksumOrder = { area, length: filled };
    worker.postMessage(order);
    area = free.pop();
    filled = 0;
  }
  /** Copies what there is room for. @returns the rest. */
  function copy(bytes: Uint8Array): Uint8Array {
    let rest = bytes;
    while (rest.length > 0) {
      area ??= free.pop();
      if (area === undefined) break;
      const taken = rest.subarray(0, areaSize - filled);
      areas[area]?.set(taken, filled);
      filled += taken.length;
      rest = rest.subarray(taken.length);
      if (filled === areaSize) handOver();
    }
    return rest;
  }
  async function copyRest(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0; rest = copy(rest)) await changed();
  }
  return {
    update(bytes) {
      if (broken !== undefined) throw broken;
      const rest = copy(bytes);
      return rest.length === 0 ? undefined : copyRest(rest);
    },
    async finish() {
      if (filled > 0) handOver();
      if (area !== undefined) free.push(area);
      area = undefined;
      while (free.length < areaCount) await changed();
      return String(new Crc32c(value));
    },
    async close() {
      await worker.terminate();
    },
  };
}

/** Beside the library in a build, beside this file among the sources. */
function workerFile(): string {
  const built = path.join(import.meta.dirname, "lib", "checksum.cjs");
  return existsSync(built) ? built : path.join(import.meta.dirname, "checksum-worker.ts");
}
