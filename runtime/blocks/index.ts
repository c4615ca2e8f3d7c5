/** What a flow file gets from `import … from "millrace/blocks"`. */
export { blockReference } from "./block-reference.ts";
export { type Block, type BlockClass, type BlockDefinition, defineBlock, type SaveOptions } from "./define.ts";
export { EmbeddedWarehouse, type EmbeddedWarehouseSettings, type LoadOptions } from "./embedded-warehouse.ts";
export { type Blob, LocalBucket, type LocalBucketSettings } from "./local-bucket.ts";
export { PostgresDatabase, type PostgresLoadOptions, type PostgresTransaction } from "./postgres-database.ts";
export { SecretText, secret } from "./secret-text.ts";
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
