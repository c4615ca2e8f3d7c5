/** One HTTP request to an orchestrator over its local socket, typed by `Routes`. */
import type { Agent } from "node:http";
import type { Answer, ApiProblem, RouteInput, RouteName } from "../protocol/api.ts";
import { type FieldProblem, isErrorCode, MillraceError, toError } from "../protocol/errors.ts";
import { protocolVersion } from "../protocol/version.ts";

/** Where an orchestrator of this machine listens and what it wants to hear. */
export interface Address {
  /** Path of the Unix socket, or name of the Windows pipe. */
  readonly socket: string;
  readonly token: string;
}

/** One that is reached over the network: http:// on a trusted line, https:// through a proxy that gives TLS. */
export interface RemoteAddress {
  readonly url: string;
  readonly token: string;
}

export type { Answer };

export type RequestOptions<Name extends RouteName> = {
  readonly signal?: AbortSignal;
  /** Milliseconds without any byte of an answer before giving up; default 30 s. */
  readonly timeout_ms?: number;
} & RouteInput<Name>;

/** "POST /api/flow_runs/:id/cancel" with { id } → method and path. */
export function routeAddress(name: RouteName, params: Readonly<Record<string, string>> = {}) {
  const space = name.indexOf(" ");
  const path = name.slice(space + 1).replace(/:([a-z_]+)/g, (_, part: string) => {
    const value = params[part];
    if (value === undefined) throw new TypeError(`${name}: the path parameter "${part}" is missing`);
    return encodeURIComponent(value);
  });
  return { method: name.slice(0, space), path };
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly timeout_ms?: number;
  readonly agent?: Agent;
}

/** Sends one request. Rejects with the MillraceError that the orchestrator named, or "not-answering". */
export async function send<Given>(address: Address | RemoteAddress, request: RawRequest): Promise<Given> {
  const place = placeOf(address);
  const http = place.protocol === "https:" ? await import("node:https") : await import("node:http");
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const once = (mayRepeat: boolean) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const outgoing = http.request(
        {
          ...place.where,
          method: request.method,
          path: place.base + request.path,
          headers: {
            ...(place.base === "" && "socket" in address ? { host: "localhost" } : {}),
            authorization: `Bearer ${address.token}`,
            "x-millrace-protocol": `${protocolVersion.major}.${protocolVersion.minor}`,
            ...(body === undefined
              ? {}
              : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
          },
          ...(request.agent === undefined ? {} : { agent: request.agent }),
          ...(request.signal === undefined ? {} : { signal: request.signal }),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("end", () =>
            resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
          );
          incoming.on("error", reject);
        },
      );
      outgoing.setTimeout(request.timeout_ms ?? 30_000, () => {
        outgoing.destroy(new Error(`no answer within ${(request.timeout_ms ?? 30_000) / 1000} s`));
      });
      outgoing.on("error", (error) => {
        // The other side had closed a connection that lay idle, and nothing of this was heard: on a new one it is.
        if (mayRepeat && outgoing.reusedSocket && wasClosed(error)) once(false).then(resolve, reject);
        else reject(error);
      });
      outgoing.end(body);
    });
  const { status, text } = await once(true).catch((thrown: unknown) => {
    if (request.signal?.aborted) throw toError(request.signal.reason);
    throw new MillraceError(
      "not-answering",
      `The orchestrator does not answer (${request.method} ${request.path}: ${toError(thrown).message}). ` +
        "`millrace orchestrator status` tells more; runs that are under way go on without it.",
      { cause: thrown },
    );
  });
  if (status >= 200 && status < 300) return JSON.parse(text);
  throw problemError(status, parseProblem(text));
}

const wasClosed = (error: Error): boolean => "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");

interface Place {
  readonly protocol: string;
  readonly where: { readonly socketPath: string } | { readonly hostname: string; readonly port: string };
  /** What stands before the path of a route. */
  readonly base: string;
}

function placeOf(address: Address | RemoteAddress): Place {
  if ("socket" in address) return { protocol: "http:", where: { socketPath: address.socket }, base: "" };
  const { protocol, hostname, port, pathname } = new URL(address.url);
  const host = hostname.replace(/^\[|\]$/g, "");
  return { protocol, where: { hostname: host, port }, base: pathname.replace(/\/$/, "") };
}

function parseProblem(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { code: "internal", message: text };
  }
}

function problemError(status: number, answer: unknown): MillraceError {
  if (isProblem(answer)) {
    const { code, message, fields } = answer;
    return new MillraceError(isErrorCode(code) ? code : "internal", message, {
      ...(fields === undefined ? {} : { fields }),
      cause: new Error(`HTTP ${status}`),
    });
  }
  return new MillraceError("internal", `The orchestrator answered with HTTP ${status}.`);
}

function isProblem(answer: unknown): answer is ApiProblem & { fields?: readonly FieldProblem[] } {
  return (
    typeof answer === "object" &&
    answer !== null &&
    "code" in answer &&
    typeof answer.code === "string" &&
    "message" in answer &&
    typeof answer.message === "string"
  );
}
