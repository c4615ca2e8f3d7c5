import { flowId } from "../../../protocol/fold/index.ts";
import type { FlowSummary } from "../store.ts";
import type { SqlDatabase } from "./database.ts";
import { idText, numberOf } from "./values.ts";

/** The flows that have root runs, by name. Counts are kept as runs come and go: nothing is counted here. */
export function summarizeFlows(database: SqlDatabase): FlowSummary[] {
  const flows = database.prepare("SELECT key, name, file, export, runs FROM flow WHERE runs > 0");
  const last = database.prepare("SELECT max(id) FROM flow_run INDEXED BY flow_run_flow WHERE flow = ? AND sub = 0");
  const byId = new Map<string, FlowSummary>();
  for (const [key, name, file, exportName, runs] of flows.all([])) {
    const reference = { name: String(name), file: String(file) };
    const exported = typeof exportName === "string" ? exportName : null;
    const id = flowId(exported === null ? reference : { ...reference, export: exported });
    const lastRun = idText(last.first([numberOf(key)])?.[0]);
    const known = byId.get(id);
    // One flow may have had several names; the newest is its label.
    const newest = known?.last_run_id == null || lastRun > known.last_run_id;
    byId.set(id, {
      id,
      ...(newest || known === undefined ? { ...reference, export: exported, last_run_id: lastRun } : known),
      runs: numberOf(runs) + (known?.runs ?? 0),
    });
  }
  return [...byId.values()].sort(byName);
}

function byName(left: FlowSummary, right: FlowSummary): number {
  if (left.name !== right.name) return left.name < right.name ? -1 : 1;
  return left.id < right.id ? -1 : 1;
}
