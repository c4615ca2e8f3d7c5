/** What pages are told of the window that they are in. */
import type * as Vscode from "vscode";
import type { Surroundings } from "../../runtime/protocol/pages.ts";
import type { Context, ServiceState } from "../context.ts";
import { features } from "../features.ts";

type Parts = Pick<Context, "vscode" | "service" | "settings">;

export function surroundingsOf({ vscode, service, settings }: Parts): Surroundings {
  return {
    trusted: vscode.workspace.isTrusted,
    service: serviceWords[service.state],
    folders: (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
    profile: settings.get("profile"),
    features,
  };
}

export function onDidChangeSurroundings({ vscode, service, settings }: Parts, listener: () => void): Vscode.Disposable {
  return vscode.Disposable.from(
    service.onDidChangeState(listener),
    vscode.workspace.onDidGrantWorkspaceTrust(listener),
    vscode.workspace.onDidChangeWorkspaceFolders(listener),
    settings.onDidChange((change) => {
      if (change.affectsConfiguration("millrace.profile")) listener();
    }),
  );
}

/** What is asked while the service starts waits for it, so a page need not tell of that. */
const serviceWords: Readonly<Record<ServiceState, Surroundings["service"]>> = {
  starting: "connected",
  connected: "connected",
  waiting: "waiting",
  stopped: "stopped",
  failed: "stopped",
};
