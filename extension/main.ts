/** The extension's entry: wires, and nothing else. The only file that loads the editor's API. */
import * as vscode from "vscode";

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Millrace", { log: true });
  context.subscriptions.push(log);
}
