/**
 * Has `import "millrace"` typed in a folder that has not installed it. Quietly: a line in the log, never a message, and
 * nothing but node_modules/millrace is touched.
 */
import path from "node:path";
import type * as Vscode from "vscode";
import { toError } from "../../runtime/protocol/errors.ts";
import type { Context } from "../context.ts";
import { NotTrusted } from "../problems.ts";
import { findMillrace, projectFolder } from "./packages.ts";

export type LinkContext = Pick<Context, "vscode" | "log" | "settings"> & {
  readonly service: Pick<Context["service"], "home">;
};

/** "asked": by a quick fix or the command; what goes wrong is the user's to know. */
export type LinkReason = "open" | "run" | "newFlow" | "asked";

/**
 * "installed": the folder has the real package. "left": it resolves to nothing and stays so - switched off, asked for
 * first, a project that installs its packages (the import then carries a hint with both ways), or not trusted.
 */
export type LinkOutcome = "linked" | "installed" | "left";

/**
 * @param from the file's folder, where it is known: a package of its own inside the workspace folder counts as installed
 * @throws MillraceError and NotTrusted, only when it was asked for.
 */
export async function linkTypes(
  context: LinkContext,
  folder: Vscode.WorkspaceFolder,
  reason: LinkReason = "open",
  from: string = folder.uri.fsPath,
): Promise<LinkOutcome> {
  const { vscode, log } = context;
  if (folder.uri.scheme !== "file") return "left";
  const found = findMillrace(from);
  if (found?.kind === "package") return "installed";
  if (!vscode.workspace.isTrusted) {
    if (reason === "asked") throw new NotTrusted("Linking the types of millrace");
    return "left";
  }
  // A stub that is there is kept up to date whoever wanted it; else the folder's own ways come first.
  if (found?.kind !== "stub" && !mayLink(context, folder, reason, from)) return "left";
  const place = found?.kind === "stub" ? path.dirname(path.dirname(found.folder)) : folder.uri.fsPath;
  try {
    const { writeStub } = await import("./write-stub.ts");
    const { folder: stub, files } = writeStub(context.service.home, place);
    if (files.length > 0) {
      log.info(`types of millrace linked: ${stub} (${files.length} files, ignored by git)`);
      // A plain script that sets a variable starts the service from there.
      (await import("../../runtime/client/install.ts")).installRuntime(context.service.home);
    }
    return "linked";
  } catch (thrown) {
    if (reason === "asked") throw thrown;
    log.warn(`types of millrace not linked in ${place}: ${toError(thrown).message}`);
    return found?.kind === "stub" ? "linked" : "left";
  }
}

function mayLink({ settings }: LinkContext, folder: Vscode.WorkspaceFolder, reason: LinkReason, from: string): boolean {
  if (reason === "asked") return true;
  if (settings.get("types.link", folder.uri) !== "auto") return false;
  // There `npm install` takes the stub away and a colleague's check has none: installing is better, so it is offered.
  return reason === "newFlow" || projectFolder(from, folder.uri.fsPath) === undefined;
}
