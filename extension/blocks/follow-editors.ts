/** Which code somebody had the cursor in last. */
import type * as Vscode from "vscode";
import type { Context } from "../context.ts";
import { languages } from "../language/mentions.ts";

export interface LastEditor {
  /** The editor of code that has or had the cursor last, while it is in sight. */
  find(): Vscode.TextEditor | undefined;
}

/** A page or a view that is clicked takes the focus: code is then the editor that had it before. */
export function followEditors({ vscode, own }: Pick<Context, "vscode" | "own">): LastEditor {
  const { window } = vscode;
  const isCode = (editor: Vscode.TextEditor | undefined): editor is Vscode.TextEditor =>
    editor !== undefined && languages.has(editor.document.languageId);
  let last = isCode(window.activeTextEditor) ? window.activeTextEditor : undefined;
  own(
    window.onDidChangeActiveTextEditor((editor) => {
      if (isCode(editor)) last = editor;
    }),
  );
  return {
    find() {
      const inSight = window.visibleTextEditors.filter(isCode);
      return inSight.find((editor) => editor.document === last?.document) ?? inSight[0];
    },
  };
}
