/** Query jobs: rows page by page, statements that change something, and what a statement would cost. */
import type { Job, Query } from "@google-cloud/bigquery";
import type { Duration } from "../../protocol/durations.ts";
import { callId } from "../call-ids.ts";
import type { WarehouseParameters, WarehouseRow, WarehouseValue } from "../warehouse.ts";
import type { Client } from "./client.ts";
import { requestError } from "./errors.ts";
import { type JobContext, locationOptions, runJob, startJob, untilDone } from "./jobs.ts";
import { type ParameterTypes, prepareStatement, type Statement, type WireParameter } from "./parameters.ts";
import { replaceMarks } from "./statements.ts";
import { integers, rowOf } from "./values.ts";

export interface QueryOptions {
  /** Types of parameters that do not show it: of a null, of an empty list, of a Date that is to be a TIMESTAMP. */
  readonly types?: ParameterTypes;
  /** Fails instead of reading more than this many bytes. */
  readonly maximumBytesBilled?: number;
  /** Whether a result that BigQuery still has may be given; it may if not said. */
  readonly useQueryCache?: boolean;
  /** The job is cancelled when it takes longer. */
  readonly timeout?: Duration;
  /** Rows that are fetched at once; as many as BigQuery gives if not said. */
  readonly pageSize?: number;
}

export interface DryRun {
  /** What the statement would read, and what is billed on demand: 10 MB at least a table. */
  readonly bytes: number;
  /** "SELECT", "INSERT", … */
  readonly statementType: string;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly mode: string }[];
}

/** Where statements run. */
export interface QueryPlace {
  readonly client: Client;
  readonly context: JobContext;
  /** Of tables that are named without one. */
  readonly dataset: string | undefined;
}

/** Read again when a task runs again: a query has a job of its own each time. */
export async function* queryRows(
  place: QueryPlace,
  sql: string,
  parameters: WarehouseParameters,
  options: QueryOptions,
): AsyncGenerator<WarehouseRow> {
  const { context } = place;
  const start = await jobStarter(place, prepareStatement(sql, parameters, options.types), options);
  const plan = { what: "query", id: "", start: (jobId: string) => start({ jobId }) };
  const { job } = await startJob(context, plan, callId("query", [crypto.randomUUID()]));
  let page: object | undefined = options.pageSize === undefined ? {} : { maxResults: options.pageSize };
  while (page !== undefined) {
    const [rows, next] = await untilDone(context, "query", job, (signal) => nextPage(context, job, page ?? {}, signal));
    for (const row of rows) yield rowOf(row);
    page = next;
  }
}

/** The next rows; waits until there are some, for as long as the job runs. */
async function nextPage(
  { retry }: JobContext,
  job: Job,
  page: object,
  signal: AbortSignal,
): Promise<[unknown[], object | undefined]> {
  for (;;) {
    const [rows, next, answer] = await retry(
      () => job.getQueryResults({ ...page, autoPaginate: false, wrapIntegers: integers }),
      signal,
    );
    // The client gives the same page again while the job runs; the service has waited some seconds by then.
    if (answer?.jobComplete !== false) return [rows, next ?? undefined];
  }
}

/** Runs a statement that changes something. When the task runs again, what was done is found and not done twice. */
export async function executeStatement(
  place: QueryPlace,
  sql: string,
  parameters: WarehouseParameters,
  options: QueryOptions,
): Promise<number> {
  return runStatement(place, prepareStatement(sql, parameters, options.types), options);
}

async function runStatement(place: QueryPlace, statement: Statement, options: QueryOptions): Promise<number> {
  const { client, context, dataset } = place;
  const start = await jobStarter(place, statement, options);
  const { metadata } = await runJob(context, {
    what: "execute",
    id: callId("execute", [client.bigquery.projectId, dataset ?? null, statement]),
    start: (jobId) => start({ jobId }),
  });
  return Number(metadata.statistics?.query?.numDmlAffectedRows ?? 0);
}

/** One script in a transaction: BigQuery undoes all of it when a statement fails. */
export async function executeForEach(
  place: QueryPlace,
  sql: string,
  rows: Iterable<readonly WarehouseValue[]>,
): Promise<void> {
  const statements: string[] = [];
  const queryParameters: WireParameter[] = [];
  const plain = sql.replace(/[;\s]+$/, "");
  for (const values of rows) {
    const statement = prepareStatement(plain, values, undefined);
    statements.push(
      replaceMarks(statement.query, ({ parameter, text }) => {
        const given = typeof parameter === "number" ? statement.queryParameters[parameter] : undefined;
        if (given === undefined) return text;
        const name = `p${queryParameters.length}`;
        queryParameters.push({ ...given, name });
        return `@${name}`;
      }),
    );
  }
  if (statements.length === 0) return;
  const query = ["BEGIN TRANSACTION", ...statements, "COMMIT TRANSACTION"].map((each) => `${each};`).join("\n");
  await runStatement(place, { query, parameterMode: "NAMED", queryParameters }, {});
}

export async function dryRunStatement(
  place: QueryPlace,
  sql: string,
  parameters: WarehouseParameters,
  options: QueryOptions,
): Promise<DryRun> {
  const start = await jobStarter(place, prepareStatement(sql, parameters, options.types), options);
  try {
    const { statistics } = (await place.context.retry(() => start({ dryRun: true }))).metadata;
    const fields: { name?: string; type?: string; mode?: string }[] = statistics?.query?.schema?.fields ?? [];
    return {
      bytes: Number(statistics?.totalBytesProcessed ?? statistics?.query?.totalBytesProcessed ?? 0),
      statementType: statistics?.query?.statementType ?? "",
      columns: fields.map(({ name = "", type = "", mode = "NULLABLE" }) => ({ name, type, mode })),
    };
  } catch (thrown) {
    throw requestError(thrown, "dry run");
  }
}

/** Starts the statement's job, as often as is asked. */
async function jobStarter(
  { client, context, dataset }: QueryPlace,
  statement: Statement,
  { maximumBytesBilled, useQueryCache }: QueryOptions,
): Promise<(how: { readonly jobId: string } | { readonly dryRun: true }) => Promise<Job>> {
  const { query, parameterMode, queryParameters } = statement;
  const location = await context.location();
  const request: Query = {
    query,
    ...(queryParameters.length === 0 ? {} : { parameterMode, queryParameters: [...queryParameters] }),
    ...(dataset === undefined ? {} : { defaultDataset: { datasetId: dataset } }),
    ...(maximumBytesBilled === undefined ? {} : { maximumBytesBilled: String(maximumBytesBilled) }),
    ...(useQueryCache === undefined ? {} : { useQueryCache }),
    labels: client.labels(),
    ...locationOptions(location),
  };
  return async (how) => {
    const [job] = await client.bigquery.createQueryJob({ ...request, ...how });
    return job;
  };
}
