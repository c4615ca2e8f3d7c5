/** Buckets and warehouses chosen by a parameter of a flow: other blocks, not other code. */
import { MillraceError } from "../protocol/errors.ts";
import type { Bucket } from "./bucket.ts";
import { EmbeddedWarehouse } from "./embedded-warehouse.ts";
import { BigQueryWarehouse } from "./gcp/bigquery-warehouse.ts";
import { GcsBucket } from "./gcp/gcs-bucket.ts";
import { LocalBucket } from "./local-bucket.ts";
import { PostgresDatabase } from "./postgres-database.ts";
import type { Warehouse } from "./warehouse.ts";

interface Loadable<T> {
  readonly slug: string;
  find(name: string): T;
}

/**
 * The bucket that a reference names: "gcs-bucket/zoom-gcs", "local-bucket/archive", or "default", the folder in the home
 * that needs no document.
 * @throws MillraceError "bad-parameters" for another type of block, "not-found" when nothing is saved under the name.
 */
export async function loadBucket(reference: string): Promise<Bucket> {
  return loadOneOf<Bucket>("bucket", [LocalBucket, GcsBucket], reference);
}

/** The same for warehouses: "postgres-database/zoomcamp", "bigquery-warehouse/zoom-bq", "embedded-warehouse/other", "default". */
export async function loadWarehouse(reference: string): Promise<Warehouse> {
  return loadOneOf<Warehouse>("warehouse", [EmbeddedWarehouse, PostgresDatabase, BigQueryWarehouse], reference);
}

/** The first class is the one that a name without a type means. */
function loadOneOf<T>(what: string, classes: readonly [Loadable<T>, ...Loadable<T>[]], reference: string): T {
  const slash = reference.indexOf("/");
  const [first] = classes;
  if (slash < 0) return first.find(reference);
  const slug = reference.slice(0, slash);
  const found = classes.find((each) => each.slug === slug);
  if (found !== undefined) return found.find(reference.slice(slash + 1));
  const known = classes.map((each) => `"${each.slug}/…"`).join(", ");
  throw new MillraceError("bad-parameters", `${JSON.stringify(reference)} is no ${what}; write "default", ${known}`);
}
