/**
 * The course's homework: how many rows are there? Green taxis of January 2020, then two months of yellow ones.
 *
 *     millrace run examples/zoomcamp/homework.ts:greenRows
 *     millrace run examples/zoomcamp/homework.ts:yellowRows
 *
 * The answers stand in the log of the run, as the homework asks, and as a table on its page.
 */
import { artifact, flow, log, z } from "millrace";
import { etlParent } from "./etl-parent.ts";
import { etlWebToBucket } from "./etl-web-to-bucket.ts";
import { tripSource } from "./trips.ts";

const blocks = {
  source: z.url().default(tripSource),
  bucket: z.string().default("default"),
};

/** One month of green taxis into the bucket: the rows of the file, before any is left out. */
export const greenRows = flow({
  name: "homework-green-rows",
  parameters: z.object({ year: z.int().default(2020), month: z.int().min(1).max(12).default(1), ...blocks }),
  async run({ year, month, source, bucket }) {
    const { rows, dropped } = await etlWebToBucket({ year, month, color: "green", source, bucket });
    log.info(`rows: ${rows + dropped}`);
    return rows + dropped;
  },
});

/** Several months of yellow taxis into the warehouse, and how many rows they are together. */
export const yellowRows = flow({
  name: "homework-yellow-rows",
  parameters: z.object({
    year: z.int().default(2019),
    months: z.array(z.int().min(1).max(12)).min(1).default([2, 3]),
    warehouse: z.string().default("default"),
    ...blocks,
  }),
  async run({ year, months, source, bucket, warehouse }) {
    const counts = await etlParent({ months, year, color: "yellow", source, bucket, warehouse });
    const rows = counts.map(({ month, loaded, dropped }) => ({ month, rows: loaded + dropped }));
    for (const { month, rows: count } of rows) log.info(`${month}: ${count} rows`);
    const total = rows.reduce((sum, each) => sum + each.rows, 0);
    log.info(`rows: ${total}`);
    artifact.table("rows", [...rows, { month: "all", rows: total }]);
    return total;
  },
});
