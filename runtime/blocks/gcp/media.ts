/**
 * Requests that carry the data of objects. They go through the signed-in client itself and not through
 * @google-cloud/storage: its downloads kill the process on Node 24 when a first answer is 503, its resumable uploads
 * leave the token out for another endpoint than Google's, and it keeps in memory what a file can be read for again.
 */

import type { Readable } from "node:stream";
import type { AuthClient } from "google-auth-library";
import { lazyNode } from "../../system/lazy-node.ts";
import { HttpProblem, parseRetryAfter } from "./problems.ts";
import { stalled, within } from "./retrying.ts";

export interface MediaLink {
  /** "https://storage.googleapis.com" */
  readonly endpoint: string;
  readonly bucket: string;
  /** Milliseconds without a byte after which a connection is dead, though nobody has said so. */
  readonly timeout: number;
  client(): Promise<AuthClient>;
  /** The token was refused: the next request asks for a new one. */
  forgetToken(): Promise<void>;
}

export interface MediaRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readable | Buffer | string;
  readonly signal: AbortSignal;
}

export interface MediaAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Readable;
}

/**
 * Any status below 400, and 308 among them, is an answer.
 * @throws HttpProblem for others; what the network throws.
 */
export async function send(link: MediaLink, request: MediaRequest): Promise<MediaAnswer> {
  const answer = await sendOnce(link, request);
  if (answer.status !== 401) return checked(answer);
  answer.data.destroy();
  await link.forgetToken();
  // A body that streams is used up: whoever has sent it finds out how far it came.
  if (request.body instanceof lazyNode.stream.Readable)
    throw new HttpProblem(503, "the token was refused while data was sent");
  return checked(await sendOnce(link, request));
}

async function sendOnce(link: MediaLink, { method, url, headers, body, signal }: MediaRequest): Promise<MediaAnswer> {
  const client = await within(link.client(), signal, link.timeout);
  const stall = stallGuard(signal, link.timeout);
  // In pieces, so that each that goes is heard of: a slow line is not a dead one.
  const sent = Buffer.isBuffer(body) ? lazyNode.stream.Readable.from(slicesOf(body), { objectMode: false }) : body;
  try {
    const answer = await client.request<Readable>({
      method,
      url,
      headers: { ...headers },
      responseType: "stream",
      validateStatus: () => true,
      retry: false,
      signal: stall.signal,
      // Unpacking is ours to do: the checksum is of what is stored.
      ...{ compress: false },
      ...(sent === undefined
        ? {}
        : { data: sent instanceof lazyNode.stream.Readable ? sent.on("data", stall.moved).pause() : sent }),
    });
    const { status, data } = answer;
    data.on("data", stall.moved).once("close", stall.end).pause();
    return { status, headers: new Headers(answer.headers), data };
  } catch (thrown) {
    stall.end();
    signal.throwIfAborted();
    throw thrown;
  }
}

function* slicesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

/** Aborts with the signal given, and when nothing has moved for too long. */
function stallGuard(signal: AbortSignal, timeout: number) {
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(stalled()), timeout);
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return {
    signal: controller.signal,
    moved: () => void timer.refresh(),
    end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    },
  };
}

async function checked(answer: MediaAnswer): Promise<MediaAnswer> {
  if (answer.status < 400) return answer;
  const message = problemText(await textOf(answer.data).catch(() => ""));
  throw new HttpProblem(
    answer.status,
    message || `status ${answer.status}`,
    parseRetryAfter(answer.headers.get("retry-after")),
  );
}

export async function jsonOf(answer: MediaAnswer): Promise<unknown> {
  return JSON.parse(await textOf(answer.data));
}

async function textOf(data: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of data) {
    pieces.push(Buffer.from(piece));
    size += pieces.at(-1)?.length ?? 0;
    if (size > 1024 * 1024) break;
  }
  return Buffer.concat(pieces).toString();
}

/** What the service says in the JSON of an error; its text when it is none. */
function problemText(text: string): string {
  try {
    const message: unknown = JSON.parse(text)?.error?.message;
    return typeof message === "string" ? message : text.slice(0, 300);
  } catch {
    return text
      .replace(/<[^>]*>/g, " ")
      .slice(0, 300)
      .trim();
  }
}
