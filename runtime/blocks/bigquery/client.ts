/** The client of BigQuery with its sign-in, made once per block. */
import type { Readable } from "node:stream";
import type { BigQuery, Dataset, Job, JobMetadata, Table } from "@google-cloud/bigquery";
import type { AuthClient } from "google-auth-library";
import { currentRun } from "../../sdk/current-run.ts";
import { isRecord } from "../documents.ts";
import { locationOptions } from "./jobs.ts";
import { unlessAborted } from "./retries.ts";
import type { TableName } from "./statements.ts";

export interface ClientSettings {
  readonly project: string;
  readonly location: string | undefined;
  /** "https://bigquery.googleapis.com" if not given. */
  readonly apiEndpoint: string | undefined;
  readonly authClient: AuthClient;
}

export interface Client {
  readonly bigquery: BigQuery;
  dataset(name: Pick<TableName, "project" | "dataset">): Dataset;
  table(name: TableName): Table;
  job(metadata: JobMetadata): Job;
  /** Says on jobs which flow they were for: costs can be told apart by label. */
  labels(): Record<string, string>;
  /** Starts a load job with the bytes of a file, as one request. */
  upload(job: object, bytes: Readable, signal: AbortSignal): Promise<Job>;
}

export async function openClient(settings: ClientSettings): Promise<Client> {
  const { BigQuery } = await import("@google-cloud/bigquery");
  const { project, location, apiEndpoint, authClient } = settings;
  const bigquery = new BigQuery({
    projectId: project,
    authClient,
    // Retries are in retries.ts, which says why.
    retryOptions: { autoRetry: false },
    ...(apiEndpoint === undefined ? {} : { apiEndpoint }),
    ...locationOptions(location),
  });
  const dataset = (name: Pick<TableName, "project" | "dataset">) =>
    bigquery.dataset(name.dataset, name.project === undefined ? {} : { projectId: name.project });
  return {
    bigquery,
    dataset,
    table: (name) => dataset(name).table(name.table),
    job: jobOf,
    labels,
    async upload(job, bytes, signal) {
      // Not table.load: the client's upload takes no labels, goes on after an abort, and needs a private method to be
      // waited for without its own polling.
      bytes.on("error", () => {});
      try {
        const answer = await unlessAborted(
          signal,
          authClient.request({
            method: "POST",
            url: `${bigquery.apiEndpoint}/upload/bigquery/v2/projects/${encodeURIComponent(project)}/jobs`,
            params: { uploadType: "multipart", prettyPrint: false },
            multipart: [
              { headers: new Headers({ "content-type": "application/json" }), content: JSON.stringify(job) },
              { headers: new Headers({ "content-type": "application/octet-stream" }), content: bytes },
            ],
            responseType: "json",
            retry: false,
            signal,
          }),
        );
        return jobOf(answer.data);
      } catch (thrown) {
        throw bytes.errored ?? thrown;
      } finally {
        bytes.destroy();
      }
    },
  };

  function jobOf(metadata: unknown): Job {
    const reference = isRecord(metadata) && isRecord(metadata["jobReference"]) ? metadata["jobReference"] : {};
    const { jobId, location: place } = reference;
    if (typeof jobId !== "string") throw new TypeError("BigQuery's answer to a load names no job");
    const job = bigquery.job(jobId, locationOptions(typeof place === "string" ? place : undefined));
    job.metadata = metadata;
    return job;
  }
}

function labels(): Record<string, string> {
  const { flowRun } = currentRun();
  if (flowRun.id === "") return {};
  return { millrace_flow: labelValue(flowRun.flowName), millrace_flow_run: labelValue(flowRun.id) };
}

/** Of a label's value BigQuery takes lower case letters, digits, _ and -, at most 63. */
export function labelValue(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{Ll}\p{Lo}\p{N}_-]/gu, "_")
    .slice(0, 63);
}
