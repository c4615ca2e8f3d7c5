/**
 * The door for hooks: loopback TCP, open only while a hook exists, always at the same port of its home, so that what
 * points to it (a proxy, a tunnel, a cron job) goes on to. Serves POST /hooks/<secret> and nothing else.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { MillraceError, toError } from "../../protocol/errors.ts";
import { readBody, send, statusOf, toProblem } from "../api/server.ts";
import type { Core } from "../core.ts";
import type { Hooks } from "./hooks.ts";

/** Bytes. What others send about an event is far smaller. */
const bodyLimit = 1024 * 1024;

export interface HookServer {
  /** Opens or closes the door, as there are hooks or none. */
  refresh(): Promise<void>;
  readonly problem: () => string | null;
  readonly url: (secret: string) => string;
  /** For a server that listens elsewhere: answers a request that is a hook's, and says so. */
  readonly take: (request: IncomingMessage, response: ServerResponse) => boolean;
  close(): void;
}

export interface HookServerOptions {
  readonly core: Pick<Core, "system" | "log">;
  readonly hooks: () => Hooks;
}

export function createHookServer({ core, hooks }: HookServerOptions): HookServer {
  const { system, log } = core;
  const { automations: facts } = system.facts;
  let server: Server | undefined;
  let problem: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  /** One change of the door after the other. */
  let turning: Promise<void> = Promise.resolve();

  async function open(): Promise<void> {
    const made = createServer((request, response) => void answer(request, response, hooks, log));
    // A caller that keeps a connection and says nothing must not hold it for ever.
    made.requestTimeout = 30_000;
    made.maxConnections = 100;
    const { hooksPort = 0 } = facts.last;
    try {
      await listen(made, hooksPort);
    } catch (thrown) {
      problem = `Port ${hooksPort} on 127.0.0.1 is taken by another program (${toError(thrown).message}): hooks are not heard.`;
      log.error("hooks", toError(thrown));
      if (closed) return;
      timer = setTimeout(() => void refresh(), 30_000).unref();
      return;
    }
    problem = null;
    server = made;
    const address = made.address();
    const port = typeof address === "object" && address !== null ? address.port : hooksPort;
    if (port !== hooksPort) await system.commit({ kind: "hooks-port", port });
    log.info(`hooks are heard at http://127.0.0.1:${port}/hooks/`);
  }

  function refresh(): Promise<void> {
    turning = turning
      .then(async () => {
        clearTimeout(timer);
        const wanted = !closed && hooks().names().length > 0;
        if (wanted && server === undefined) await open();
        if (!wanted && server !== undefined) shut();
      })
      .catch((thrown: unknown) => log.error("hooks", toError(thrown)));
    return turning;
  }

  function shut(): void {
    server?.close();
    server?.closeIdleConnections();
    server = undefined;
  }

  return {
    refresh,
    problem: () => problem,
    url: (secret) => `http://127.0.0.1:${facts.last.hooksPort ?? 0}/hooks/${secret}`,
    take(request, response) {
      if (hookSecretOf(request) === undefined) return false;
      void answer(request, response, hooks, log);
      return true;
    },
    close() {
      closed = true;
      clearTimeout(timer);
      shut();
    },
  };
}

/** Undefined where the request is no hook's. */
function hookSecretOf(request: IncomingMessage): string | undefined {
  return /^\/hooks\/([\w-]{1,100})$/.exec((request.url ?? "").split("?")[0] ?? "")?.[1];
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  hooks: () => Hooks,
  log: Core["log"],
): Promise<void> {
  try {
    const secret = hookSecretOf(request);
    if (secret === undefined) throw new MillraceError("not-found", "There is no hook at this address.");
    if (request.method !== "POST") {
      response.setHeader("allow", "POST");
      send(response, 405, { code: "bad-usage", message: "A hook takes POST only." });
      return;
    }
    if (/^application\/x-www-form-urlencoded/i.test(request.headers["content-type"] ?? "")) {
      throw new MillraceError(
        "bad-usage",
        'A hook takes JSON: choose the content type application/json (in GitHub under "Content type" of the webhook).',
      );
    }
    const body = await readBody(request, bodyLimit);
    const made = await hooks().call({ secret, body, key: keyOf(request) });
    send(response, 202, made);
  } catch (thrown) {
    const error = toError(thrown);
    const found = toProblem(error);
    if (found.code === "internal") log.error("a hook", error);
    // What went wrong inside is no caller's business.
    const told =
      found.code === "internal" ? { code: "internal", message: "The hook failed; see orchestrator.log." } : found;
    send(response, statusOf(found.code, error), told);
  }
}

/** GitHub sends the first of its deliveries again under the same id. */
function keyOf({ headers }: IncomingMessage): string | undefined {
  const key = headers["idempotency-key"] ?? headers["x-github-delivery"];
  const text = Array.isArray(key) ? key[0] : key;
  return text === undefined || text === "" ? undefined : text.slice(0, 200);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}
