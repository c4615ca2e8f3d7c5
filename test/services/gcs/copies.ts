/** Objects made of other objects: composed of up to 32, or rewritten under another name. */
import { createReadStream } from "node:fs";
import { ApiError, answerJson, bodyJson, type Call, invalid, isObject } from "./api.ts";
import { checkPreconditions, type ObjectRecord, type ObjectStore } from "./objects.ts";

export async function composeObject(store: ObjectStore, call: Call): Promise<void> {
  const { sourceObjects, destination } = await bodyJson(call);
  if (!Array.isArray(sourceObjects) || sourceObjects.length === 0 || sourceObjects.length > 32) {
    throw invalid("The number of source components is not between 1 and 32");
  }
  checkPreconditions(call.query, store.find(call.bucket, call.object));
  const sources = sourceObjects.map((source) =>
    store.object(call.bucket, isObject(source) ? String(source["name"]) : ""),
  );
  const fields = { ...(isObject(destination) ? destination : {}), componentCount: sources.length };
  answerJson(call, 200, await copy(store, sources, call.bucket, call.object, fields));
}

export async function rewriteObject(store: ObjectStore, call: Call): Promise<void> {
  const [, bucket, name] = /^rewriteTo\/b\/([^/]+)\/o\/([^/]+)$/.exec(call.rest) ?? [];
  if (bucket === undefined || name === undefined) throw new ApiError(404, "notFound", "Not Found");
  const source = store.object(call.bucket, call.object);
  const [toBucket, toName] = [decodeURIComponent(bucket), decodeURIComponent(name)];
  checkPreconditions(call.query, store.find(toBucket, toName));
  const fields = { contentType: source.contentType, ...(await bodyJson(call)) };
  const resource = await copy(store, [source], toBucket, toName, fields);
  const size = source.size;
  answerJson(call, 200, {
    kind: "storage#rewriteResponse",
    totalBytesRewritten: size,
    objectSize: size,
    done: true,
    resource,
  });
}

async function copy(
  store: ObjectStore,
  sources: readonly ObjectRecord[],
  bucket: string,
  name: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<ObjectRecord> {
  const draft = await store.draft(bucket);
  try {
    for (const source of sources) {
      for await (const piece of createReadStream(store.dataFile(source))) await draft.write(piece);
    }
    return await draft.finish(name, fields, {});
  } catch (error) {
    await draft.discard();
    throw error;
  }
}
