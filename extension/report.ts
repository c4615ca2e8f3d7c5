/** Telling the user what went wrong, once, with the way out behind a button. */
import type * as Vscode from "vscode";
import { toError } from "../runtime/protocol/errors.ts";
import type { VscodeApi } from "./context.ts";
import { withoutLinks } from "./markup.ts";
import { CancelledByUser, NotTrusted } from "./problems.ts";

const showLog = "Show Log";
const manageTrust = "Manage Workspace Trust";

/** Milliseconds in which the same trouble from several places counts as one. */
const atOnce = 1000;

export type Report = (thrown: unknown, doing: string) => void;

export function createReport(vscode: VscodeApi, log: Vscode.LogOutputChannel): Report {
  /** message → when it was told. */
  const told = new Map<string, number>();
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
    const now = Date.now();
    for (const [message, at] of told) if (now - at >= atOnce) told.delete(message);
    if (told.has(error.message)) return;
    told.set(error.message, now);
    void vscode.window.showErrorMessage(withoutLinks(`${doing}: ${error.message}`), showLog).then((answer) => {
      if (answer === showLog) log.show();
    });
  };
}

/** The error with its causes, for the log. */
function chain(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\n  caused by ${chain(toError(error.cause))}`;
}
