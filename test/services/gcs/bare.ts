/** The floor of the benches: the same data through the same process, disk and checksum, without any protocol. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { answerEmpty, type Call } from "./api.ts";
import type { ObjectStore } from "./objects.ts";

const bucket = "bare";

export async function takeBare(store: ObjectStore, call: Call): Promise<void> {
  if (!store.buckets().some(({ name }) => name === bucket)) store.createBucket(bucket);
  const draft = await store.draft(bucket);
  for await (const piece of call.request) await draft.write(piece);
  await draft.finish(call.object, {}, {});
  answerEmpty(call, 200);
}

export async function sendBare(store: ObjectStore, call: Call): Promise<void> {
  const file = store.dataFile(store.object(bucket, call.object));
  call.response.writeHead(200, { "content-length": (await stat(file)).size });
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), call.response);
}
