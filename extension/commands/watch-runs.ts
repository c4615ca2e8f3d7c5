/** What happens by itself when a run that was started in this window ends or asks: its page opens, or one notification. */
import type * as Vscode from "vscode";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { formatDuration } from "../../runtime/protocol/durations.ts";
import { stateLook } from "../../runtime/protocol/state-look.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import type { Context } from "../context.ts";
import { withoutLinks } from "../markup.ts";
import type { OwnedRunModel } from "../service/run-model.ts";

export interface RunWatch extends Vscode.Disposable {
  /** This run was started, or resumed, here. */
  began(runId: string): void;
  /** The bell on a run's page: tell when it ends, whatever the settings say. */
  notify(runId: string, on: boolean): void;
}

const openRun = "Open Run";
const resume = "Resume";

type Parts = Pick<Context, "vscode" | "settings" | "pages" | "actions" | "report">;

export function watchRuns(context: Parts, runs: Pick<OwnedRunModel, "onDidChangeRun">): RunWatch {
  const { vscode, settings } = context;
  const here = new Set<string>();
  const bells = new Set<string>();

  const listener = runs.onDidChangeRun(({ run, before }) => {
    if (before?.state_type === run.state_type) return;
    const ended = isTerminal(run.state_type);
    if (!ended && run.state_type !== "PAUSED") return;
    const started = here.has(run.id);
    const asked = bells.has(run.id);
    if (ended) {
      here.delete(run.id);
      bells.delete(run.id);
    }
    const bad = run.state_type === "FAILED" || run.state_type === "CRASHED";
    if (started && run.state_type !== "CANCELLED" && run.state_type !== "COMPLETED") {
      if (settings.get("run.openPage") === "onFailure" && !context.pages.isVisible(run.id)) {
        void context.pages
          .openRun(run.id)
          .then(undefined, (thrown: unknown) => context.report(thrown, "Opening the run"));
        return;
      }
    }
    if (!ended) return;
    const wish = settings.get("notify");
    const wanted = asked || (started && (wish === "all" || (wish === "failures" && bad)));
    // Someone who looks at the run needs no telling.
    if (wanted && !context.pages.isVisible(run.id)) void tell(run, bad);
  });

  async function tell(run: FlowRun, bad: boolean): Promise<void> {
    const { word } = stateLook(run.state_type, run.state_name);
    const after = bad ? "" : ` after ${formatDuration(run.total_run_time * 1000)}`;
    const reason = bad && run.error !== null ? `: ${firstLine(run.error.message)}` : after;
    const text = withoutLinks(`${run.flow_name} · ${run.name} ${word.toLowerCase()}${reason}`);
    const show = bad ? vscode.window.showErrorMessage : vscode.window.showInformationMessage;
    const answer = await show(text, ...(bad ? [openRun, resume] : [openRun]));
    try {
      if (answer === openRun) await context.pages.openRun(run.id, { focus: true });
      else if (answer === resume) await context.actions.resumeRun({ run_id: run.id, options: { mode: "resume" } });
    } catch (thrown) {
      context.report(thrown, answer === resume ? "Resuming the run" : "Opening the run");
    }
  }

  return {
    began: (runId) => void here.add(runId),
    notify(runId, on) {
      if (on) bells.add(runId);
      else bells.delete(runId);
    },
    dispose: () => listener.dispose(),
  };
}

function firstLine(text: string): string {
  const line = text.split("\n", 1)[0] ?? "";
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
