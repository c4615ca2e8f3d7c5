import { spawnSync } from "node:child_process";
import path from "node:path";
import { tripColumns } from "../../examples/zoomcamp/trips.ts";
import { PostgresDatabase, readCsv, writeParquet } from "../../runtime/blocks/index.ts";
import { noPostgres, postgresPrograms, startPostgres } from "../services/postgres.ts";
import { monthRows, writeMonth } from "./month.ts";
import { atMost, type BenchRow, information, median } from "./rows.ts";
import { withFolder } from "./spawn.ts";

const rounds = 3;

/** A month of trips into a real Postgres, beside what `psql \copy` takes for the same file. */
export async function measurePostgres(): Promise<readonly BenchRow[]> {
  const missing = noPostgres();
  if (missing !== false) return [information("a month's trips into Postgres", Number.NaN, "ms", missing)];
  const server = await startPostgres({ settings: { max_wal_size: "4GB", autovacuum: "off" } });
  try {
    return await withFolder(async (folder) => {
      const file = path.join(folder, "month.csv");
      await writeMonth(file);
      const parquet = path.join(folder, "month.parquet");
      const reading = { columns: tripColumns.yellow, slashDates: "day-first" } as const;
      await writeParquet(parquet, readCsv(file, reading));
      const database = new PostgresDatabase({ url: server.url });
      for (const table of ["by_psql", "by_millrace"]) await database.createTable(table, tripColumns.yellow);
      const psql = postgresPrograms();
      const times: Record<"psql" | "csv" | "parquet", number[]> = { psql: [], csv: [], parquet: [] };
      const timed = async (name: keyof typeof times, work: () => unknown) => {
        const before = performance.now();
        await work();
        times[name].push(performance.now() - before);
      };
      for (let round = 0; round < rounds; round++) {
        if (psql !== undefined) {
          await database.execute("TRUNCATE by_psql");
          await timed("psql", () => copyByPsql(path.join(psql, "psql"), server.url, file));
        }
        const load = { mode: "truncate", loadId: `round ${round}` } as const;
        await timed("csv", () => database.load("by_millrace", file, { ...load, ...reading }));
        await timed("parquet", () => database.load("by_millrace", parquet, { ...load, loadId: `parquet ${round}` }));
      }
      if ((await database.rowCount("by_millrace")) !== monthRows) throw new Error("rows are missing");
      await database.close();
      const floor = median(times.psql);
      const rate = (milliseconds: number) => `${Math.round(monthRows / milliseconds)},000 rows/s`;
      const row = (name: string, value: number) =>
        psql === undefined
          ? information(name, value, "ms", `${rate(value)}; no psql on this machine to compare with`)
          : atMost(name, value, "ms", floor / 0.6, `${rate(value)}, psql \\copy ${rate(floor)}; 60 % of that`);
      return [
        row("a month's trips into Postgres, from CSV", median(times.csv)),
        information(
          "a month's trips into Postgres, from Parquet",
          median(times.parquet),
          "ms",
          rate(median(times.parquet)),
        ),
      ];
    });
  } finally {
    await server.stop();
  }
}

function copyByPsql(psql: string, url: string, file: string): void {
  const copy = `\\copy by_psql FROM '${file}' WITH (FORMAT csv, HEADER)`;
  const { status, stderr } = spawnSync(psql, [url, "-q", "-v", "ON_ERROR_STOP=1", "-c", copy], {
    encoding: "utf8",
    env: { ...process.env, PGOPTIONS: "-c datestyle=ISO,DMY" },
  });
  if (status !== 0) throw new Error(`psql ended with ${status}:\n${stderr}`);
}
