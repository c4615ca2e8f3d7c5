/** Saving before code runs, as the editor does before it debugs. */
import type * as Vscode from "vscode";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import type { VscodeApi } from "../context.ts";
import { CancelledByUser } from "../problems.ts";

/**
 * Saves what `debug.saveBeforeStart` says, and always the flow's own file: what runs is what one sees.
 * @returns the address of the saved file; an untitled one gets its address here.
 * @throws CancelledByUser when an untitled file was not given a name
 */
export async function saveBeforeRun(vscode: VscodeApi, uri: Vscode.Uri): Promise<Vscode.Uri> {
  const { workspace, window } = vscode;
  const own = workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (own?.isUntitled) {
    const answer = await window.showInformationMessage(
      "Save this file to run it.",
      { modal: true, detail: "A run is recorded with the path of its file." },
      "Save…",
    );
    const saved = answer === undefined ? undefined : await workspace.saveAs(uri);
    if (saved === undefined) throw new CancelledByUser();
    return saved;
  }
  const mode = workspace.getConfiguration("debug", uri).get<string>("saveBeforeStart", "allEditorsInActiveGroup");
  const active = window.activeTextEditor?.document;
  const wanted = workspace.textDocuments.filter((document) => {
    if (!document.isDirty || (document.isUntitled && document !== active)) return false;
    if (document === own) return true;
    // An untitled neighbour would open a dialogue that nobody asked for.
    if (document.isUntitled || document.uri.scheme !== "file") return false;
    return mode === "allEditorsInActiveGroup";
  });
  for (const document of wanted) {
    if (!(await document.save()) && document === own) {
      throw new MillraceError("bad-file", `${uri.fsPath} could not be saved, so it was not run.`);
    }
  }
  return uri;
}
