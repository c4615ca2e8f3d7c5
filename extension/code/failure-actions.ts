/** What can be done about a failing line: Resume, Open Run, Copy Error. */
import type * as Vscode from "vscode";
import type { VscodeApi } from "../context.ts";
import { type Failures, failureSource } from "./failures.ts";

const actions = [
  { title: "Resume the run", command: "millrace.resumeRun" },
  { title: "Open the run", command: "millrace.openRun" },
  { title: "Copy the error", command: "millrace.copyError" },
] as const;

export function createFailureActions(vscode: VscodeApi, failures: Failures): Vscode.CodeActionProvider {
  return {
    provideCodeActions(_document, _range, { diagnostics }) {
      return diagnostics
        .filter((diagnostic) => diagnostic.source === failureSource)
        .flatMap((diagnostic) => {
          const run_id = failures.runOf(diagnostic);
          if (run_id === undefined) return [];
          return actions.map(({ title, command }) => {
            const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
            action.diagnostics = [diagnostic];
            action.command = { title, command, arguments: [{ run_id }] };
            return action;
          });
        });
    },
  };
}
