/** The two parts of a multipart upload: the job as JSON, and the bytes of the file, which go to the disk as they come. */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { parseObject } from "../gcs/api.ts";
import { type Call, invalid } from "./api.ts";

/** Thrown where a fault cuts the connection: nothing more is said. */
export class Cut extends Error {}

export async function receiveUpload(call: Call, file: string): Promise<Record<string, unknown>> {
  const { request, record, fault } = call;
  const [, boundary = ""] =
    /^multipart\/related; ?boundary="?([^";]+)/.exec(request.headers["content-type"] ?? "") ?? [];
  if (boundary === "") throw invalid("Upload is not multipart/related");
  const end = Buffer.from(`\r\n--${boundary}--`);
  const output = createWriteStream(file);
  let head: Buffer | undefined = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let body: Record<string, unknown> = {};
  const write = async (bytes: Buffer) => {
    const known = Buffer.concat([tail, bytes]);
    const keep = Math.min(known.length, end.length + 4);
    tail = known.subarray(known.length - keep);
    record.bytes += known.length - keep;
    if (fault?.cutAfter !== undefined && record.bytes >= fault.cutAfter) throw new Cut();
    if (!output.write(known.subarray(0, known.length - keep))) await once(output, "drain");
  };
  try {
    for await (const chunk of request) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      if (head === undefined) {
        await write(bytes);
        continue;
      }
      head = Buffer.concat([head, bytes]);
      const start = mediaStart(head, boundary);
      if (start === undefined) {
        if (head.length > 1_000_000) throw invalid("The first part is too large");
        continue;
      }
      body = parseObject(start.json);
      record.body = body;
      const rest: Buffer = head.subarray(start.at);
      head = undefined;
      await write(rest);
    }
    const closing = tail.lastIndexOf(end);
    if (head !== undefined || closing < 0) throw invalid("The upload ends before its last boundary");
    record.bytes += closing;
    output.write(tail.subarray(0, closing));
    return body;
  } finally {
    await new Promise<void>((resolve) => output.end(() => resolve()));
  }
}

/** Where the bytes of the file begin, and the JSON before them; undefined while it has not all come. */
function mediaStart(head: Buffer, boundary: string): { json: string; at: number } | undefined {
  const first = head.indexOf(`--${boundary}`);
  const json = head.indexOf("\r\n\r\n", first);
  const second = json < 0 ? -1 : head.indexOf(`\r\n--${boundary}`, json);
  const media = second < 0 ? -1 : head.indexOf("\r\n\r\n", second);
  return media < 0 ? undefined : { json: head.subarray(json + 4, second).toString(), at: media + 4 };
}
