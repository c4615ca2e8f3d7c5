/** The data of an object: whole or from a byte on, as it is stored or unpacked. */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { ApiError, answerEmpty, type Call, Cut } from "./api.ts";
import { checkPreconditions, type ObjectStore } from "./objects.ts";

export async function sendObject(store: ObjectStore, call: Call): Promise<void> {
  const { request, response, query, fault, record: recorded } = call;
  const record = store.object(call.bucket, call.object, query.get("generation"));
  checkPreconditions(query, record);
  const size = Number(record.size);
  const hashes = [`crc32c=${record.crc32c}`, ...(record.md5Hash === undefined ? [] : [`md5=${record.md5Hash}`])];
  const headers = {
    "content-type": record.contentType,
    "accept-ranges": "bytes",
    etag: record.generation,
    "x-goog-generation": record.generation,
    "x-goog-metageneration": record.metageneration,
    "x-goog-stored-content-encoding": record.contentEncoding ?? "identity",
    "x-goog-stored-content-length": record.size,
    "x-goog-hash": hashes.join(","),
  };
  const file = store.dataFile(record);
  if (record.contentEncoding === "gzip" && !/\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""))) {
    // Unpacked by the service: then it ignores ranges and knows no length.
    recorded.status = 200;
    response.writeHead(200, headers);
    await pipeline(createReadStream(file), createGunzip(), response);
    return;
  }
  const stored =
    record.contentEncoding === undefined ? headers : { ...headers, "content-encoding": record.contentEncoding };
  const range = rangeOf(request.headers.range, size);
  if (range === "none") throw new ApiError(416, "requestedRangeNotSatisfiable", "Request range not satisfiable");
  const [first, last] = range ?? [0, size - 1];
  const length = last - first + 1;
  recorded.status = range === undefined ? 200 : 206;
  if (length === 0) return answerEmpty(call, 200, stored);
  response.writeHead(recorded.status, {
    ...stored,
    "content-length": length,
    ...(range === undefined ? {} : { "content-range": `bytes ${first}-${last}/${size}` }),
  });
  const data = createReadStream(file, { start: first, end: last, highWaterMark: 1024 * 1024 });
  if (fault?.cutAfter === undefined && !fault?.corrupt) {
    // A client that goes away is no fault of the server.
    await pipeline(data, response).catch(() => {});
    recorded.bytes = length;
    return;
  }
  for await (const piece of data) {
    const bytes: Buffer = Buffer.from(piece);
    if (fault.corrupt && recorded.bytes === 0) bytes[0] = (bytes[0] ?? 0) ^ 1;
    const part = bytes.subarray(0, (fault.cutAfter ?? Number.POSITIVE_INFINITY) - recorded.bytes);
    await new Promise((resolve) => response.write(part, resolve));
    recorded.bytes += part.length;
    if (recorded.bytes === fault.cutAfter) throw new Cut();
  }
  response.end();
}

/** The first and last byte that are asked for; "none" when there are none such, undefined for all. */
export function rangeOf(header: string | undefined, size: number): readonly [number, number] | "none" | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") return size === 0 ? "none" : [Math.max(0, size - Number(last)), size - 1];
  if (Number(first) >= size) return "none";
  return [Number(first), last === "" ? size - 1 : Math.min(Number(last), size - 1)];
}
