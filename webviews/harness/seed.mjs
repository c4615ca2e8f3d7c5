// Fills a home with runs of every kind, by running real flows: seed.mjs --home HOME [--dist DIR] [--only NAME,…]
// The flows (test/fixtures/page-flows) are copied to HOME/workspace, the folder that serve.mjs shows as the workspace.
import { cpSync, mkdirSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { useProjectNode } from "./project-node.mjs";

useProjectNode();
const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const { connectOrStart } = await import("../../runtime/client/connect.ts");
const { isTerminal } = await import("../../runtime/protocol/states.ts");

const { values: given } = parseArgs({
  options: { dist: { type: "string" }, home: { type: "string" }, only: { type: "string" } },
});
if (given.home === undefined) {
  console.error("seed.mjs --home HOME [--dist DIR] [--only NAME,…]");
  process.exit(2);
}
const home = path.resolve(given.home);
const workspace = path.join(home, "workspace");
mkdirSync(workspace, { recursive: true });
cpSync(path.join(root, "test", "fixtures", "page-flows"), workspace, { recursive: true });
const dist = path.resolve(given.dist ?? path.join(root, "dist"));
process.env.MILLRACE_DIST = dist;
const client = await connectOrStart(home, { dist });

const byId = (route, id, body) => client.request(route, { params: { id }, ...(body === undefined ? {} : { body }) });
const get = (id) => byId("GET /api/flow_runs/:id", id);
const start = (target, parameters = {}) => {
  const [file, flow] = target.split(":");
  const body = { file: path.join(workspace, file), flow, parameters, trigger: "editor", cwd: workspace };
  return client.request("POST /api/flow_runs", { body });
};

async function until(run, isThere, limit = 120_000) {
  const end = Date.now() + limit;
  let now = await get(run.id);
  while (!isThere(now)) {
    if (Date.now() > end) throw new Error(`${run.flow_name} is still ${now.state_name}`);
    await pause(100);
    now = await get(run.id);
  }
  return now;
}
const ended = (run) => until(run, (now) => isTerminal(now.state_type));
const running = (run) => until(run, (now) => now.state_type === "RUNNING" && (now.task_run_counts.COMPLETED ?? 0) > 1);

/** name → makes the run and waits until it is as it shall be. */
const runs = {
  completed: async () => ended(await start("shop.ts:monthlyReport", { months: [1, 2, 3, 4] })),
  cached: async () => ended(await start("shop.ts:monthlyReport", { months: [5] })),
  failed: async () => ended(await start("failures.ts:importPages")),
  "timed-out": async () => ended(await start("failures.ts:tooSlow")),
  crashed: async () => ended(await start("failures.ts:dies")),
  cancelled: async () => {
    const run = await running(await start("failures.ts:longHaul"));
    await byId("POST /api/flow_runs/:id/cancel", run.id, { reason: "no longer wanted" });
    return ended(run);
  },
  refused: async () => ended(await start("forms.ts:required", { customer: "Ada", year: 12 })),
  "bad-import": async () => ended(await start("broken.ts:broken")),
  paused: async () => until(await start("approval.ts:approval"), (run) => run.state_type === "PAUSED"),
  mapped: async () => ended(await start("wide.ts:mapped")),
  "mapped-failed": async () => ended(await start("wide.ts:mapped", { failing: true })),
  "two-thousand": async () => ended(await start("wide.ts:grid")),
  "long-log": async () => ended(await start("chatty.ts:chatty")),
  values: async () => ended(await start("values.ts:values")),
  parameters: async () => ended(await start("forms.ts:everything", { name: "Ada" })),
};

const wanted = given.only?.split(",") ?? Object.keys(runs);
for (const name of wanted) {
  const run = await runs[name]?.().catch((error) => error);
  if (run instanceof Error) console.log(`${name.padEnd(14)} ${run.message}`);
  else if (run !== undefined) {
    console.log(`${name.padEnd(14)} ${run.id}  ${run.flow_name} · ${run.name}: ${run.state_name}`);
  }
}
client.close();
