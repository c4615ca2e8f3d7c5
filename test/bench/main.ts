/**
 * `npm run bench`: every figure the project promises, each with a floor or limit measured in the same run.
 * `-- --json` prints one array of { name, value, unit, limit, ok }; `-- NAME…` runs the suites whose name contains one.
 */
import { type BenchRow, table } from "./rows.ts";

const suites: readonly [string, () => Promise<readonly BenchRow[]>][] = [
  ["tasks", async () => (await import("./tasks.ts")).measureTasks()],
  ["command", async () => (await import("./command.ts")).measureCommand()],
  ["warm", async () => (await import("./warm-start.ts")).measureWarmStart()],
  ["long", async () => (await import("./long-run.ts")).measureLongRun()],
  ["index", async () => (await import("./index-million.ts")).measureIndex()],
  ["language", async () => (await import("./language.ts")).measureLanguage()],
  ["editor", async () => (await import("./editor.ts")).measureEditor()],
  ["answers", async () => (await import("./answers.ts")).measureAnswers()],
  ["pages", async () => (await import("./pages.ts")).measurePages()],
  ["tables", async () => (await import("./tables.ts")).measureTables()],
  ["postgres", async () => (await import("./postgres.ts")).measurePostgres()],
  ["gcs", async () => (await import("./gcs.ts")).measureGcs()],
  ["schedules", async () => (await import("./schedules.ts")).measureSchedules()],
  ["workers", async () => (await import("./workers.ts")).measureWorkers()],
  ["click", async () => (await import("./click.ts")).measureClick()],
];

const words = process.argv.slice(2);
const json = words.includes("--json");
const chosen = words.filter((word) => !word.startsWith("--"));
const rows: BenchRow[] = [];
for (const [name, measure] of suites) {
  if (chosen.length > 0 && !chosen.some((part) => name.includes(part))) continue;
  if (!json) console.error(`measuring ${name} …`);
  rows.push(...(await measure()));
}
if (json)
  console.log(
    JSON.stringify(rows.map(({ name, value, unit, limit = null, ok }) => ({ name, value, unit, limit, ok }))),
  );
else console.log(table(rows));
process.exitCode = rows.every((row) => row.ok) ? 0 : 1;
