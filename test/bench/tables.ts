import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { distFolder, projectRoot } from "../support/places.ts";
import { writeMonth } from "./month.ts";
import { atMost, type BenchRow, information, median } from "./rows.ts";
import { benchEnvironment, runNode, withFolder } from "./spawn.ts";

const services = path.join(projectRoot, "test", "services");
const duckdb = path.join(services, "node_modules", "@duckdb", "node-api", "lib", "index.js");
const rounds = 3;

interface Measured {
  readonly milliseconds: number;
  readonly rows: number;
  readonly megabytes: number;
}

/** A month of trips from CSV to Parquet, with and without DuckDB, beside DuckDB by itself; and all the way. */
export function measureTables(): Promise<readonly BenchRow[]> {
  return withFolder(async (folder) => {
    const file = path.join(folder, "month.csv.gz");
    await writeMonth(file);
    const run = (way: string): Measured => {
      const script = path.join(projectRoot, "test", "bench", "flows", "month.mjs");
      const blocks = pathToFileURL(path.join(distFolder, "sdk", "blocks.js")).href;
      const args = [script, way, blocks, file, folder, pathToFileURL(duckdb).href];
      // The accelerator is looked for where the process runs.
      return JSON.parse(runNode(args, { env: benchEnvironment(path.join(folder, "home")), cwd: services }).stdout);
    };
    const all = run("all");
    const way = "a month's trips";
    const memory = atMost(`${way}, CSV → Parquet → bucket → warehouse, peak memory`, all.megabytes, "MB", 400);
    if (!existsSync(duckdb)) {
      const alone = run("millrace");
      const why = "no DuckDB beside it: run npm ci in test/services";
      return [memory, information(`${way}, CSV.gz → Parquet`, alone.milliseconds, "ms", why)];
    }
    const times: Record<"peer" | "millrace" | "duckdb", Measured[]> = { peer: [], millrace: [], duckdb: [] };
    for (let round = 0; round < rounds; round++) {
      for (const name of ["peer", "millrace", "duckdb"] as const) times[name].push(run(name));
    }
    const rows = new Set(Object.values(times).flatMap((each) => each.map((one) => one.rows)));
    if (rows.size !== 1) throw new Error(`not all kept the same rows: ${[...rows].join(", ")}`);
    const middle = (name: keyof typeof times) => median(times[name].map(({ milliseconds }) => milliseconds));
    const most = (name: keyof typeof times) => Math.max(...times[name].map(({ megabytes }) => megabytes));
    const floor = middle("peer");
    const by = (factor: number) => `${factor} x DuckDB's ${Math.round(floor)} ms`;
    return [
      memory,
      atMost(`${way}, CSV.gz → Parquet`, middle("millrace"), "ms", 2 * floor, by(2)),
      atMost(`${way}, CSV.gz → Parquet, peak memory`, most("millrace"), "MB", 400),
      atMost(`${way}, CSV.gz → Parquet with DuckDB`, middle("duckdb"), "ms", 1.1 * floor, by(1.1)),
      atMost(`${way}, CSV.gz → Parquet with DuckDB, peak memory`, most("duckdb"), "MB", 400),
    ];
  });
}
