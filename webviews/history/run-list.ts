/** The runs that are listed: pages that were read, newest first, and what live events change in them. Pure. */
import type { FlowRun, Page } from "../../runtime/protocol/api.ts";
import type { StateType } from "../../runtime/protocol/states.ts";

export interface RunList {
  readonly runs: readonly FlowRun[];
  /** Where the next page begins; null when all were read. */
  readonly cursor: string | null;
  /** Runs that came since, newest first, and are shown when the user asks. */
  readonly waiting: readonly FlowRun[];
}

export const emptyList: RunList = { runs: [], cursor: null, waiting: [] };

export function firstPage(page: Page<FlowRun>): RunList {
  return { runs: page.items, cursor: page.next_cursor, waiting: [] };
}

/** Runs of a later page; those that a live event brought earlier are not listed twice. */
export function nextPage(list: RunList, page: Page<FlowRun>): RunList {
  const known = new Set(list.runs.map((run) => run.id));
  return { ...list, runs: [...list.runs, ...page.items.filter((run) => !known.has(run.id))], cursor: page.next_cursor };
}

/** Puts the newest form of runs in the place of the old one; ids that are not listed are given back. */
export function updateRuns(
  list: RunList,
  changed: ReadonlyMap<string, FlowRun>,
): { readonly list: RunList; readonly unknown: readonly string[] } {
  const unknown = new Set(changed.keys());
  const replace = (runs: readonly FlowRun[]) => {
    let replaced = false;
    const after = runs.map((run) => {
      const newer = changed.get(run.id);
      if (newer === undefined) return run;
      unknown.delete(run.id);
      replaced = true;
      return newer;
    });
    return replaced ? after : runs;
  };
  return {
    list: { ...list, runs: replace(list.runs), waiting: replace(list.waiting) },
    unknown: [...unknown],
  };
}

/** New runs that match: at the top of the list when its top is in sight, else they wait. */
export function addRuns(list: RunList, found: readonly FlowRun[], show: boolean): RunList {
  const known = new Set([...list.runs, ...list.waiting].map((run) => run.id));
  // A run that is older than what was read so far comes with its page.
  const oldest = list.cursor === null ? undefined : list.runs.at(-1)?.id;
  const fresh = found.filter((run) => !known.has(run.id) && (oldest === undefined || run.id > oldest));
  if (fresh.length === 0) return list;
  return show
    ? { ...list, runs: newestFirst([...fresh, ...list.runs]) }
    : { ...list, waiting: newestFirst([...fresh, ...list.waiting]) };
}

export function showWaiting(list: RunList): RunList {
  return { ...list, runs: newestFirst([...list.waiting, ...list.runs]), waiting: [] };
}

export function removeRun(list: RunList, id: string): RunList {
  const without = (runs: readonly FlowRun[]) =>
    runs.some((run) => run.id === id) ? runs.filter((run) => run.id !== id) : runs;
  return { ...list, runs: without(list.runs), waiting: without(list.waiting) };
}

/** Runs whose state is no longer wanted leave the list. */
export function keepStates(list: RunList, types: readonly StateType[] | undefined): RunList {
  if (types === undefined) return list;
  const wanted = (run: FlowRun) => types.includes(run.state_type);
  return { ...list, runs: list.runs.filter(wanted), waiting: list.waiting.filter(wanted) };
}

/** Ids sort in the order in which runs came into being. */
function newestFirst(runs: readonly FlowRun[]): readonly FlowRun[] {
  return runs.toSorted((a, b) => (a.id < b.id ? 1 : a.id > b.id ? -1 : 0));
}
