/** The thread that sums up large downloads: see checksum-thread.ts. */
import { parentPort, workerData } from "node:worker_threads";
import type { ChecksumAnswer, ChecksumOrder, ChecksumSettings } from "./checksum-thread.ts";
import { Crc32c } from "./crc32c.ts";

const { areas }: ChecksumSettings = workerData;
const sum = new Crc32c();
parentPort?.on("message", ({ area, length }: ChecksumOrder) => {
  const bytes = areas[area];
  if (bytes !== undefined) sum.update(bytes.subarray(0, length));
  const answer: ChecksumAnswer = { area, sum: sum.value };
  parentPort?.postMessage(answer);
});
