/** Runs the course's flows in processes of their own, as a user does, and looks at what they left. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { TestContext } from "node:test";
import { EmbeddedWarehouse } from "../../runtime/blocks/index.ts";
import { commandFile, distFolder, projectRoot } from "./places.ts";

export const parentFlow = path.join(projectRoot, "examples", "zoomcamp", "etl-parent.ts");

export interface Ended {
  /** null when a signal ended it. */
  readonly code: number | null;
  /** What it wrote, both streams in order. */
  readonly output: string;
}

export function startNode(
  args: readonly string[],
  { cwd, environment }: { cwd: string; environment: Readonly<Record<string, string>> },
) {
  const { PATH = "", SystemRoot = "", TEMP = "" } = process.env;
  const child = spawn(process.execPath, args, {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH, SystemRoot, TEMP, MILLRACE_DIST: distFolder, NO_COLOR: "1", ...environment },
  });
  let output = "";
  const keep = (text: string) => {
    output += text;
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  const ended = once(child, "close").then(([code]: (number | null)[]): Ended => ({ code: code ?? null, output }));
  return { child, ended, output: () => output };
}

/** `millrace …` in a folder that holds home and data, or from another one. */
export function startMillrace(folder: string, args: readonly string[], cwd = folder) {
  return startNode([commandFile, ...args], {
    cwd,
    environment: { HOME: folder, USERPROFILE: folder, MILLRACE_HOME: path.join(folder, "home") },
  });
}

/** Rows by load in the default warehouse of a home; checks that the table has no others. */
export async function loadsOf(t: Pick<TestContext, "after">, home: string): Promise<Record<string, number>> {
  const warehouse = new EmbeddedWarehouse({ file: path.join(home, "warehouses", "default.sqlite") });
  t.after(() => warehouse.close());
  const loads = await warehouse.loads("yellow_trips");
  const counted = await warehouse.query(
    "SELECT load_id, count(*) AS rows FROM yellow_trips JOIN _millrace_loads ON id = _load GROUP BY load_id ORDER BY load_id",
  );
  const byLoad = Object.fromEntries(counted.map((row) => [String(row["load_id"]), Number(row["rows"])]));
  const claimed = Object.fromEntries(loads.map(({ loadId, rows }) => [loadId, rows]).sort());
  const all = await warehouse.rowCount("yellow_trips");
  if (JSON.stringify(byLoad) !== JSON.stringify(claimed) || loads.reduce((sum, { rows }) => sum + rows, 0) !== all) {
    throw new Error(
      `the ledger says ${JSON.stringify(claimed)}, the table has ${JSON.stringify(byLoad)}, ${all} in all`,
    );
  }
  return byLoad;
}
