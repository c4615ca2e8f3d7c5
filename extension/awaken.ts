/**
 * When there is something to do: a file that mentions Millrace was opened, or a view asked. Until then activation costs
 * one look at each open document.
 */
import type * as Vscode from "vscode";
import type { VscodeApi } from "./context.ts";
import { languages, mentionsMillrace } from "./language/mentions.ts";

/** Milliseconds after the last keystroke in a document that is looked at again. */
const typingPause = 300;

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
