/** One HTTP request of a block that tells somebody something. */
import type { IncomingMessage, RequestOptions } from "node:http";
import { MillraceError } from "../protocol/errors.ts";
import { redact } from "../system/redaction.ts";
import { serverOf, tlsOptions } from "./network.ts";
import { explain } from "./run-test.ts";
import { tlsProblem } from "./tls-problem.ts";

export interface HttpCall {
  /** Names the block in messages: `SlackWebhook "team"`. */
  readonly label: string;
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  /** The authority (PEM) that is trusted in place of the public ones. */
  readonly caCertificate?: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** Of what a server says. */
const longestAnswer = 16 * 1024 * 1024;
const mostRedirects = 5;

/** @throws MillraceError "task-failed" when nobody answers in time, or with another status than 2xx. */
export async function callHttp(call: HttpCall): Promise<HttpAnswer> {
  const { label, timeout } = call;
  const signal = AbortSignal.timeout(timeout);
  let url = new URL(call.url);
  for (let redirects = 0; ; redirects++) {
    // Paths of such addresses are secrets as often as not.
    const failed = (why: string, cause?: unknown) =>
      new MillraceError("task-failed", redact(`${label}: ${url.host}${why}`), { cause });
    let answer: Answer;
    try {
      answer = await request(call, url, signal);
    } catch (thrown) {
      const { host } = serverOf(url);
      const problem = tlsProblem(thrown, { host, hasAuthority: call.caCertificate !== undefined });
      const why = problem === undefined ? explain(thrown) : `TLS: ${problem}`;
      throw failed(`: ${signal.aborted ? `no answer within ${timeout / 1000} seconds` : why}`, thrown);
    }
    const { status, reason, text, location } = answer;
    if (status >= 200 && status < 300) return { status, text };
    const said = text.trim().slice(0, 300);
    if (location === undefined || status < 300 || status >= 400) {
      throw failed(` answered ${status} ${reason}${said === "" ? "" : `: ${said}`}`.trimEnd());
    }
    const next = new URL(location, url);
    if (!isFollowed(call, status, url, next) || redirects === mostRedirects) {
      throw failed(` answered ${status} ${reason}: it sends on to an address of ${next.origin}; enter that address`);
    }
    url = next;
  }
}

/** With the same request only, and not to another machine: the secrets would go along. */
function isFollowed({ method }: HttpCall, status: number, from: URL, to: URL): boolean {
  const isSameRequest = status === 307 || status === 308 || method === "GET";
  const isOpener = from.protocol === "https:" && to.protocol !== "https:";
  return isSameRequest && !isOpener && /^https?:$/.test(to.protocol) && from.hostname === to.hostname;
}

interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly text: string;
  readonly location: string | undefined;
}

/** Node's own client and not `fetch`: that one takes no authority of one's own. */
async function request(call: HttpCall, url: URL, signal: AbortSignal): Promise<Answer> {
  const { method, headers, body, caCertificate } = call;
  const server = serverOf(url, caCertificate);
  const client = server.tls ? await import("node:https") : await import("node:http");
  const options: RequestOptions = {
    method,
    headers: {
      ...headers,
      ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
    },
    signal,
    // A connection of its own, that ends with the answer.
    agent: false,
    ...(server.tls ? tlsOptions(server) : {}),
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    client.request(url, options, resolve).once("error", reject).end(body);
  });
  const { statusCode: status = 0, statusMessage: reason = "" } = response;
  return { status, reason, text: await textOf(response), location: response.headers.location };
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of response.setEncoding("utf8")) {
    text += String(piece);
    if (text.length > longestAnswer) {
      response.destroy();
      break;
    }
  }
  return text;
}

/** `Webhook "team"`, or `Webhook` for a block made in code. */
export function labelOf(block: { readonly blockName: string | undefined }, className: string): string {
  return block.blockName === undefined ? className : `${className} ${JSON.stringify(block.blockName)}`;
}
