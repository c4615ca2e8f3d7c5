/** `millrace` in the integrated terminal, with only the extension installed. */
import path from "node:path";
import type * as Vscode from "vscode";
import { toError } from "../../runtime/protocol/errors.ts";
import { homePaths } from "../../runtime/protocol/home.ts";
import type { VscodeApi } from "../context.ts";

export interface TerminalParts {
  readonly vscode: VscodeApi;
  readonly extension: Vscode.ExtensionContext;
  readonly log: Pick<Vscode.LogOutputChannel, "warn">;
  readonly home: string;
  /** Whether `home` is another than the command would choose by itself. */
  readonly ownHome: boolean;
  /** Writes the launcher into the home unless it is there. */
  readonly install: () => Promise<void>;
}

/** In a trusted workspace; asked for again it does nothing more than see to the launcher. */
export async function offerTerminal({ vscode, extension, log, home, ownHome, install }: TerminalParts): Promise<void> {
  if (!vscode.workspace.isTrusted) return;
  try {
    await install();
  } catch (thrown) {
    log.warn(`the command "millrace" is not offered to terminals: ${toError(thrown).message}`);
    return;
  }
  const variables = extension.environmentVariableCollection;
  variables.description = "Puts the command `millrace` on the PATH";
  const folder = path.dirname(homePaths.launcher(home));
  variables.prepend("PATH", `${folder}${path.delimiter}`);
  // The terminal's command and the editor look at the same runs.
  if (ownHome) variables.replace("MILLRACE_HOME", home);
  else variables.delete("MILLRACE_HOME");
}
