// The main job, headless: two months of taxi trips from the web into a warehouse, with everything that a run has.
// `npm run demo` builds, then runs this.
// Options: --rows N (of the sample), --folder DIR, --source URL (of the real files), --sample (do not look for them).
import { execFile, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs, promisify } from "node:util";
import { startSampleServer } from "./demo/sample-server.ts";

const examples = path.dirname(fileURLToPath(import.meta.url));
const project = path.dirname(examples);
const dist = path.resolve(process.env.MILLRACE_DIST ?? path.join(project, "dist"));
const command = path.join(dist, "millrace.cjs");
const published = "https://github.com/DataTalksClub/nyc-tlc-data/releases/download";

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "50000" },
    folder: { type: "string", default: path.join(project, ".demo") },
    source: { type: "string", default: published },
    sample: { type: "boolean", default: false },
  },
});

// Everything that the demo writes lies in one folder of the checkout, which git ignores: your own home stays as it is.
const folder = path.resolve(options.folder);
const home = path.join(folder, "home");
mkdirSync(home, { recursive: true });
process.env.MILLRACE_HOME = home;

const online = !options.sample && (await answers(`${options.source}/yellow/yellow_tripdata_2021-01.csv.gz`));
const server = online ? undefined : await startSampleServer({ rows: Number(options.rows) });
console.log("Two months of New York's yellow taxis: web → clean → Parquet → bucket → warehouse\n");
console.log(
  server === undefined
    ? `  trips from  ${options.source}`
    : `  trips from  ${server.url}\n              ${missing()}: a made-up sample of ${options.rows} trips a month, in the files' real form`,
);
console.log(`  files in    ${short(folder)}${path.sep}   (everything; your own ~/.millrace stays as it is)\n`);

const flow = path.join(examples, "zoomcamp", "etl-parent.ts");
const status = await millrace(["run", flow, "-p", `source=${server?.url ?? options.source}`]);
await server?.close();
if (status === 0) await report(await latestRun());
process.exitCode = status;

/** Runs the command as a user would: with this terminal, so that the live tree is drawn on it. */
function millrace(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [command, ...args], { cwd: folder, stdio: "inherit" });
    // Ctrl-C reaches the run too, which ends in order; it decides when this ends.
    process.on("SIGINT", () => {});
    process.once("SIGTERM", () => child.kill("SIGTERM"));
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(signal === null ? (code ?? 3) : 3));
  });
}

async function latestRun() {
  const { stdout } = await promisify(execFile)(process.execPath, [command, "runs", "ls", "--limit", "1", "--json"]);
  const [run] = JSON.parse(stdout);
  return run.id;
}

async function report(runId) {
  const { EmbeddedWarehouse } = await import(pathToFileURL(path.join(dist, "sdk", "blocks.js")).href);
  const warehouse = await EmbeddedWarehouse.load("default");
  console.log("\nIn the warehouse, table yellow_trips");
  for (const { loadId, rows } of await warehouse.loads("yellow_trips")) {
    console.log(`  ${path.posix.basename(loadId, ".parquet")}  ${rows.toLocaleString("en")} rows`);
  }
  console.log(`  altogether               ${(await warehouse.rowCount("yellow_trips")).toLocaleString("en")} rows`);
  console.log(`  in                       ${short(warehouse.file)}`);
  await warehouse.close();

  const day = new Date(Number.parseInt(runId.replace("-", "").slice(0, 12), 16)).toISOString().slice(0, 10);
  const millraceCommand = `${short(process.execPath)} ${short(command)}`;
  console.log(`\nThe run ${runId}`);
  console.log(`  its folder               ${short(path.join(home, "runs", day, runId))}${path.sep}`);
  console.log(`  look at it again         ${millraceCommand} runs show ${runId} --home ${short(home)}`);
  console.log(`  read its log             ${millraceCommand} runs logs ${runId} --home ${short(home)}`);
  console.log("  once more                npm run demo   (fetches from the cache, doubles nothing)");
}

/** A path as one would type it here. */
function short(file) {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith("..") ? file : relative;
}

function missing() {
  if (options.sample) return "as asked";
  return options.source === published ? "the internet is not there" : `${options.source} does not answer`;
}

/** Whether the address answers within two seconds. */
async function answers(url) {
  try {
    const response = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(2000) });
    return response.ok;
  } catch {
    return false;
  }
}
