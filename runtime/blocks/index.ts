/** What a flow file gets from `import … from "millrace/blocks"`. */
export { EmbeddedWarehouse, type EmbeddedWarehouseSettings, type LoadOptions } from "./embedded-warehouse.ts";
export { type Blob, LocalBucket, type LocalBucketSettings } from "./local-bucket.ts";
export * from "./tables/index.ts";
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
