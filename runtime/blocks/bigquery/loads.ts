/** Load jobs: files of this machine are uploaded, objects of Cloud Storage are read by BigQuery where they lie. */
import { createReadStream } from "node:fs";
import type { Job, JobMetadata } from "@google-cloud/bigquery";
import { MillraceError } from "../../protocol/errors.ts";
import { callId, contentJobId, shortHash } from "../call-ids.ts";
import { statusOf } from "../gcp/problems.ts";
import type { LoadResult } from "../warehouse/load.ts";
import type { LoadFormat } from "../warehouse.ts";
import type { Client } from "./client.ts";
import { type JobContext, jobName, runJob } from "./jobs.ts";
import { type BigQueryLoadOptions, loadConfiguration } from "./load-settings.ts";
import type { TableName } from "./statements.ts";

export type LoadedFrom = { readonly file: string } | { readonly uris: readonly string[] };

export interface LoadRequest {
  readonly table: TableName;
  readonly from: LoadedFrom;
  readonly format: LoadFormat;
  readonly options: BigQueryLoadOptions;
  /** Known to be other whenever what is loaded is other; undefined when nothing is known. */
  readonly content: string | undefined;
}

/**
 * BigQuery keeps jobs for half a year, and no two have one id: a load that appends is remembered by its job. Its id
 * follows from table and load id, its label `millrace_content` says what was loaded.
 */
const contentLabel = "millrace_content";

export async function runLoad(client: Client, context: JobContext, request: LoadRequest): Promise<LoadResult> {
  const { table, options, content } = request;
  const name = `${table.dataset}.${table.table}`;
  const loadId = options.loadId ?? content;
  const remembered = loadId !== undefined && options.disposition !== "truncate";
  const project = table.project ?? client.bigquery.projectId;
  const id = remembered
    ? contentJobId("load", [project, name, loadId])
    : callId("load", [project, name, options.loadId ?? null, "uris" in request.from ? request.from.uris : null]);
  const label = shortHash(content ?? loadId ?? id);
  const what = `load into "${name}"`;
  const done = await runJob(context, {
    what,
    id,
    lookFirst: remembered || "file" in request.from,
    start: (jobId) => start(client, context, request, jobId, label),
    ...(remembered ? { stands: (earlier) => stillLoaded(client, context, request, earlier, label) } : {}),
  });
  const rows = Number(done.metadata.statistics?.load?.outputRows ?? 0);
  options.onProgress?.({ rows });
  return {
    table: table.table,
    loadId: loadId ?? done.job.id ?? id,
    rows,
    alreadyLoaded: done.found,
    replacedRows: 0,
  };
}

async function start(
  client: Client,
  context: JobContext,
  { table, from, format, options }: LoadRequest,
  jobId: string,
  label: string,
): Promise<Job> {
  const { bigquery } = client;
  const location = await context.location();
  const load = {
    ...loadConfiguration(format, options),
    destinationTable: {
      projectId: table.project ?? bigquery.projectId,
      datasetId: table.dataset,
      tableId: table.table,
    },
  };
  const labels = { ...client.labels(), [contentLabel]: label };
  if ("uris" in from) {
    const [job] = await bigquery.createJob({
      jobId,
      ...(location === undefined ? {} : { location }),
      configuration: { load: { ...load, sourceUris: [...from.uris] }, labels },
    });
    return job;
  }
  const jobReference = { projectId: bigquery.projectId, jobId, ...(location === undefined ? {} : { location }) };
  return client.upload({ jobReference, configuration: { load, labels } }, createReadStream(from.file), context.signal);
}

/** Whether an earlier load that went well is this very load, and its table is still the one it was done into. */
async function stillLoaded(
  client: Client,
  context: JobContext,
  { table, options }: LoadRequest,
  earlier: JobMetadata,
  label: string,
): Promise<boolean> {
  const ended = Number(earlier.statistics?.endTime ?? 0);
  const created = await creationTime(client, context, table);
  // A table that was dropped took its rows with it.
  if (created === undefined || created > ended) return false;
  if (earlier.configuration?.labels?.[contentLabel] === label) return true;
  throw new MillraceError(
    "conflict",
    `load into "${table.dataset}.${table.table}": something else was loaded as "${options.loadId ?? ""}" before, and BigQuery cannot tell its rows from others; load into a partition ("${table.table}$202101") or the whole table with disposition: "truncate", or give another loadId (${jobName(client.job(earlier))})`,
  );
}

async function creationTime(client: Client, context: JobContext, table: TableName): Promise<number | undefined> {
  const whole = client.table({ ...table, table: table.table.replace(/\$.*/, "") });
  try {
    const [metadata] = await context.retry(() => whole.getMetadata());
    return Number(metadata.creationTime);
  } catch (thrown) {
    if (statusOf(thrown) === 404) return undefined;
    throw thrown;
  }
}
