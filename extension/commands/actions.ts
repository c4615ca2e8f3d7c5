/** What a person does with runs (see `Actions`), each once for pages, trees, the palette and the code. */

import type { FlowRun } from "../../runtime/protocol/api.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import type { Actions, Context } from "../context.ts";
import type { RunDocuments } from "../documents/run-documents.ts";
import { CancelledByUser } from "../problems.ts";
import { commandLine } from "./command-line.ts";
import { runEnvironment } from "./environment.ts";
import { saveBeforeRun } from "./save.ts";
import { startRun } from "./start-run.ts";
import { requireTrust } from "./trust.ts";
import type { RunWatch } from "./watch-runs.ts";

export interface ActionParts {
  readonly context: Omit<Context, "actions">;
  readonly documents: RunDocuments;
  readonly watch: RunWatch;
}

export function createActions({ context, documents, watch }: ActionParts): Actions {
  const { vscode, service, runs, settings } = context;

  async function runOf(runId: string): Promise<FlowRun> {
    const known = runs.find(runId);
    if (known !== undefined) return known;
    return (await service.client()).request("GET /api/flow_runs/:id", { params: { id: runId } });
  }

  async function copy(text: string, what: string): Promise<null> {
    await vscode.env.clipboard.writeText(text);
    vscode.window.setStatusBarMessage(`$(check) Copied ${what}`, 2500);
    return null;
  }

  return {
    startRun: (input) => startRun(context, input, watch.began),
    async cancelRun({ run_id }) {
      const client = await service.client();
      const grace_ms = settings.get("cancel.killAfter");
      await client.request("POST /api/flow_runs/:id/cancel", {
        params: { id: run_id },
        body: { reason: "cancelled in the editor", grace_ms },
      });
      return null;
    },
    async resumeRun({ run_id, options }) {
      requireTrust(vscode, "Resuming a run");
      const run = await runOf(run_id);
      const uri = vscode.Uri.file(documents.shown(run.flow_file));
      await saveBeforeRun(vscode, uri);
      watch.began(run_id);
      const client = await service.client();
      await client.request("POST /api/flow_runs/:id/resume", {
        params: { id: run_id },
        body: { ...runEnvironment(vscode, settings, uri), ...options },
      });
      return null;
    },
    async continueRun({ run_id, pause_key, value }) {
      requireTrust(vscode, "Continuing a run");
      watch.began(run_id);
      const client = await service.client();
      await client.request("POST /api/flow_runs/:id/continue", {
        params: { id: run_id },
        body: { ...(pause_key === undefined ? {} : { pause_key }), ...(value === undefined ? {} : { value }) },
      });
      return null;
    },
    async runAgain({ run_id }) {
      requireTrust(vscode, "Running a flow");
      const run = await runOf(run_id);
      const uri = vscode.Uri.file(documents.shown(run.flow_file)).toString();
      const target = { uri, export: run.flow_export, name: run.flow_name };
      await context.pages.openRun(newId(), { title: run.flow_name, target, again: run_id, focus: true });
      return null;
    },
    async rerunTask({ task_run_id }) {
      requireTrust(vscode, "Running a task");
      const client = await service.client();
      const id = newId();
      watch.began(id);
      const run = await client.request("POST /api/task_runs/:id/rerun", { params: { id: task_run_id }, body: { id } });
      await context.pages.openRun(run.id, { title: `${run.flow_name} · ${run.name}` });
      return null;
    },
    async forgetResult({ task_run_id }) {
      const client = await service.client();
      await client.request("POST /api/task_runs/:id/forget", { params: { id: task_run_id } });
      return null;
    },
    async deleteRun({ run_id }) {
      const run = await runOf(run_id);
      const answer = await vscode.window.showWarningMessage(
        `Delete the run ${run.flow_name} · ${run.name}?`,
        { modal: true, detail: "Its logs, results and artifacts are deleted with it, and cannot be brought back." },
        "Delete",
      );
      if (answer !== "Delete") throw new CancelledByUser();
      await (await service.client()).request("DELETE /api/flow_runs/:id", { params: { id: run_id } });
      return null;
    },
    openSource: (input) => documents.openSource(input),
    openLogDocument: (input) => documents.openLog(input),
    copy: ({ text, what }) => copy(text, what),
    async copyCommand({ run_id }) {
      return copy(commandLine(await runOf(run_id)), "the command line");
    },
    async notifyWhenDone({ run_id, on }) {
      if (on && (await service.existing()) === undefined) {
        throw new MillraceError("not-answering", "The Millrace service is not running, so this run cannot be watched.");
      }
      watch.notify(run_id, on);
      return null;
    },
  };
}
