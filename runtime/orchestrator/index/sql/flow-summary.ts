import { flowId } from "../../../protocol/fold/index.ts";
import type { FlowPlace } from "../filter.ts";
import type { FlowSummary } from "../store.ts";
import type { SqlDatabase } from "./database.ts";
import { idText, numberOf, optionalText } from "./values.ts";

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

/** Keys of the newest run, root or subflow run, of each flow that is meant; one flow may have had several names. */
export function lastRunKeys(database: SqlDatabase, ofFlow: (flow: FlowPlace) => boolean): number[] {
  const flows = database.prepare("SELECT key, name, file, export FROM flow");
  const last = database.prepare(
    "SELECT key, id FROM flow_run INDEXED BY flow_run_flow WHERE flow = ? AND sub = ? ORDER BY id DESC LIMIT 1",
  );
  const byFlow = new Map<string, { readonly key: number; readonly id: string }>();
  for (const [flow, name, file, exported] of flows.all([])) {
    const place = { file: String(file), export: optionalText(exported) };
    if (!ofFlow(place)) continue;
    const identity = place.export ?? `\0${String(name)}`;
    for (const sub of [0, 1]) {
      const [key, idBytes] = last.first([numberOf(flow), sub]) ?? [];
      const id = idText(idBytes);
      if (key !== undefined && id > (byFlow.get(identity)?.id ?? "")) byFlow.set(identity, { key: numberOf(key), id });
    }
  }
  return [...byFlow.values()].sort((left, right) => (left.id < right.id ? 1 : -1)).map(({ key }) => key);
}

function byName(left: FlowSummary, right: FlowSummary): number {
  if (left.name !== right.name) return left.name < right.name ? -1 : 1;
  return left.id < right.id ? -1 : 1;
}
