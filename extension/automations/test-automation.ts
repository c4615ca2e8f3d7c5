/** The lens above an automation in a millrace.json: sends what it would send, as it is written there now. */
import type { Delivery } from "../../runtime/protocol/automations.ts";
import { automationSettings, readDeclaredAutomations } from "../../runtime/protocol/declared-automations.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import type { Context } from "../context.ts";
import { withoutLinks } from "../markup.ts";
import { NotTrusted } from "../problems.ts";

/** Mail servers may be slow to answer. Milliseconds. */
const patience = 120_000;

/** @throws NotTrusted, MillraceError "bad-file" for what is wrong with its text, "bad-parameters" for what it names. */
export async function testAutomation({ vscode, service }: Context, address: unknown, index: unknown): Promise<void> {
  if (!vscode.workspace.isTrusted) throw new NotTrusted("Testing an automation");
  const uri = typeof address === "string" ? vscode.Uri.parse(address) : vscode.window.activeTextEditor?.document.uri;
  if (uri === undefined) return;
  const document = await vscode.workspace.openTextDocument(uri);
  const { automations, problems } = readDeclaredAutomations(document.getText());
  const declared = automations.find((one) => one.index === index);
  if (declared === undefined) {
    const own = problems.filter(({ path }) => path.startsWith(`automations[${String(index)}]`));
    const list = own.map(({ line, path, message }) => `line ${line}: ${path} ${message}`).join("; ");
    throw new MillraceError(
      "bad-file",
      list || "This automation cannot be read any more: see the problems of the file.",
    );
  }
  const client = await service.client();
  const settings = automationSettings(uri.fsPath, declared);
  const { deliveries } = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: `Testing ${settings.name}` },
    () => client.request("POST /api/automations/test", { body: settings, timeout_ms: patience }),
  );
  const text = withoutLinks(`${settings.name}: ${deliveries.map(wordsOf).join("; ")}`);
  const failed = deliveries.some(({ state }) => state === "failed");
  if (failed) void vscode.window.showErrorMessage(text);
  else void vscode.window.showInformationMessage(text);
}

function wordsOf({ action, to, state, message }: Delivery): string {
  const said = message === null ? "" : ` (${message})`;
  return `${action} ${to} ${state === "skipped" ? "is left out by a test" : `${state}${said}`}`;
}
