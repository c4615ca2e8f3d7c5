/** The commands, by name. Views, start and debug register their own. */
import type * as Vscode from "vscode";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import type { Context } from "../context.ts";
import type { RunDocuments } from "../documents/run-documents.ts";
import type { OwnedFlowModel } from "../language/flow-model.ts";
import { siteOf } from "../language/flow-model.ts";
import { runLink } from "./links.ts";
import { pickFlow, pickRun, type RunQuestion, targetOf, taskRunIdOf } from "./pick.ts";
import { resumeWithPlan } from "./resume.ts";
import { openForm, runFlow } from "./run-flow.ts";
import { stopService } from "./stop-service.ts";

export interface CommandParts {
  readonly context: Context;
  readonly flows: OwnedFlowModel;
  readonly documents: RunDocuments;
  clearProblems(): void;
}

const any: RunQuestion = {
  placeHolder: "Which run?",
  wanted: () => true,
  none: "No flow of this workspace has run yet.",
};
const live = { placeHolder: "Cancel which run?", wanted: isLive, none: "No flow is running." };
const failed = {
  placeHolder: "Resume which run?",
  wanted: (run: FlowRun) => isTerminal(run.state_type) && run.state_type !== "COMPLETED",
  none: "No run has failed, crashed or been cancelled: there is nothing to resume.",
};
const paused = {
  placeHolder: "Continue which run?",
  wanted: (run: FlowRun) => run.state_type === "PAUSED",
  none: "No run waits for an answer.",
};
const ended: RunQuestion = { ...any, wanted: (run: FlowRun) => isTerminal(run.state_type) };

function isLive(run: FlowRun): boolean {
  return !isTerminal(run.state_type) && run.state_type !== "CANCELLING";
}

/** name → what is said when it fails, and what it does. */
export function commandTable({ context, flows, documents, clearProblems }: CommandParts) {
  const { vscode, actions, pages, log } = context;
  const pick = (given: unknown, question = any): Promise<string> => pickRun(context, given, question);
  const readRun = async (run_id: string): Promise<FlowRun> =>
    context.runs.find(run_id) ??
    (await context.service.client()).request("GET /api/flow_runs/:id", { params: { id: run_id } });
  const ofTask = (given: unknown): { task_run_id: string } | Record<string, never> => {
    const task_run_id = taskRunIdOf(given);
    return task_run_id === undefined ? {} : { task_run_id };
  };
  const taskOf = async (given: unknown) => {
    const task_run_id = taskRunIdOf(given);
    const run_id = await pick(given);
    const task = (await context.runs.tasks(run_id)).find((one) => one.id === task_run_id);
    if (task === undefined) throw new MillraceError("not-found", "This task run is not there any more.");
    return { run_id, task };
  };

  return {
    run: ["Running the flow", async (given) => runFlow(context, await pickFlow(context, given))],
    runWith: ["Opening the form", async (given) => openForm(context, await pickFlow(context, given))],
    showGraph: ["Drawing the graph", async (given) => pages.openGraph(await pickFlow(context, given))],
    openRun: ["Opening the run", async (given) => pages.openRun(await pick(given), { focus: true, ...ofTask(given) })],
    runHistory: [
      "Opening the history",
      async (given) => {
        const target = targetOf(given);
        if (target === undefined) return pages.openHistory();
        return pages.openHistory({
          flow_file: vscode.Uri.parse(target.uri).fsPath,
          ...(target.export === null ? {} : { flow_export: target.export }),
          flow_name: target.name,
        });
      },
    ],
    cancelRun: ["Cancelling the run", async (given) => actions.cancelRun({ run_id: await pick(given, live) })],
    resumeRun: [
      "Resuming the run",
      async (given) => resumeWithPlan(context, await pick(given, failed), given === undefined),
    ],
    resumeFrom: [
      "Resuming the run",
      async (given) => {
        const { run_id, task } = await taskOf(given);
        await actions.resumeRun({ run_id, options: { mode: "resume", from: [task.id] } });
        await pages.openRun(run_id);
      },
    ],
    retryRun: [
      "Running the run again from its start",
      async (given) => {
        const run_id = await pick(given, failed);
        await actions.resumeRun({ run_id, options: { mode: "retry" } });
        await pages.openRun(run_id);
      },
    ],
    // Its page has the form for the answer.
    continueRun: ["Opening the run", async (given) => pages.openRun(await pick(given, paused), { focus: true })],
    rerun: ["Opening the form", async (given) => actions.runAgain({ run_id: await pick(given, ended) })],
    rerunTask: [
      "Running the task",
      async (given) => {
        const { run_id, task } = await taskOf(given);
        await actions.rerunTask({ run_id, task_run_id: task.id });
      },
    ],
    deleteRun: ["Deleting the run", async (given) => actions.deleteRun({ run_id: await pick(given, ended) })],
    openLogs: [
      "Opening the log",
      async (given) => actions.openLogDocument({ run_id: await pick(given), ...ofTask(given) }),
    ],
    openSource: ["Opening the code", openSource],
    compareSource: [
      "Comparing",
      async (given) => {
        const uri = given instanceof vscode.Uri ? given : vscode.window.activeTextEditor?.document.uri;
        if (uri !== undefined) await documents.compare(uri);
      },
    ],
    copyRunLink: [
      "Copying",
      async (given) => actions.copy({ text: runLink(context, await pick(given)), what: "the run's link" }),
    ],
    copyRunId: ["Copying", async (given) => actions.copy({ text: await pick(given), what: "the run's ID" })],
    copyRunCommand: ["Copying", async (given) => actions.copyCommand({ run_id: await pick(given) })],
    copyError: [
      "Copying",
      async (given) => {
        const error =
          taskRunIdOf(given) === undefined
            ? (await readRun(await pick(given, failed))).error
            : (await taskOf(given)).task.error;
        if (error === null) throw new MillraceError("not-found", "It has ended without an error.");
        await actions.copy({ text: error.stack ?? `${error.name}: ${error.message}`, what: "the error" });
      },
    ],
    clearProblems: ["Clearing", async () => clearProblems()],
    showLog: ["Showing the log", async () => log.show()],
    restart: ["Restarting the language server", async () => flows.restart()],
    stopOrchestrator: ["Stopping the service", async () => stopService(context)],
  } satisfies Record<string, readonly [string, (given: unknown) => Promise<unknown>]>;

  async function openSource(given: unknown): Promise<void> {
    const target = targetOf(given);
    if (target !== undefined) {
      const site = siteOf(flows.files, target.uri, target.export, target.name);
      const at = site?.selection.start;
      const file = vscode.Uri.parse(target.uri).fsPath;
      await actions.openSource({ file, ...(at === undefined ? {} : { line: at.line + 1, column: at.character + 1 }) });
      return;
    }
    if (taskRunIdOf(given) !== undefined) {
      const { run_id, task } = await taskOf(given);
      if (task.source === null) throw new MillraceError("not-found", "It is not known where this task stands.");
      await actions.openSource({ ...task.source, run_id });
      return;
    }
    const run = await readRun(await pick(given));
    await actions.openSource({ ...(run.error?.location ?? { file: run.flow_file }), run_id: run.id });
  }
}

export function registerCommands(parts: CommandParts): void {
  const { context } = parts;
  for (const [name, [doing, command]] of Object.entries(commandTable(parts))) {
    const run = async (given: unknown): Promise<unknown> => {
      try {
        return await command(given);
      } catch (thrown) {
        context.report(thrown, doing);
        return undefined;
      }
    };
    context.own(context.vscode.commands.registerCommand(`millrace.${name}`, run) satisfies Vscode.Disposable);
  }
}
