/**
 * The whole way, for as many months as you like:
 *
 *     millrace run examples/zoomcamp/etl-parent.ts
 *     millrace run examples/zoomcamp/etl-parent.ts -p months=[1,2,3] -p color=green
 *     millrace run examples/zoomcamp/etl-parent.ts -p bucket=gcs-bucket/zoom-gcs -p warehouse=bigquery-warehouse/zoom-bq
 *
 * A flow that is called in a flow is a run of its own, with its parameters, its states and its page. When this run
 * breaks off, `millrace runs resume` goes on where it was: what is done is done.
 */
import { artifact, flow, log, z } from "millrace";
import { etlBucketToWarehouse } from "./etl-bucket-to-warehouse.ts";
import { etlWebToBucket } from "./etl-web-to-bucket.ts";
import { tripColor, tripFile, tripSource } from "./trips.ts";

export const etlParent = flow({
  name: "etl-parent",
  // The schema checks the parameters before anything runs, and draws the form in the editor.
  parameters: z.object({
    months: z.array(z.int().min(1).max(12)).min(1).default([1, 2]),
    year: z.int().default(2021),
    color: tripColor.default("yellow"),
    source: z.url().default(tripSource),
    // Other blocks, not other code: "<type>/<name>" of one that you have saved.
    bucket: z.string().default("default"),
    warehouse: z.string().default("default"),
  }),
  timeout: "1h",
  async run({ months, year, color, source, bucket, warehouse }) {
    const counts: { month: string; loaded: number; dropped: number }[] = [];
    for (const month of months) {
      const { key, dropped } = await etlWebToBucket({ year, month, color, source, bucket });
      const loaded = await etlBucketToWarehouse({ key, table: `${color}_trips`, bucket, warehouse });
      counts.push({ month: tripFile(color, year, month), loaded, dropped });
      log.info(`${month}/${year}: ${loaded} trips in the warehouse, ${dropped} without passengers left out`);
    }
    const total = counts.reduce((sum, { loaded }) => sum + loaded, 0);
    artifact.table("row-counts", counts);
    artifact.markdown(
      "summary",
      `**${total}** ${color} trips of ${year} in \`${color}_trips\`, ${months.length} months.`,
    );
    return counts;
  },
});
