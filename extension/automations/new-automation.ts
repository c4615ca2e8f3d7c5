/** New Automation: two questions, then an entry in the folder's millrace.json with the cursor at its name. */
import type * as Vscode from "vscode";
import { addAutomation } from "../../runtime/protocol/write-declared.ts";
import type { Context } from "../context.ts";
import { CancelledByUser } from "../problems.ts";

interface Choice extends Vscode.QuickPickItem {
  readonly entry: Readonly<Record<string, unknown>>;
}

export const whenChoices: readonly Choice[] = [
  { label: "A run fails or crashes", entry: { type: "state", states: ["FAILED", "CRASHED"] } },
  { label: "A run completes", entry: { type: "state", states: ["COMPLETED"] } },
  { label: "A run waits for an answer", entry: { type: "state", states: ["PAUSED"] } },
  { label: "A run is late", entry: { type: "late", after: "5m" } },
  { label: "A run takes long", entry: { type: "long-running", than: "1h" } },
  { label: "No run has completed for a while", entry: { type: "silence", within: "1d" } },
  { label: "Many runs fail", entry: { type: "failure-rate", rate: 0.5, within: "1h", at_least: 5 } },
];

export const thenChoices: readonly Choice[] = [
  {
    label: "Write to Slack",
    description: "by a Slack Webhook block",
    entry: { type: "slack", block: "team", message: "{{ reason }}" },
  },
  {
    label: "Send a mail",
    description: "by an Email block",
    entry: { type: "email", block: "reports", subject: "{{ automation.name }}: {{ reason }}" },
  },
  { label: "Call a webhook", entry: { type: "webhook", url: "https://example.com/hook" } },
  { label: "Show it in the editor", entry: { type: "notification", message: "{{ reason }}" } },
  { label: "Start a deployment", entry: { type: "run-deployment", deployment: "flow/name" } },
];

/** @throws CancelledByUser */
export async function newAutomation({ vscode }: Pick<Context, "vscode">): Promise<void> {
  const folder = (vscode.workspace.workspaceFolders ?? []).find(({ uri }) => uri.scheme === "file");
  if (folder === undefined) {
    void vscode.window.showInformationMessage(
      "Automations are declared in a folder's millrace.json. Open a folder first.",
    );
    return;
  }
  const pick = async (choices: readonly Choice[], placeHolder: string): Promise<Choice> => {
    const picked = await vscode.window.showQuickPick(choices, { title: "New Automation", placeHolder });
    if (picked === undefined) throw new CancelledByUser();
    return picked;
  };
  const when = await pick(whenChoices, "When?");
  const then = await pick(thenChoices, "What shall happen?");
  const uri = fileOf(vscode, folder);
  const before = await textOf(vscode, uri);
  const { text, nameAt } = addAutomation(
    before,
    { trigger: when.entry, actions: [then.entry] },
    when.label.toLowerCase(),
  );
  if (before === undefined) await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(""));
  const document = await vscode.workspace.openTextDocument(uri);
  const edit = new vscode.WorkspaceEdit();
  const end = document.positionAt(document.getText().length);
  edit.replace(uri, new vscode.Range(document.positionAt(0), end), text);
  await vscode.workspace.applyEdit(edit);
  const editor = await vscode.window.showTextDocument(document);
  const [from, to] = [document.positionAt(nameAt.offset), document.positionAt(nameAt.offset + nameAt.length)];
  editor.selection = new vscode.Selection(from, to);
  editor.revealRange(new vscode.Range(from, to));
}

/** The one in front of somebody, else that of the folder. */
function fileOf(vscode: Context["vscode"], folder: Vscode.WorkspaceFolder): Vscode.Uri {
  const active = vscode.window.activeTextEditor?.document.uri;
  if (active?.path.endsWith("/millrace.json") === true) return active;
  const own = active === undefined ? undefined : vscode.workspace.getWorkspaceFolder(active);
  return vscode.Uri.joinPath((own ?? folder).uri, "millrace.json");
}

async function textOf(vscode: Context["vscode"], uri: Vscode.Uri): Promise<string | undefined> {
  try {
    await vscode.workspace.fs.stat(uri);
  } catch {
    return undefined;
  }
  return (await vscode.workspace.openTextDocument(uri)).getText();
}
