/** Which documents may have flows: the only question that activation asks. */
import type * as Vscode from "vscode";

export const languages: ReadonlySet<string> = new Set([
  "typescript",
  "typescriptreact",
  "javascript",
  "javascriptreact",
]);

export function mentionsMillrace(document: Pick<Vscode.TextDocument, "languageId" | "getText" | "fileName">): boolean {
  if (/[\\/]millrace\.json$/.test(document.fileName)) return true;
  return languages.has(document.languageId) && document.getText().includes("millrace");
}
