/** What pages ask of the orchestrator, at the sizes that are promised: logs, histories, previews. */
import { appendFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { writeParquet } from "../../runtime/blocks/tables/parquet.ts";
import { Table } from "../../runtime/blocks/tables/table.ts";
import { historyOf } from "../../runtime/orchestrator/history/buckets.ts";
import { gridOf } from "../../runtime/orchestrator/history/grid.ts";
import { createSqlStore } from "../../runtime/orchestrator/index/sql-store.ts";
import { createRunLogs } from "../../runtime/orchestrator/logs/run-logs.ts";
import { type PreviewTask, previewValue } from "../../runtime/orchestrator/preview/preview-value.ts";
import { tellRun } from "../unit/index/story.ts";
import { atMost, type BenchRow, information } from "./rows.ts";
import { withFolder } from "./spawn.ts";

const lines = 1_000_000;
const runs = 100_000;
const rows = 1_300_000;

export async function measureAnswers(): Promise<readonly BenchRow[]> {
  return [...(await measureLogs()), ...(await measureHistory()), ...(await measurePreviews())];
}

/** The time of the work, and the longest that others had to wait meanwhile; milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<{ readonly took: number; readonly gap: number }> {
  let gap = 0;
  let last = performance.now();
  const ticking = setInterval(() => {
    const now = performance.now();
    gap = Math.max(gap, now - last);
    last = now;
  }, 0);
  const before = performance.now();
  await work();
  const after = performance.now();
  clearInterval(ticking);
  return { took: after - before, gap: Math.max(gap, after - last) };
}

function measureLogs(): Promise<readonly BenchRow[]> {
  return withFolder(async (folder) => {
    const file = path.join(folder, "logs.ndjson");
    writeInPieces(file, lines, (n) =>
      JSON.stringify({
        at: 1_763_711_820_000 + n,
        level: n % 8 === 7 ? 40 : 20,
        message: `downloaded part ${n} of yellow_tripdata_2021-01.parquet in ${n % 97} ms`,
        name: "log",
        flow_run_id: "01a1fd57-8578-7393-abae-0557088c6496",
        task_run_id: `01a1fd57-8578-7393-abae-${String(n % 2000).padStart(12, "0")}`,
      }),
    );
    const logs = createRunLogs();
    const first = await timed(() => logs.window(file, {}, -500, 500));
    const middle = await timed(() => logs.window(file, {}, 500_000, 500));
    const errors = await timed(() => logs.window(file, { level: 40 }, -500, 500));
    const find = await timed(() => logs.find(file, {}, `PART ${lines - 1} OF`, 0, false));
    const again = await timed(() => logs.find(file, {}, `PART ${lines - 1} OF`, 0, false));
    logs.close();
    const of = "log of 1,000,000 lines";
    return [
      atMost(`${of}: its end, the first time`, first.took, "ms", 1000),
      atMost(`${of}: 500 lines from the middle`, middle.took, "ms", 30),
      atMost(`${of}: the last 500 errors, the first time`, errors.took, "ms", 1500),
      atMost(`${of}: finding its last line`, find.took, "ms", 2500),
      atMost(`${of}: finding it again`, again.took, "ms", 30),
      information(`${of}: longest that others waited`, Math.max(first.gap, errors.gap, find.gap), "ms"),
    ];
  });
}

async function measureHistory(): Promise<readonly BenchRow[]> {
  const store = await createSqlStore();
  for (let done = 0; done < runs; done += 1000) {
    const stories = Array.from({ length: 1000 }, (_, index) => {
      const n = done + index;
      const flow = { name: `etl-${n % 20}`, file: `/w/etl-${n % 20}.ts`, export: "etl" };
      return tellRun(1_767_225_600_000 + n * 60_000, { flow }, 4, n % 50 === 49 ? "FAILED" : "COMPLETED");
    });
    await store.applyRuns(stories.map((story) => story.batch()));
  }
  const history = (filter: Parameters<typeof store.runFacts>[0]) => async () =>
    historyOf(await store.runFacts(filter), { buckets: 48 });
  const all = await timed(history({}));
  const flow = await timed(history({ flow_file: "/w/etl-3.ts", flow_export: "etl" }));
  const under = await timed(history({ under: ["/w"] }));
  const grid = await timed(async () => {
    const { items } = await store.flowRuns({ flow_file: "/w/etl-3.ts", flow_export: "etl", limit: 30 });
    return gridOf(await Promise.all(items.map(async (run) => ({ run, groups: await store.taskGroups(run.id) }))));
  });
  await store.close();
  const of = "history of 100,000 runs";
  return [
    atMost(`${of}: all`, all.took, "ms", 1500),
    atMost(`${of}: of one workspace`, under.took, "ms", 1500),
    atMost(`${of}: of one flow`, flow.took, "ms", 100),
    atMost(`${of}: grid of the newest 30 runs of a flow`, grid.took, "ms", 100),
    information(`${of}: longest that others waited`, Math.max(all.gap, under.gap, flow.gap, grid.gap), "ms"),
  ];
}

function measurePreviews(): Promise<readonly BenchRow[]> {
  return withFolder(async (folder) => {
    const csv = path.join(folder, "trips.csv");
    const row = (n: number) => ({
      id: n,
      pickup: new Date(n * 1000),
      distance: (n % 400) / 10,
      zone: `zone ${n % 263}`,
    });
    writeInPieces(csv, rows + 1, (n) =>
      n === 0 ? "id,pickup,distance,zone" : `${n},${row(n).pickup.toISOString()},${row(n).distance},${row(n).zone}`,
    );
    const parquet = path.join(folder, "trips.parquet");
    const columns = { id: "int32", pickup: "timestamp", distance: "double", zone: "text" } as const;
    await writeParquet(
      parquet,
      Table.of(
        columns,
        (function* () {
          for (let n = 0; n < rows; n++) yield row(n);
        })(),
      ),
    );
    const page = (value: string, offset: number) => {
      const record = { kind: "inline", data: [value] } as const;
      const task: PreviewTask = { record, folder, cwd: null, isInputs: false, artifact: null, offset, limit: 200 };
      return timed(() => previewValue(task));
    };
    const made: BenchRow[] = [];
    for (const [name, file] of [
      ["CSV", csv],
      ["Parquet", parquet],
    ] as const) {
      const of = `preview of 1,300,000 rows of ${name}`;
      made.push(atMost(`${of}: first page`, (await page(file, 0)).took, "ms", 1000));
      made.push(atMost(`${of}: a page from its end`, (await page(file, rows - 200)).took, "ms", 2000));
      made.push(atMost(`${of}: the page before that`, (await page(file, rows - 400)).took, "ms", 500));
    }
    return made;
  });
}

function writeInPieces(file: string, count: number, line: (n: number) => string): void {
  writeFileSync(file, "");
  let text = "";
  for (let n = 0; n < count; n++) {
    text += `${line(n)}\n`;
    if (text.length < 1_000_000) continue;
    appendFileSync(file, text);
    text = "";
  }
  appendFileSync(file, text);
}
