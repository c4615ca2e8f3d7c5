/** Lists runs: from the orchestrator's index when one is up, else from the files. */

import { connect } from "../../client/connect.ts";
import { realDisk } from "../../journal/disk.ts";
import type { FlowRun, FlowRunFilter } from "../../protocol/api.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import { runIds } from "./list-ids.ts";
import { damageOf, openRun } from "./open-run.ts";
import { type RunSummary, summarizeRun } from "./summarize-run.ts";

export interface RunList<Run extends RunSummary = FlowRun> {
  readonly runs: readonly Run[];
  readonly more: boolean;
  /** Runs that could not be read, with the reason. */
  readonly unreadable: readonly string[];
}

type Filter = FlowRunFilter & { readonly limit: number };

/** Everything about the runs: from the files this reads whole journals. */
export async function listRuns(home: string, filter: Filter): Promise<RunList> {
  return (await listFromIndex(home, filter)) ?? listFromFiles(home, filter, (id) => readWhole(home, id, filter));
}

/** What a list shows: from the files this reads the ends of large journals, without the counts of their tasks. */
export async function listSummaries(home: string, filter: Filter): Promise<RunList<RunSummary>> {
  return (await listFromIndex(home, filter)) ?? listFromFiles(home, filter, (id) => readSummary(home, id, filter));
}

async function listFromIndex(home: string, filter: Filter): Promise<RunList | undefined> {
  const client = await connect(home).catch(passUnlessSilent);
  if (client === undefined) return undefined;
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

/** A run and, where they are asked for, its subflow runs; newest first. */
function readWhole(home: string, id: string, filter: Filter): readonly FlowRun[] {
  const run = openRun(home, id);
  const damage = run === undefined ? undefined : damageOf(run);
  if (damage !== undefined) throw damage;
  if (run?.flowRun === undefined) return [];
  return filter.include_subflows ? [...run.view.subflowRuns.toReversed(), run.flowRun] : [run.flowRun];
}

/** Subflow runs begin and end anywhere in a journal. */
function readSummary(home: string, id: string, filter: Filter): readonly RunSummary[] {
  const summary = filter.include_subflows ? undefined : summarizeRun(realDisk, homePaths.run(home, id), id);
  return summary === undefined ? readWhole(home, id, filter) : [summary];
}

function listFromFiles<Run extends RunSummary>(
  home: string,
  filter: Filter,
  read: (id: string) => readonly Run[],
): RunList<Run> {
  const runs: Run[] = [];
  const unreadable: string[] = [];
  const after = filter.after === undefined ? undefined : Date.parse(filter.after);
  for (const id of runIds(home)) {
    let found: readonly Run[];
    try {
      found = read(id);
    } catch (thrown) {
      unreadable.push(thrown instanceof Error ? thrown.message : String(thrown));
      continue;
    }
    if (found.length === 0) continue;
    if (after !== undefined && found.every((run) => Date.parse(run.created) < after)) break;
    for (const run of found) {
      if (!matches(run, filter, after)) continue;
      if (runs.length >= filter.limit) return { runs, more: true, unreadable };
      runs.push(run);
    }
  }
  return { runs, more: false, unreadable };
}

function matches(run: RunSummary, filter: FlowRunFilter, after: number | undefined): boolean {
  if (filter.flow_name !== undefined && run.flow_name !== filter.flow_name) return false;
  if (filter.state_types !== undefined && !filter.state_types.includes(run.state_type)) return false;
  if (after !== undefined && Date.parse(run.created) < after) return false;
  if (filter.text === undefined) return true;
  const text = filter.text.toLowerCase();
  return [run.name, run.flow_name, JSON.stringify(run.parameters)].some((each) => each.toLowerCase().includes(text));
}
