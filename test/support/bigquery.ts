/** The BigQuery test server beside that of Cloud Storage, and a block that talks to it. */
import path from "node:path";
import type { TestContext } from "node:test";
import { BigQueryWarehouse } from "../../runtime/blocks/gcp/bigquery-warehouse.ts";
import { type BigQueryServer, startBigQueryServer } from "../services/bigquery/server.ts";
import { type Cloud, startCloud } from "./gcs.ts";

export interface BigCloud {
  readonly bigquery: BigQueryServer;
  readonly cloud: Cloud;
  readonly folder: string;
  /** Signed in with the service account's key; its dataset is "zoomcamp", which is there. */
  readonly warehouse: BigQueryWarehouse;
}

export async function startBigQuery(t: TestContext, location = "EU"): Promise<BigCloud> {
  const cloud = await startCloud(t);
  const bigquery = await startBigQueryServer({ folder: path.join(cloud.folder, "bigquery"), gcs: cloud.server });
  t.after(() => bigquery.stop());
  const warehouse = new BigQueryWarehouse({
    gcpCredentials: cloud.credentials,
    dataset: "zoomcamp",
    apiEndpoint: bigquery.url,
  });
  await warehouse.createDataset("zoomcamp", { location });
  bigquery.clear();
  return { bigquery, cloud, folder: cloud.folder, warehouse };
}

/** The operations that were asked for, in order. */
export function operations({ requests }: BigQueryServer): string[] {
  return requests.map(({ operation }) => operation);
}
