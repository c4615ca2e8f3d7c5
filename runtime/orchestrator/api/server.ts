/** HTTP over the local socket: guard, body, route, answer. Everything that goes wrong becomes an `ApiProblem`. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { ApiProblem } from "../../protocol/api.ts";
import { type ErrorCode, MillraceError, toError } from "../../protocol/errors.ts";
import { checkCaller, type Guard } from "./guard.ts";
import type { Router } from "./router.ts";

/** Largest body taken, in bytes. Parameters of a run are far smaller; what is large belongs into a file. */
const bodyLimit = 10 * 1024 * 1024;

export interface ServerOptions {
  readonly guard: Guard;
  readonly router: Router;
  /** For what is our fault: the client gets the message, the log the stack. */
  readonly report: (message: string, error: Error) => void;
  /** Takes a request that is a hook's: whoever calls one has no token but its address. */
  readonly hook?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export function createApiServer({ guard, router, report, hook }: ServerOptions): Server {
  return createServer((request, response) => {
    if (hook?.(request, response) === true) return;
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    answer(request, gone.signal, guard, router).then(
      (value) => send(response, 200, value),
      (thrown: unknown) => {
        const error = toError(thrown);
        const problem = toProblem(error);
        if (problem.code === "internal") report(`${request.method} ${request.url}`, error);
        send(response, statusOf(problem.code, error), problem);
      },
    );
  });
}

async function answer(
  request: IncomingMessage,
  signal: AbortSignal,
  guard: ServerOptions["guard"],
  router: Router,
): Promise<unknown> {
  const caller = guard(request);
  const path = pathOf(request);
  checkCaller(caller, path);
  const { route, params } = router(request.method ?? "GET", path);
  const body = await readBody(request);
  return route.handle({ params, body, signal, caller });
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? "/";
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}

/** @param limit bytes */
export async function readBody(request: IncomingMessage, limit = bodyLimit): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limit) throw new TooLarge(limit);
    chunks.push(chunk);
  }
  if (size === 0) return {};
  const text = Buffer.concat(chunks).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new MillraceError("bad-usage", `Bad request: the body is no JSON (${toError(thrown).message}).`, {
      cause: thrown,
    });
  }
}

class TooLarge extends MillraceError {
  constructor(limit: number) {
    super("bad-usage", `Bad request: the body is larger than ${limit / 1024 / 1024} MiB. Put the data into a file.`);
  }
}

const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  "bad-usage": 400,
  "bad-parameters": 422,
  "bad-file": 422,
  "load-failed": 422,
  "no-flow": 422,
  "ambiguous-flow": 422,
  "unknown-flow": 422,
  "result-not-kept": 422,
  "not-found": 404,
  conflict: 409,
  "home-owned": 409,
  cancelled: 409,
  unauthorized: 401,
  "not-answering": 503,
};

export function statusOf(code: string, error: Error): number {
  if (error instanceof TooLarge) return 413;
  return new Map<string, number>(Object.entries(statuses)).get(code) ?? 500;
}

export function toProblem(error: Error): ApiProblem {
  if (!(error instanceof MillraceError)) return { code: "internal", message: error.message };
  return {
    code: error.code,
    message: error.message,
    ...(error.fields.length > 0 ? { fields: error.fields } : {}),
  };
}

export function send(response: ServerResponse, status: number, value: unknown): void {
  if (response.destroyed) return;
  const body = Buffer.from(JSON.stringify(value ?? {}));
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": body.length,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}
