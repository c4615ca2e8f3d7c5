/** What a flow file gets from `import … from "millrace/blocks"`. */

export type { InsertOptions, InsertResult, RowFailure } from "./bigquery/insert.ts";
export type { BigQueryLoadOptions, ExternalTableOptions } from "./bigquery/load-settings.ts";
export type { DryRun, QueryOptions } from "./bigquery/queries.ts";
export type { Field, Partitioning, RangePartitioning, TableOptions } from "./bigquery/schema.ts";
export { blockReference } from "./block-reference.ts";
export { blocksRuntime } from "./blocks-runtime.ts";
export type {
  Blob,
  BlobPage,
  Bucket,
  BucketFacts,
  CreateBucketOptions,
  PageOptions,
  SignedUrlOptions,
  TransferOptions,
  TransferProgress,
  UploadOptions,
} from "./bucket.ts";
export { type Block, type BlockClass, type BlockDefinition, defineBlock, type SaveOptions } from "./define.ts";
export { DockerContainer } from "./docker-container.ts";
export { Email, type Mail } from "./email.ts";
export { EmbeddedWarehouse, type EmbeddedWarehouseSettings, type LoadOptions } from "./embedded-warehouse.ts";
export { EnvironmentFile } from "./environment-file.ts";
export { BigQueryWarehouse } from "./gcp/bigquery-warehouse.ts";
export { GcpCredentials } from "./gcp/gcp-credentials.ts";
export { GcsBucket } from "./gcp/gcs-bucket.ts";
export { GitHubRepository } from "./github-repository.ts";
export { Json } from "./json.ts";
export { loadBucket, loadWarehouse } from "./load-by-reference.ts";
export { LocalBucket, type LocalBucketSettings } from "./local-bucket.ts";
export { PostgresDatabase, type PostgresLoadOptions, type PostgresTransaction } from "./postgres-database.ts";
export { Secret } from "./secret.ts";
export { SecretText, secret } from "./secret-text.ts";
export { SlackWebhook } from "./slack-webhook.ts";
export * from "./tables/index.ts";
export type { TestSteps } from "./test-steps.ts";
export type { SqlParameters, SqlRow, SqlValue } from "./warehouse/database.ts";
export type { LoadResult } from "./warehouse/load.ts";
export type {
  BucketSource,
  LoadFormat,
  LoadSource,
  Warehouse,
  WarehouseLoadOptions,
  WarehouseParameters,
  WarehouseRow,
  WarehouseValue,
} from "./warehouse.ts";
export { Webhook, type WebhookAnswer } from "./webhook.ts";
