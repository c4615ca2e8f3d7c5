/** What the server does for each request that was found in order. */
import path from "node:path";
import type { GcsServer } from "../gcs/server.ts";
import { ApiError, bodyJson, type Call, object, text } from "./api.ts";
import type { openDatabase } from "./database.ts";
import { objectFiles, readSource } from "./files.ts";
import { insertAll } from "./insert-all.ts";
import { type JobRecord, type Jobs, jobResource, type Rows } from "./jobs.ts";
import { load, pickLayout } from "./load-work.ts";
import { query } from "./query-work.ts";
import { checkBody } from "./shapes.ts";
import type { createCatalog } from "./tables.ts";
import { fieldsOf } from "./types.ts";
import { receiveUpload } from "./uploads.ts";

export interface Service {
  readonly project: string;
  readonly database: Awaited<ReturnType<typeof openDatabase>>;
  readonly catalog: ReturnType<typeof createCatalog>;
  readonly jobs: Jobs;
  readonly gcs: GcsServer;
  /** The folder for uploads. */
  readonly uploads: string;
}

/** Rows of a page, unless the request asks for fewer. */
const pageRows = 10_000;

/** @returns the body of the answer; undefined for an answer without one. */
export function createOperations({ project, database, catalog, jobs, gcs, uploads }: Service) {
  let uploaded = 0;

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

  return run;
}

function startOf(query: URLSearchParams): number {
  const token = query.get("pageToken");
  return token === null ? Number(query.get("startIndex") ?? 0) : Number(Buffer.from(token, "base64url").toString());
}

function nextPage(at: number, total: number, name: string): Record<string, string> {
  return at < total ? { [name]: Buffer.from(String(at)).toString("base64url") } : {};
}
