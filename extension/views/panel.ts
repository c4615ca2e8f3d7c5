/** The Flow view: the flow under the cursor, its parameters and its run. */
import type * as Vscode from "vscode";
import type { PageEvent, PanelTarget } from "../../runtime/protocol/pages.ts";
import type { Context } from "../context.ts";
import { type AttachedPage, attachPage } from "../pages/attach.ts";
import type { PagesAndFeed } from "../pages/index.ts";
import { panelTarget } from "./panel-target.ts";

/** A cursor that moves through a file changes nothing until it rests. */
const restTime = 100;

export function registerPanel(context: Context, pages: PagesAndFeed): void {
  const { vscode, flows, runs } = context;
  let page: AttachedPage | undefined;
  let shown: PanelTarget | null = null;
  let editor: Vscode.TextEditor | undefined = vscode.window.activeTextEditor;
  let told = "";
  let timer: NodeJS.Timeout | undefined;

  function look(): PanelTarget | null {
    const file = editor === undefined ? undefined : flows.files.get(editor.document.uri.toString());
    if (editor === undefined || file === undefined) return null;
    return panelTarget({
      file,
      path: editor.document.uri.fsPath,
      line: editor.selection.active.line,
      shown,
      lastRunId: (target) => runs.lastRun(target)?.id ?? null,
    });
  }

  function tell(): void {
    timer = undefined;
    shown = look();
    const count = [...flows.files.values()].reduce((sum, file) => sum + file.flows.length, 0);
    const event: PageEvent = { type: "panel", target: shown, workspace_flows: count };
    const text = JSON.stringify(event);
    if (text === told) return;
    told = text;
    page?.tell(event);
  }

  function tellSoon(): void {
    timer ??= setTimeout(tell, restTime);
  }

  context.own(
    vscode.window.onDidChangeActiveTextEditor((active) => {
      // A page or the terminal has no text editor: what was shown last is what the person works on.
      if (active === undefined && vscode.window.visibleTextEditors.length > 0) return;
      if (active !== undefined && !isCode(active)) return;
      editor = active;
      tellSoon();
    }),
  );
  context.own(
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
      if (!isCode(textEditor)) return;
      editor = textEditor;
      tellSoon();
    }),
  );
  context.own(flows.onDidChange(tellSoon));
  context.own(runs.onDidChange(tellSoon));
  context.own({ dispose: () => clearTimeout(timer) });

  context.own(
    vscode.window.registerWebviewViewProvider(
      "millrace.runPanel",
      {
        resolveWebviewView(view) {
          flows.wake();
          page?.dispose();
          const attached = attachPage({ context, pages, feed: pages.feed }, view.webview, {
            identity: { page: "panel" },
            title: "Flow",
            onStarted() {
              told = "";
              tell();
            },
          });
          page = attached;
          view.onDidChangeVisibility(() => {
            if (!view.visible) attached.gone();
            else {
              attached.shown();
              flows.wake();
            }
          });
          view.onDidDispose(() => {
            attached.dispose();
            if (page === attached) page = undefined;
          });
        },
      },
      { webviewOptions: { retainContextWhenHidden: false } },
    ),
  );
}

/** Output channels, logs and the sides of a diff have no flow of their own. */
function isCode({ document }: Vscode.TextEditor): boolean {
  return document.uri.scheme === "file" || document.uri.scheme === "untitled";
}
