/** The three ways of the service to take an object: media, multipart, and resumable in one or many requests. */
import { randomUUID } from "node:crypto";
import { ApiError, answerEmpty, answerJson, bodyJson, type Call, Cut, invalid, parseObject, textOf } from "./api.ts";
import {
  type Checks,
  checkPreconditions,
  type Draft,
  type ObjectRecord,
  type ObjectStore,
  uploadUnit,
} from "./objects.ts";

interface Session {
  readonly bucket: string;
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly query: URLSearchParams;
  readonly draft: Draft;
  done: ObjectRecord | undefined;
  /** Requests of one session come one after another; a client that has lost one may be faster than we notice. */
  busy: Promise<unknown>;
}

export interface Uploads {
  insert(call: Call): Promise<void>;
  start(call: Call, baseUrl: string): Promise<void>;
  write(call: Call): Promise<void>;
  cancel(call: Call): Promise<void>;
}

export function createUploads(store: ObjectStore): Uploads {
  const sessions = new Map<string, Session>();
  const sessionOf = ({ query }: Call) => {
    const session = sessions.get(query.get("upload_id") ?? "");
    if (session === undefined) throw new ApiError(404, "notFound", "No such upload session");
    return session;
  };

  return {
    async insert(call) {
      const { query, request } = call;
      const type = query.get("uploadType");
      const draft = await store.draft(call.bucket);
      try {
        const fields =
          type === "media"
            ? await takeMedia(call, draft)
            : type === "multipart"
              ? await takeMultipart(call, draft)
              : refuse(`Invalid uploadType: ${type}`);
        const name = query.get("name") ?? textOf(fields["name"]) ?? refuse("Required parameter: name");
        const found = store.find(call.bucket, name);
        checkPreconditions(query, found);
        const given = { ...checksOf(request.headers["x-goog-hash"]), ...checksIn(fields) };
        const encoding = query.get("contentEncoding");
        const all = encoding === null ? fields : { ...fields, contentEncoding: encoding };
        finishCall(call, await draft.finish(name, withoutChecks(all), given));
      } catch (error) {
        await draft.discard();
        throw error;
      }
    },
    async start(call, baseUrl) {
      const fields = await bodyJson(call);
      const { query, request, bucket } = call;
      const name = query.get("name") ?? textOf(fields["name"]) ?? refuse("Required parameter: name");
      checkPreconditions(query, store.find(bucket, name));
      const id = randomUUID().replaceAll("-", "");
      const contentType = textOf(request.headers["x-upload-content-type"]);
      sessions.set(id, {
        bucket,
        name,
        fields: { ...fields, ...(contentType === undefined ? {} : { contentType }) },
        query,
        draft: await store.draft(bucket),
        done: undefined,
        busy: Promise.resolve(),
      });
      const location = `${baseUrl}/upload/storage/v1/b/${bucket}/o?uploadType=resumable&upload_id=${id}`;
      answerEmpty(call, 200, { location, "x-guploader-uploadid": id });
    },
    async write(call) {
      const session = sessionOf(call);
      const before = session.busy;
      const { promise, resolve } = Promise.withResolvers<void>();
      session.busy = promise;
      try {
        await before;
        await continueUpload(store, session, call);
      } finally {
        resolve();
      }
    },
    async cancel(call) {
      const session = sessionOf(call);
      sessions.delete(call.query.get("upload_id") ?? "");
      await session.draft.discard();
      answerEmpty(call, 499);
    },
  };
}

async function continueUpload(store: ObjectStore, session: Session, call: Call): Promise<void> {
  const { draft } = session;
  const range = parseRange(call.request.headers["content-range"], call.request.headers["content-length"]);
  const incomplete = () => answerEmpty(call, 308, draft.size === 0 ? {} : { range: `bytes=0-${draft.size - 1}` });
  if (session.done !== undefined) {
    call.request.resume();
    return answerJson(call, 200, session.done);
  }
  if (range.first === undefined) {
    if (range.total === undefined || range.total > draft.size) return incomplete();
  } else {
    if (range.first > draft.size) {
      throw new ApiError(503, "backendError", `Content-Range begins at ${range.first}, the upload has ${draft.size}`);
    }
    const begun = draft.size;
    await takeBody(call, draft, draft.size - range.first);
    if (range.last !== undefined && draft.size - 1 !== Math.max(range.last, begun - 1)) {
      throw invalid(`Content-Range ends at ${range.last}, the body at ${draft.size - 1}`);
    }
    const isLast = range.total === undefined ? range.isOpen : draft.size >= range.total;
    if (!isLast) {
      if (draft.size % uploadUnit !== 0) throw invalid("There is a part that is no multiple of 256 KiB");
      if (call.fault?.loseAnswer) throw new Cut();
      return incomplete();
    }
    if (range.total !== undefined && draft.size !== range.total) throw invalid("More bytes than announced");
  }
  checkPreconditions(session.query, store.find(session.bucket, session.name));
  const checks = { ...checksIn(session.fields), ...checksOf(call.request.headers["x-goog-hash"]) };
  session.done = await draft.finish(session.name, withoutChecks(session.fields), checks);
  finishCall(call, session.done);
}

function finishCall(call: Call, record: ObjectRecord): void {
  if (call.fault?.loseAnswer) throw new Cut();
  answerJson(call, 200, record);
}

interface ContentRange {
  readonly first: number | undefined;
  readonly last: number | undefined;
  readonly total: number | undefined;
  /** Goes to the end of the body, and of the object: "bytes 0-*" of an unknown total, and a body without the header. */
  readonly isOpen: boolean;
}

/** The header says "bytes", then first-last or * and the total or *, with * also for the last byte. */
export function parseRange(header: string | undefined, contentLength: string | undefined): ContentRange {
  if (header === undefined) {
    const total = contentLength === undefined ? undefined : Number(contentLength);
    return { first: 0, last: undefined, total, isOpen: true };
  }
  const [, first, last, total] = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(header) ?? refuse("Bad Content-Range");
  const numberOf = (text: string | undefined) => (text === undefined || text === "*" ? undefined : Number(text));
  return { first: numberOf(first), last: numberOf(last), total: numberOf(total), isOpen: last === "*" };
}

/** The body's bytes go to the draft; `skip` of them it has already. */
async function takeBody(call: Call, draft: Draft, skip = 0): Promise<void> {
  let known = skip;
  try {
    for await (const piece of call.request) {
      const bytes: Buffer = Buffer.isBuffer(piece) ? piece : Buffer.from(piece);
      const fresh = bytes.subarray(Math.min(known, bytes.length));
      known -= bytes.length - fresh.length;
      const left = (call.fault?.cutAfter ?? Number.POSITIVE_INFINITY) - call.record.bytes;
      if (call.fault?.corrupt && call.record.bytes === 0 && fresh.length > 0) fresh[0] = (fresh[0] ?? 0) ^ 1;
      await draft.write(left < fresh.length ? fresh.subarray(0, left) : fresh);
      call.record.bytes += Math.min(left, fresh.length);
      if (left <= fresh.length) throw new Cut();
    }
  } catch (error) {
    // Also when the client has gone: what the service keeps then are whole units.
    await draft.cutBack();
    throw error;
  }
}

async function takeMedia(call: Call, draft: Draft): Promise<Record<string, unknown>> {
  await takeBody(call, draft);
  return { contentType: call.request.headers["content-type"] ?? "application/octet-stream" };
}

/** multipart/related: a JSON part, then the data. Small enough for memory: larger objects come resumable. */
async function takeMultipart(call: Call, draft: Draft): Promise<Record<string, unknown>> {
  const type = call.request.headers["content-type"] ?? "";
  const boundary =
    /^multipart\/related;.*boundary="?([^";]+)"?/i.exec(type)?.[1] ?? refuse(`Bad content type: ${type}`);
  const pieces: Buffer[] = [];
  for await (const piece of call.request) pieces.push(Buffer.from(piece));
  const body = Buffer.concat(pieces);
  const mark = Buffer.from(`--${boundary}`);
  const starts: number[] = [];
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) starts.push(at);
  const [json, data, end] = starts;
  if (json === undefined || data === undefined || end === undefined || starts.length !== 3) {
    throw invalid("Expected two parts in multipart/related");
  }
  const first = partOf(body.subarray(json + mark.length, data));
  const second = partOf(body.subarray(data + mark.length, end));
  const fields = parseObject(first.content.toString());
  call.record.body = fields;
  call.record.bytes = second.content.length;
  if (call.fault?.cutAfter !== undefined) throw new Cut();
  const content = Buffer.from(second.content);
  if (call.fault?.corrupt && content.length > 0) content[0] = (content[0] ?? 0) ^ 1;
  await draft.write(content);
  return { ...(second.type === undefined ? {} : { contentType: second.type }), ...fields };
}

function partOf(part: Buffer): { readonly type: string | undefined; readonly content: Buffer } {
  const split = part.indexOf("\r\n\r\n");
  if (split < 0) throw invalid("A part has no headers");
  const type = /content-type: *([^\r\n]+)/i.exec(part.subarray(0, split).toString())?.[1];
  return { type, content: part.subarray(split + 4, part.length - 2) };
}

/** "crc32c=AAAAAA==,md5=…" */
function checksOf(header: string | string[] | undefined): Checks {
  const text = Array.isArray(header) ? header.join(",") : (header ?? "");
  const one = (kind: string) => new RegExp(`${kind}=([A-Za-z0-9+/=]+)`).exec(text)?.[1];
  const [crc32c, md5] = [one("crc32c"), one("md5")];
  return { ...(crc32c === undefined ? {} : { crc32c }), ...(md5 === undefined ? {} : { md5 }) };
}

function checksIn(fields: Readonly<Record<string, unknown>>): Checks {
  const [crc32c, md5] = [textOf(fields["crc32c"]), textOf(fields["md5Hash"])];
  return { ...(crc32c === undefined ? {} : { crc32c }), ...(md5 === undefined ? {} : { md5 }) };
}

function withoutChecks(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { crc32c: _crc32c, md5Hash: _md5Hash, ...rest } = fields;
  return rest;
}

function refuse(message: string): never {
  throw invalid(message);
}
