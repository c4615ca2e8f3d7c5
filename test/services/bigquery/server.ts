/**
 * A server that speaks version 2 of BigQuery's REST protocol to the real client: data in DuckDB, statements transpiled
 * from GoogleSQL, objects and sign-in of the Cloud Storage test server, every request checked and recorded, faults on
 * demand. What it cannot prove stands in the README.
 */
import { mkdirSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import type { GcsServer } from "../gcs/server.ts";
import { createFaults, plainHeaders, takeBody } from "../google/faults.ts";
import {
  ApiError,
  answer,
  answerError,
  answerNothing,
  type Call,
  type ErrorProto,
  type Fault,
  notFound,
  type RecordedRequest,
} from "./api.ts";
import { openDatabase } from "./database.ts";
import { createJobs, type Jobs } from "./jobs.ts";
import { createOperations } from "./operations.ts";
import { permissions, routeOf } from "./routes.ts";
import { checkQuery } from "./shapes.ts";
import { createCatalog } from "./tables.ts";
import { Cut } from "./uploads.ts";

export interface BigQueryServer {
  /** "http://127.0.0.1:54321": the API endpoint for the client. */
  readonly url: string;
  readonly project: string;
  readonly requests: readonly RecordedRequest[];
  /** What was wrong with requests that a client should never send; a test that ends well has none. */
  readonly complaints: readonly string[];
  /** Injects a fault into the next requests of an operation. */
  fail(fault: Fault): void;
  /** From now on nobody has this permission, as "bigquery.jobs.create". */
  deny(permission: string): void;
  /** Jobs stay RUNNING until the function that this gives is called. */
  holdJobs(): () => void;
  /** The next jobs of a kind end in these errors, without doing anything. */
  failJobs(kind: "load" | "query", errors: readonly ErrorProto[], times?: number): void;
  readonly jobs: Jobs["all"];
  /** Rows of a statement in DuckDB's own dialect: what really is in the tables. */
  rows(sql: string): Promise<unknown[][]>;
  /** Forgets recorded requests. */
  clear(): void;
  stop(): Promise<void>;
}

export interface BigQueryServerOptions {
  /** For uploads. */
  readonly folder: string;
  readonly gcs: GcsServer;
}

export async function startBigQueryServer({ folder, gcs }: BigQueryServerOptions): Promise<BigQueryServer> {
  const project = gcs.key.project_id;
  const uploads = path.join(folder, "uploads");
  mkdirSync(uploads, { recursive: true });
  const database = await openDatabase();
  const catalog = createCatalog(database);
  const jobs = createJobs();
  const requests: RecordedRequest[] = [];
  const complaints: string[] = [];
  const denied = new Set<string>();
  const faults = createFaults<Fault>();
  const run = createOperations({ project, database, catalog, jobs, gcs, uploads });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A body that is left unread takes the request's own reference with it.
    const { socket } = request;
    const url = new URL(request.url ?? "/", "http://localhost");
    const route = routeOf(request.method ?? "GET", url);
    const record: RecordedRequest = {
      operation: route.operation,
      method: request.method ?? "GET",
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: plainHeaders(request),
      bytes: 0,
      status: 0,
    };
    requests.push(record);
    const fault = faults.take(route.operation);
    const call: Call = { ...route, request, response, query: url.searchParams, record, fault };
    try {
      if (fault?.status !== undefined) {
        await takeBody(request);
        throw new ApiError(fault.status, fault.reason ?? reasons[fault.status] ?? "backendError", "Injected fault");
      }
      gcs.signIn.check(call);
      checkQuery(route.operation, url.searchParams);
      if (route.project !== project) throw notFound(`Project ${route.project}`);
      const permission = permissions[route.operation];
      if (denied.has(permission)) {
        throw new ApiError(
          403,
          "accessDenied",
          `Access Denied: Project ${project}: User does not have ${permission} permission in project ${project}.`,
        );
      }
      const body = await run(call);
      if (fault?.loseAnswer) throw new Cut();
      if (body === undefined) answerNothing(call);
      else answer(call, body);
    } catch (error) {
      if (error instanceof Cut) socket.destroy();
      else if (socket.destroyed) return;
      else if (error instanceof ApiError) {
        if (error.reason === "invalid" && fault === undefined) complaints.push(`${record.operation}: ${error.message}`);
        answerError(call, error);
      } else {
        complaints.push(`${record.operation}: ${String(error)}`);
        answerError(call, new ApiError(500, "internalError", String(error)));
      }
    }
  }

  const http = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = http.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    project,
    requests,
    complaints,
    fail: faults.plan,
    deny: (permission) => void denied.add(permission),
    holdJobs: jobs.hold,
    failJobs: (kind, errors, times = 1) => jobs.failNext(kind, errors, times),
    jobs: jobs.all,
    rows: (sql) => database.exclusive(async (run) => (await run(sql)).getRowsJson().map((row) => [...row])),
    clear: () => void requests.splice(0),
    async stop() {
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeAllConnections();
      await closed;
      await database.exclusive(async () => {});
      database.close();
      rmSync(uploads, { recursive: true, force: true });
    },
  };
}

const reasons: Readonly<Record<number, string>> = {
  401: "authError",
  403: "accessDenied",
  404: "notFound",
  429: "rateLimitExceeded",
  500: "internalError",
  503: "backendError",
};
