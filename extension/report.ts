/** Telling the user what went wrong, once, with the way out behind a button. */
import type * as Vscode from "vscode";
import { toError } from "../runtime/protocol/errors.ts";
import type { VscodeApi } from "./context.ts";
import { CancelledByUser, NotTrusted } from "./problems.ts";

const showLog = "Show Log";
const manageTrust = "Manage Workspace Trust";

export type Report = (thrown: unknown, doing: string) => void;

export function createReport(vscode: VscodeApi, log: Vscode.LogOutputChannel): Report {
  /** The same trouble from several places at once is told once. */
  const shown = new Set<string>();
  return (thrown, doing) => {
    if (thrown instanceof CancelledByUser || thrown instanceof vscode.CancellationError) return;
    const error = toError(thrown);
    if (thrown instanceof NotTrusted) {
      void vscode.window.showWarningMessage(error.message, manageTrust).then((answer) => {
        if (answer === manageTrust) void vscode.commands.executeCommand("workbench.trust.manage");
      });
      return;
    }
    log.error(`${doing}: ${chain(error)}`);
    if (shown.has(error.message)) return;
    shown.add(error.message);
    void vscode.window.showErrorMessage(`${doing}: ${error.message}`, showLog).then((answer) => {
      shown.delete(error.message);
      if (answer === showLog) log.show();
    });
  };
}

/** The error with its causes, for the log. */
function chain(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\n  caused by ${chain(toError(error.cause))}`;
}
