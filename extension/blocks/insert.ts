/** Writing the lines that load a block into the code that was edited last. */
import path from "node:path";
import type * as Vscode from "vscode";
import { loadLine } from "../../runtime/protocol/block-snippet.ts";
import type { BlockType } from "../../runtime/protocol/blocks.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import type { Context } from "../context.ts";
import { importInsert } from "./snippet.ts";

/** @throws MillraceError when no code is in sight, or it refuses the edit */
export async function insertSnippet(
  { vscode }: Pick<Context, "vscode">,
  editor: Vscode.TextEditor | undefined,
  type: BlockType,
  name: string,
): Promise<void> {
  if (editor === undefined) {
    throw new MillraceError("no-flow", "No code is in sight. Open the file that is to load the block, and try again.");
  }
  const { document, selection } = editor;
  const text = document.getText();
  const imported = importInsert(text, type, path.dirname(document.uri.fsPath));
  const line = document.lineAt(selection.active.line);
  const indent = line.text.slice(0, line.firstNonWhitespaceCharacterIndex);
  // In an empty line it takes that one; otherwise it becomes the line below.
  const isEmpty = line.isEmptyOrWhitespace;
  const done = await editor.edit((change) => {
    if (imported !== undefined) change.insert(document.positionAt(imported.offset), imported.text);
    const endOfLine = document.eol === vscode.EndOfLine.CRLF ? "\r\n" : "\n";
    if (isEmpty) change.insert(line.range.end, loadLine(type, name));
    else change.insert(line.range.end, `${endOfLine}${indent}${loadLine(type, name)}`);
  });
  if (!done) throw new MillraceError("bad-file", `${document.uri.fsPath} could not be edited: it may be read-only.`);
  await vscode.window.showTextDocument(document, { viewColumn: editor.viewColumn ?? vscode.ViewColumn.Active });
}
