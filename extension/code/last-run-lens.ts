/** The lens with the last run of each flow that can be started: always one, so that code does not jump. */
import type * as Vscode from "vscode";
import { isTerminal } from "../../runtime/protocol/states.ts";
import type { Context } from "../context.ts";
import { createThrottle } from "../service/throttle.ts";
import { lensTitle } from "./run-words.ts";

const refreshEvery = 1000;

export function createLastRunLenses(
  context: Pick<Context, "vscode" | "flows" | "runs" | "service" | "settings">,
): Vscode.CodeLensProvider & Vscode.Disposable {
  const { vscode, flows, runs, service, settings } = context;
  const changed = new vscode.EventEmitter<void>();
  /** What was drawn last, by document; only another picture is a reason to draw again. */
  const drawn = new Map<string, string>();
  const throttle = createThrottle(() => {
    for (const [uri, picture] of drawn) {
      if (pictureOf(vscode.Uri.parse(uri)) === picture) continue;
      changed.fire();
      return;
    }
  }, refreshEvery);

  /** Where lenses stand and in which state, without the time since: that does not tick. */
  function pictureOf(uri: Vscode.Uri): string {
    return lensesOf(uri)
      .map(
        ({ line, run }) => `${line} ${run?.id} ${run?.state_name} ${run !== undefined && isTerminal(run.state_type)}`,
      )
      .concat(service.state === "connected" ? "" : "unknown")
      .join("\n");
  }

  function lensesOf(uri: Vscode.Uri) {
    if (!settings.get("codeLens.lastRun", uri)) return [];
    // The others have no Run either.
    const startable = (flows.files.get(uri.toString())?.flows ?? []).filter((flow) => flow.export !== null);
    return startable.map((flow) => ({
      line: flow.range.start.line,
      name: flow.name,
      run: runs.lastRun(flows.targetOf(uri, flow)),
    }));
  }

  const ends = [
    runs.onDidChange(throttle.call),
    flows.onDidChange(throttle.call),
    service.onDidChangeState(throttle.call),
    settings.onDidChange((change) => {
      if (change.affectsConfiguration("millrace.codeLens.lastRun")) changed.fire();
    }),
    vscode.workspace.onDidCloseTextDocument((document) => drawn.delete(document.uri.toString())),
  ];

  return {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses(document) {
      drawn.set(document.uri.toString(), pictureOf(document.uri));
      const now = Date.now();
      return lensesOf(document.uri).map(({ line, name, run }) => {
        const range = new vscode.Range(line, 0, line, 0);
        if (run === undefined) {
          const title =
            service.state === "connected" ? "$(circle-outline) Not run yet" : "$(circle-outline) No run known";
          return new vscode.CodeLens(range, { title, command: "" });
        }
        return new vscode.CodeLens(range, {
          title: lensTitle(run, now),
          tooltip: `Open the last run of ${name}: ${run.name}`,
          command: "millrace.openRun",
          arguments: [{ run_id: run.id }],
        });
      });
    },
    dispose() {
      for (const end of ends) end.dispose();
      throttle.dispose();
      changed.dispose();
    },
  };
}
