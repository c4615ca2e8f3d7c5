/**
 * A server that speaks the JSON protocol of Cloud Storage to the real client: objects on the disk, sign-in with a real
 * signature, every request checked and recorded, faults on demand. What it cannot prove stands in the README.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createFaults, plainHeaders, takeBody } from "../google/faults.ts";
import {
  ApiError,
  answerEmpty,
  answerError,
  answerJson,
  bodyJson,
  type Call,
  Cut,
  type Fault,
  operations,
  type RecordedRequest,
} from "./api.ts";
import { type ObjectStore, openObjects } from "./objects.ts";
import { createOperations } from "./operations.ts";
import { knownParameters, permissions, routeOf } from "./routes.ts";
import { createSignIn, type ServiceAccountKey, type SignIn } from "./sign-in.ts";
import { createUploads } from "./uploads.ts";

export interface GcsServer {
  /** "http://127.0.0.1:54321": the API endpoint for the client. */
  readonly url: string;
  /** The token endpoint; it stands in the key too. */
  readonly tokenUri: string;
  /** The key of a service account that may do everything. */
  readonly key: ServiceAccountKey;
  readonly store: ObjectStore;
  readonly signIn: SignIn;
  readonly requests: readonly RecordedRequest[];
  /** What was wrong with requests that a client should never send; a test that ends well has none. */
  readonly complaints: readonly string[];
  /** Injects a fault into the next requests of an operation. */
  fail(fault: Fault): void;
  /** From now on nobody has this permission, as "storage.objects.create". */
  deny(permission: string): void;
  /** Where the data of an object stands on the disk; undefined when there is no such object. */
  objectFile(bucket: string, name: string): string | undefined;
  /** Forgets recorded requests. */
  clear(): void;
  stop(): Promise<void>;
}

export interface GcsServerOptions {
  /** Objects are kept here and found again by the next server. */
  readonly folder: string;
  readonly port?: number;
}

export async function startGcsServer({ folder, port = 0 }: GcsServerOptions): Promise<GcsServer> {
  const store = openObjects(path.join(folder, "buckets"));
  const uploads = createUploads(store);
  const signIn = createSignIn();
  const requests: RecordedRequest[] = [];
  const complaints: string[] = [];
  const denied = new Set<string>();
  const faults = createFaults<Fault>();
  let baseUrl = "";
  const run = createOperations({ store, uploads, signIn, denied, baseUrl: () => baseUrl });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", baseUrl);
    const method = request.method ?? "GET";
    // Taken now: a request that was cut has none any more.
    const { socket } = request;
    const route = routeOf(method, url, request.headers["content-range"]);
    const record: RecordedRequest = {
      operation: route.operation,
      method,
      path: url.pathname,
      query: Object.fromEntries([...url.searchParams].filter(([name]) => name !== "X-Goog-Signature")),
      headers: plainHeaders(request),
      bytes: 0,
      status: 0,
    };
    if (route.operation !== "control") requests.push(record);
    const object = route.object || (url.searchParams.get("name") ?? "");
    const fault = faults.take(route.operation, (each) => each.object === undefined || each.object === object);
    const call: Call = { ...route, request, response, query: url.searchParams, record, fault };
    try {
      if (fault?.delay !== undefined) await wait(fault.delay, undefined, { ref: false });
      if (fault?.status !== undefined) {
        await takeBody(request);
        throw new ApiError(fault.status, reasons[fault.status] ?? "backendError", "Injected fault", fault.headers);
      }
      check(call);
      if (call.operation === "control") await control(call);
      else await run(call, url);
    } catch (error) {
      if (error instanceof Cut) socket.destroy();
      else if (socket.destroyed) return;
      else if (error instanceof ApiError) {
        if (error.status === 400 && fault === undefined) complaints.push(`${method} ${url.pathname}: ${error.message}`);
        answerError(call, error);
      } else {
        complaints.push(`${method} ${url.pathname}: ${String(error)}`);
        answerError(call, new ApiError(500, "backendError", String(error)));
      }
    }
  }

  function check(call: Call): void {
    const permission = permissions[call.operation];
    if (permission === undefined) {
      if (call.request.headers.authorization !== undefined && call.operation.startsWith("resumable.")) {
        signIn.check(call);
      }
      return;
    }
    for (const name of call.query.keys()) {
      if (!knownParameters.has(name)) complaints.push(`${call.operation}: unknown parameter ${name}`);
    }
    signIn.check(call);
    if (!denied.has(permission)) return;
    const what = permission.startsWith("storage.buckets.") || permission.endsWith(".list") ? "bucket" : "object";
    throw new ApiError(
      403,
      "forbidden",
      `${server.key.client_email} does not have ${permission} access to the Google Cloud Storage ${what}. Permission '${permission}' denied on resource (or it may not exist).`,
    );
  }

  /** For tests whose server is a process of its own. */
  async function control(call: Call): Promise<void> {
    if (call.rest === "requests") return answerJson(call, 200, { requests, complaints });
    if (call.rest !== "faults") throw new ApiError(404, "notFound", "control/requests, control/faults");
    faults.plan(faultFrom(await bodyJson(call)));
    answerEmpty(call, 204);
  }

  const http = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      complaints.push(`${request.method} ${request.url}: ${String(error)}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  const address = http.address();
  baseUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : port}`;
  const tokenUri = `${baseUrl}/token`;
  const server: GcsServer = {
    url: baseUrl,
    tokenUri,
    key: signIn.makeKey(tokenUri),
    store,
    signIn,
    requests,
    complaints,
    fail: faults.plan,
    deny: (permission) => void denied.add(permission),
    objectFile(bucket, name) {
      const found = store.buckets().some((each) => each.name === bucket) ? store.find(bucket, name) : undefined;
      return found === undefined ? undefined : store.dataFile(found);
    },
    clear: () => void requests.splice(0),
    async stop() {
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeAllConnections();
      await closed;
    },
  };
  return server;
}

const reasons: Readonly<Record<number, string>> = {
  401: "authError",
  403: "forbidden",
  404: "notFound",
  408: "requestTimeout",
  410: "gone",
  429: "rateLimitExceeded",
  500: "backendError",
  503: "backendError",
};

function faultFrom(body: Record<string, unknown>): Fault {
  const { operation, times = 1, ...rest } = body;
  const known = operations.find((each) => each === operation);
  if (known === undefined || typeof times !== "number") {
    throw new ApiError(400, "invalid", "a fault has an operation and a number of times");
  }
  return { ...rest, operation: known, times };
}
