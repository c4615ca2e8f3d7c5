/** The Runs tree: what goes on and what has ended last, in this workspace or in all of the home. */

import type { FlowRun } from "../../runtime/protocol/api.ts";
import { formatPlural } from "../../runtime/protocol/formats.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import type { Context } from "../context.ts";
import { createFilteredRuns } from "./filtered-runs.ts";
import { askFilter, filterWords, flowsOf, isFiltering } from "./run-filter.ts";
import { placesOf, runNode, taskNodes } from "./run-nodes.ts";
import { createTree } from "./tree.ts";

/** "2m ago" becomes "3m ago" without anybody's doing. */
const ageEvery = 60_000;
/** Task runs of open runs are drawn at most this often. */
const tasksEvery = 250;
const scopeKey = "runs.scope";

export function registerRunsView(context: Context): void {
  const { vscode, extension, runs, service, report } = context;
  const shown = context.own(createFilteredRuns(context));
  /** What the tasks of an open run were last drawn for: those of a run that has ended stay as they are. */
  const drawnFor = new Map<string, string>();
  const tree = context.own(
    createTree(vscode, async ({ run_id: id }) => {
      const run = id === undefined ? undefined : findRun(id);
      return run === undefined ? [] : readTasks(run);
    }),
  );
  const view = context.own(
    vscode.window.createTreeView("millrace.runs", { treeDataProvider: tree.provider, showCollapseAll: true }),
  );
  let tasksTimer: NodeJS.Timeout | undefined;
  /** Whoever has stopped the service does not want it back for looking. */
  let wasThere = service.state === "connected";
  context.own(
    service.onDidChangeState((state) => {
      wasThere ||= state === "connected";
    }),
  );

  function findRun(id: string): FlowRun | undefined {
    return shown.runs.find((run) => run.id === id) ?? runs.find(id);
  }

  async function readTasks(run: FlowRun) {
    const tasks = await runs.tasks(run.id);
    drawnFor.set(run.id, stamp(run));
    return taskNodes(run, tasks);
  }

  async function drawTasks(): Promise<void> {
    for (const id of tree.opened) {
      const run = findRun(id);
      if (run === undefined || (isTerminal(run.state_type) && drawnFor.get(id) === stamp(run))) continue;
      tree.showChildren(id, await readTasks(run));
    }
  }

  function draw(): void {
    const now = Date.now();
    const places = placesOf(shown.runs);
    tree.show(shown.runs.map((run) => runNode(run, now, places.get(run.flow_file))));
    const inProgress = runs.runs.filter(isInProgress).length;
    view.badge =
      inProgress === 0 ? undefined : { value: inProgress, tooltip: `${formatPlural(inProgress, "run")} in progress` };
    tasksTimer ??= setTimeout(() => {
      tasksTimer = undefined;
      drawTasks().catch((thrown) => report(thrown, "Reading task runs"));
    }, tasksEvery);
  }

  function tellScope(): void {
    const showsAll = runs.scope === "all";
    void vscode.commands.executeCommand("setContext", "millrace.showsAllRuns", showsAll);
    view.description = showsAll ? "all folders" : "";
  }

  function tellFilter(): void {
    const filters = isFiltering(shown.filter);
    void vscode.commands.executeCommand("setContext", "millrace.runsFiltered", filters);
    view.message = filters ? `Filter: ${filterWords(shown.filter)}` : undefined;
  }

  async function setScope(scope: "workspace" | "all"): Promise<void> {
    runs.scope = scope;
    tellScope();
    // With a filter the tree asks for itself, without one the model does.
    if (isFiltering(shown.filter)) shown.setFilter(shown.filter);
    await extension.workspaceState.update(scopeKey, scope);
  }

  /** Runs that there are must be shown: an empty tree would say that there are none. A home without runs starts nothing. */
  async function readWhenSeen(): Promise<void> {
    if (!view.visible || service.state !== "stopped" || wasThere) return;
    if ((await service.existing()) !== undefined) return;
    const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.file(homePaths.runs(service.home))).then(
      (names) => names.length,
      () => 0,
    );
    if (entries > 0) await service.client();
  }

  const command = (id: string, doing: string, work: () => Promise<unknown>) =>
    context.own(
      vscode.commands.registerCommand(id, async () => {
        try {
          await work();
        } catch (thrown) {
          report(thrown, doing);
        }
      }),
    );
  command("millrace.refreshRuns", "Reading runs", async () => {
    await service.client();
    await runs.refresh();
  });
  command("millrace.showAllRuns", "Showing all runs", () => setScope("all"));
  command("millrace.showWorkspaceRuns", "Showing the runs of this workspace", () => setScope("workspace"));
  command("millrace.filterRuns", "Filtering runs", async () => {
    const filter = await askFilter(vscode, shown.filter, flowsOf(runs.runs));
    if (filter === undefined) return;
    shown.setFilter(filter);
    tellFilter();
  });

  context.own(shown.onDidChange(draw));
  const seen = () => {
    if (view.visible) draw();
    readWhenSeen().catch((thrown) => report(thrown, "Reading runs"));
  };
  context.own(view.onDidChangeVisibility(seen));
  const ageing = setInterval(() => {
    if (view.visible) draw();
  }, ageEvery);
  ageing.unref();
  context.own({
    dispose() {
      clearInterval(ageing);
      clearTimeout(tasksTimer);
    },
  });

  const kept = extension.workspaceState.get<unknown>(scopeKey);
  const hasFolders = (vscode.workspace.workspaceFolders ?? []).length > 0;
  runs.scope = kept === "all" || !hasFolders ? "all" : "workspace";
  tellScope();
  tellFilter();
  draw();
  seen();
}

function isInProgress({ state_type: type }: FlowRun): boolean {
  return type === "RUNNING" || type === "PENDING" || type === "CANCELLING";
}

function stamp({ state, run_count }: FlowRun): string {
  return `${state.name} ${state.timestamp} ${run_count}`;
}
