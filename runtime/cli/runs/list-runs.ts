/** Lists runs: from the orchestrator's index when one is up, else from the files. */
import { connect } from "../../client/connect.ts";
import type { FlowRun, FlowRunFilter } from "../../protocol/api.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { runIds } from "./list-ids.ts";
import { damageOf, openRun } from "./open-run.ts";

export interface RunList {
  readonly runs: readonly FlowRun[];
  readonly more: boolean;
  /** Runs that could not be read, with the reason. */
  readonly unreadable: readonly string[];
}

export async function listRuns(home: string, filter: FlowRunFilter & { readonly limit: number }): Promise<RunList> {
  const client = await connect(home).catch(passUnlessSilent);
  if (client === undefined) return listFromFiles(home, filter);
  try {
    const runs: FlowRun[] = [];
    let cursor: string | undefined;
    do {
      const limit = Math.min(200, filter.limit - runs.length);
      const body = { ...filter, limit, ...(cursor === undefined ? {} : { cursor }) };
      const page = await client.request("POST /api/flow_runs/filter", { body });
      runs.push(...page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined && runs.length < filter.limit);
    return { runs, more: cursor !== undefined, unreadable: [] };
  } finally {
    client.close();
  }
}

/** An orchestrator that does not answer is no reason to show nothing: the files tell the same. */
function passUnlessSilent(thrown: unknown): undefined {
  if (thrown instanceof MillraceError && ["not-answering", "conflict", "home-owned"].includes(thrown.code))
    return undefined;
  throw thrown;
}

function listFromFiles(home: string, filter: FlowRunFilter & { readonly limit: number }): RunList {
  const runs: FlowRun[] = [];
  const unreadable: string[] = [];
  const after = filter.after === undefined ? undefined : Date.parse(filter.after);
  for (const id of runIds(home)) {
    let found: readonly FlowRun[];
    try {
      const run = openRun(home, id);
      const damage = run === undefined ? undefined : damageOf(run);
      if (damage !== undefined) throw damage;
      if (run?.flowRun === undefined) continue;
      found = filter.include_subflows ? [...run.view.subflowRuns.toReversed(), run.flowRun] : [run.flowRun];
    } catch (thrown) {
      unreadable.push(thrown instanceof Error ? thrown.message : String(thrown));
      continue;
    }
    if (after !== undefined && found.every((run) => Date.parse(run.created) < after)) break;
    for (const run of found) {
      if (!matches(run, filter, after)) continue;
      if (runs.length >= filter.limit) return { runs, more: true, unreadable };
      runs.push(run);
    }
  }
  return { runs, more: false, unreadable };
}

function matches(run: FlowRun, filter: FlowRunFilter, after: number | undefined): boolean {
  if (filter.flow_name !== undefined && run.flow_name !== filter.flow_name) return false;
  if (filter.state_types !== undefined && !filter.state_types.includes(run.state_type)) return false;
  if (after !== undefined && Date.parse(run.created) < after) return false;
  if (filter.text === undefined) return true;
  const text = filter.text.toLowerCase();
  return [run.name, run.flow_name, JSON.stringify(run.parameters)].some((each) => each.toLowerCase().includes(text));
}
