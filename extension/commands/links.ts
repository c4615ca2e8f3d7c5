/** Links to runs that one can paste elsewhere on this computer: they open in the editor. */
import type * as Vscode from "vscode";
import { isId } from "../../runtime/protocol/ids.ts";
import type { Context } from "../context.ts";

type Parts = Pick<Context, "vscode" | "extension" | "pages" | "report" | "own">;

export function runLink({ vscode, extension }: Pick<Context, "vscode" | "extension">, runId: string): string {
  return `${vscode.env.uriScheme}://${extension.extension.id}/run/${runId}`;
}

/** Anybody can make such a link: it shows a run and does nothing else. */
export function registerLinks({ vscode, pages, report, own }: Parts): void {
  own(
    vscode.window.registerUriHandler({
      handleUri(uri: Vscode.Uri) {
        const [, page, runId = ""] = uri.path.split("/");
        if (page !== "run" || !isId(runId)) return;
        pages.openRun(runId, { focus: true }).catch((thrown: unknown) => report(thrown, "Opening the run"));
      },
    }),
  );
}
