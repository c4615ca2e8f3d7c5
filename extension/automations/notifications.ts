/** What an automation asks the editor to show; nothing else of automations makes a notification. */
import type { EditorNotification } from "../../runtime/protocol/automations.ts";
import type { Context } from "../context.ts";
import { withoutLinks } from "../markup.ts";

const openRun = "Open Run";

export function showNotifications(context: Context): void {
  const { service, own } = context;
  own(
    service.onEvent((event) => {
      if (event.type !== "notification" || !isOurs(context, event.notification)) return;
      show(context, event.notification).catch((thrown: unknown) => context.report(thrown, "Showing a notification"));
    }),
  );
}

/** Every window of the home hears it: one shows it that has the flow, else the one that somebody looks at. */
function isOurs({ vscode }: Context, { flow_file }: EditorNotification): boolean {
  const isHere =
    flow_file !== null &&
    flow_file !== "" &&
    vscode.workspace.getWorkspaceFolder(vscode.Uri.file(flow_file)) !== undefined;
  return isHere || vscode.window.state.focused;
}

async function show({ vscode, pages }: Context, { level, text, automation_name, flow_run_id }: EditorNotification) {
  const { window } = vscode;
  const said = withoutLinks(`${text} (automation ${automation_name})`);
  const buttons = flow_run_id === null ? [] : [openRun];
  const answer =
    level === "error"
      ? await window.showErrorMessage(said, ...buttons)
      : level === "warning"
        ? await window.showWarningMessage(said, ...buttons)
        : await window.showInformationMessage(said, ...buttons);
  if (answer === openRun && flow_run_id !== null) await pages.openRun(flow_run_id, { focus: true });
}
