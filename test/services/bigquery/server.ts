/**
 * A server that speaks version 2 of BigQuery's REST protocol to the real client: data in DuckDB, statements transpiled
 * from GoogleSQL, objects and sign-in of the Cloud Storage test server, every request checked and recorded, faults on
 * demand. What it cannot prove stands in the README.
 */
import { mkdirSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import type { GcsServer } from "../gcs/server.ts";
import {
  ApiError,
  answer,
  answerError,
  answerNothing,
  bodyJson,
  type Call,
  type ErrorProto,
  type Fault,
  notFound,
  object,
  type RecordedRequest,
  text,
} from "./api.ts";
import { openDatabase } from "./database.ts";
import { objectFiles, readSource } from "./files.ts";
import { insertAll } from "./insert-all.ts";
import { createJobs, type JobRecord, type Jobs, jobResource, type Rows } from "./jobs.ts";
import { load, pickLayout } from "./load-work.ts";
import { query } from "./query-work.ts";
import { permissions, routeOf } from "./routes.ts";
import { checkBody, checkQuery } from "./shapes.ts";
import { createCatalog } from "./tables.ts";
import { fieldsOf } from "./types.ts";
import { Cut, receiveUpload } from "./uploads.ts";

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

/** Rows of a page, unless the request asks for fewer. */
const pageRows = 10_000;

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
  const faults: { fault: Fault; skip: number; left: number }[] = [];
  let uploaded = 0;

  const faultFor = (operation: string): Fault | undefined => {
    const entry = faults.find(({ fault, left }) => left > 0 && fault.operation === operation);
    if (entry === undefined) return undefined;
    if (entry.skip > 0) {
      entry.skip--;
      return undefined;
    }
    entry.left--;
    return entry.fault;
  };

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
    const fault = faultFor(route.operation);
    const call: Call = { ...route, request, response, query: url.searchParams, record, fault };
    try {
      if (fault?.status !== undefined) {
        request.resume();
        await new Promise((resolve) => request.once("close", resolve).once("end", resolve));
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

  async function checkedBody(call: Call): Promise<Record<string, unknown>> {
    const body = await bodyJson(call);
    checkBody(call.operation, body);
    return body;
  }

  async function run(call: Call): Promise<unknown> {
    const { dataset, table } = call;
    switch (call.operation) {
      case "datasets.list":
        return { kind: "bigquery#datasetList", datasets: [...catalog.datasets.values()] };
      case "datasets.insert":
        return catalog.createDataset(project, await checkedBody(call));
      case "datasets.get":
        return catalog.dataset(project, dataset);
      case "datasets.delete":
        await catalog.deleteDataset(project, dataset, call.query.get("deleteContents") === "true");
        return undefined;
      case "tables.list":
        return tableList(call);
      case "tables.insert":
        return createTable(call);
      case "tables.get":
        return catalog.describe(catalog.table(project, dataset, table.replace(/\$.*/, "")));
      case "tables.delete":
        await catalog.drop(project, dataset, table);
        return undefined;
      case "tabledata.insertAll":
        return insertAll(database, catalog, call, await checkedBody(call));
      case "jobs.insert":
        return startJob(await checkedBody(call), undefined);
      case "jobs.upload": {
        const file = path.join(uploads, `upload-${++uploaded}`);
        const body = await receiveUpload(call, file);
        checkBody(call.operation, body);
        if (!("load" in object(body["configuration"])))
          throw new ApiError(400, "invalid", "An upload needs a load job");
        return startJob(body, file);
      }
      case "jobs.get":
        return jobResource(jobs.get(project, call.job, call.query.get("location")));
      case "jobs.cancel": {
        const job = jobs.get(project, call.job, call.query.get("location"));
        job.stop({ reason: "stopped", message: "Job execution was cancelled: User requested cancellation" });
        return { kind: "bigquery#jobCancelResponse", job: jobResource(job) };
      }
      case "jobs.getQueryResults":
        return queryResults(call);
      default:
        throw new ApiError(501, "notImplemented", `${call.record.method} ${call.record.path}`);
    }
  }

  async function createTable(call: Call): Promise<unknown> {
    const body = await checkedBody(call);
    const tableId = text(object(body["tableReference"])["tableId"]);
    const reference = { projectId: project, datasetId: call.dataset, tableId };
    const external = body["externalDataConfiguration"];
    if (external === undefined) {
      const created = await database.exclusive((run) =>
        catalog.create(run, reference, fieldsOf(body["schema"]), pickLayout(body)),
      );
      return catalog.describe(created);
    }
    const configuration = object(external);
    const uris = configuration["sourceUris"];
    const files = objectFiles(gcs, Array.isArray(uris) ? uris : []);
    const created = await database.exclusive(async (run) => {
      const { select, fields } = await readSource(run, files, configuration);
      return catalog.create(
        run,
        reference,
        fields,
        { ...pickLayout(body), externalDataConfiguration: configuration },
        select,
      );
    });
    return catalog.describe(created);
  }

  function tableList(call: Call): unknown {
    const all = catalog.tables(project, call.dataset);
    const start = startOf(call.query);
    const size = Number(call.query.get("maxResults") ?? 50);
    const page = all
      .slice(start, start + size)
      .map(({ kind, type, tableReference }) => ({ kind, type, tableReference }));
    return {
      kind: "bigquery#tableList",
      tables: page,
      totalItems: all.length,
      ...nextPage(start + size, all.length, "nextPageToken"),
    };
  }

  function startJob(body: Record<string, unknown>, upload: string | undefined): unknown {
    const configuration = object(body["configuration"]);
    const loads = configuration["load"];
    const queries = configuration["query"];
    if ((loads === undefined) === (queries === undefined))
      throw new ApiError(400, "invalid", "A job has one configuration");
    const dryRun = configuration["dryRun"] === true;
    const reference = object(body["jobReference"]);
    const location = text(reference["location"]) || "US";
    const work = () =>
      loads === undefined
        ? query(database, catalog, project, object(queries), dryRun)
        : load({ database, catalog, gcs }, object(loads), upload);
    if (dryRun) return dryRunOf(configuration, location, work);
    return jobResource(jobs.start(reference, project, location, configuration, work));
  }

  /** A dry run is done at once and is no job that could be asked about later. */
  async function dryRunOf(
    configuration: Record<string, unknown>,
    location: string,
    work: () => ReturnType<typeof query>,
  ) {
    const { statistics } = await work();
    return {
      kind: "bigquery#job",
      jobReference: { projectId: project, location },
      configuration,
      status: { state: "DONE" },
      statistics,
    };
  }

  async function queryResults(call: Call): Promise<unknown> {
    const job = jobs.get(project, call.job, call.query.get("location"));
    const patience = Math.min(Number(call.query.get("timeoutMs") ?? 10_000), 10_000);
    await Promise.race([job.done, new Promise((resolve) => setTimeout(resolve, patience).unref())]);
    const answered = { kind: "bigquery#getQueryResultsResponse", jobReference: job.reference };
    if (job.state !== "DONE") return { ...answered, jobComplete: false };
    const [error] = job.errors;
    if (error !== undefined) throw new ApiError(error.reason === "notFound" ? 404 : 400, error.reason, error.message);
    return { ...answered, jobComplete: true, ...page(call, job), ...object(job.outcome?.statistics["query"]) };
  }

  function page(call: Call, job: JobRecord): Record<string, unknown> {
    const { fields, rows }: Rows = job.outcome?.result ?? { fields: [], rows: [] };
    const start = startOf(call.query);
    const size = Math.min(Number(call.query.get("maxResults") ?? pageRows), pageRows);
    const part = rows.slice(start, start + size);
    return {
      schema: { fields },
      totalRows: String(rows.length),
      cacheHit: false,
      ...(part.length > 0 ? { rows: part } : {}),
      ...nextPage(start + size, rows.length, "pageToken"),
    };
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
    fail: (fault) => void faults.push({ fault, skip: fault.after ?? 0, left: fault.times }),
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

function startOf(query: URLSearchParams): number {
  const token = query.get("pageToken");
  return token === null ? Number(query.get("startIndex") ?? 0) : Number(Buffer.from(token, "base64url").toString());
}

function nextPage(at: number, total: number, name: string): Record<string, string> {
  return at < total ? { [name]: Buffer.from(String(at)).toString("base64url") } : {};
}

const reasons: Readonly<Record<number, string>> = {
  401: "authError",
  403: "accessDenied",
  404: "notFound",
  429: "rateLimitExceeded",
  500: "internalError",
  503: "backendError",
};

function plainHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, name === "authorization" ? "Bearer …" : String(value)]),
  );
}
