/**
 * The runs that the Runs tree shows. Without a filter those of the model; with one the last that pass it, however old
 * they are, asked for anew when something has changed.
 */
import type * as Vscode from "vscode";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import type { Context } from "../context.ts";
import { createRealFiles } from "../real-files.ts";
import { filterQuery, isFiltering, noFilter, type RunFilter } from "./run-filter.ts";

export interface FilteredRuns extends Vscode.Disposable {
  readonly runs: readonly FlowRun[];
  readonly filter: RunFilter;
  readonly onDidChange: Vscode.Event<void>;
  setFilter(filter: RunFilter): void;
}

const shownRuns = 50;
/** Runs may change often; what passes the filter is asked for at most this often. */
const askEvery = 500;

export function createFilteredRuns({
  vscode,
  service,
  runs,
  report,
}: Pick<Context, "vscode" | "service" | "runs" | "report">): FilteredRuns {
  const changed = new vscode.EventEmitter<void>();
  const files = createRealFiles(vscode);
  let filter = noFilter;
  let passing: readonly FlowRun[] = [];
  let timer: NodeJS.Timeout | undefined;
  let asked = 0;

  async function ask(): Promise<void> {
    const now = ++asked;
    const client = await service.existing();
    if (client === undefined) return;
    const { items } = await client.request("POST /api/flow_runs/filter", {
      body: {
        ...filterQuery(filter),
        ...(runs.scope === "workspace" ? { under: files.folders() } : {}),
        limit: shownRuns,
      },
    });
    // A later question, or none any more, has made this answer old.
    if (now !== asked) return;
    passing = items;
    changed.fire();
  }

  function askSoon(wait: number): void {
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      if (isFiltering(filter)) ask().catch((thrown) => report(thrown, "Filtering runs"));
    }, wait);
  }

  const subscription = runs.onDidChange(() => {
    if (isFiltering(filter)) askSoon(askEvery);
    else changed.fire();
  });

  return {
    get runs() {
      return isFiltering(filter) ? passing : runs.runs;
    },
    get filter() {
      return filter;
    },
    onDidChange: changed.event,
    setFilter(next) {
      filter = next;
      passing = [];
      asked++;
      if (isFiltering(filter)) askSoon(0);
      else changed.fire();
    },
    dispose() {
      clearTimeout(timer);
      subscription.dispose();
      changed.dispose();
    },
  };
}
