/**
 * When there is something to do: a file that mentions Millrace was opened, or a view asked. Until then activation costs
 * one look at each open document.
 */
import type * as Vscode from "vscode";
import type { VscodeApi } from "./context.ts";

const languages: ReadonlySet<string> = new Set(["typescript", "typescriptreact", "javascript", "javascriptreact"]);
/** Milliseconds after the last keystroke in a document that is looked at again. */
const typingPause = 300;

export function mentionsMillrace(document: Pick<Vscode.TextDocument, "languageId" | "getText" | "fileName">): boolean {
  if (/[\\/]millrace\.json$/.test(document.fileName)) return true;
  return languages.has(document.languageId) && document.getText().includes("millrace");
}

/** Calls once. */
export function onFirstMention({ workspace }: VscodeApi, awaken: () => void): Vscode.Disposable {
  let timer: NodeJS.Timeout | undefined;
  const ends: Vscode.Disposable[] = [];
  const end = (): void => {
    clearTimeout(timer);
    for (const one of ends.splice(0)) one.dispose();
  };
  const look = (document: Vscode.TextDocument): void => {
    if (!mentionsMillrace(document)) return;
    end();
    awaken();
  };
  if (workspace.textDocuments.some(mentionsMillrace)) awaken();
  else {
    ends.push(
      workspace.onDidOpenTextDocument(look),
      workspace.onDidChangeTextDocument(({ document }) => {
        if (!languages.has(document.languageId)) return;
        clearTimeout(timer);
        timer = setTimeout(() => look(document), typingPause);
      }),
    );
  }
  return { dispose: end };
}
