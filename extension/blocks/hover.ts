/** What a block's name in code stands for, in a hover and where the editor peeks: its fields, with asterisks for secrets. */
import type * as Vscode from "vscode";
import type { BlockDocument } from "../../runtime/protocol/blocks.ts";
import { pageSchemes } from "../../runtime/protocol/pages.ts";
import type { Context } from "../context.ts";
import { languages } from "../language/mentions.ts";
import { commandLink, escapeMarkdown } from "../markup.ts";
import { troubleOf } from "./problems.ts";
import { valueWords } from "./value-words.ts";

/** Fields beyond these are on the page. */
const shownFields = 12;

export function registerBlockHover(context: Pick<Context, "vscode" | "blocks" | "flows" | "own">): void {
  const { vscode, blocks, flows, own } = context;
  const selector = [...languages].map((language) => ({ language }));
  own(
    vscode.languages.registerHoverProvider(selector, {
      async provideHover(document, position) {
        const use = await flows.blockAt(document.uri, position);
        const found = use === null ? undefined : blocks.find({ slug: use.type, name: use.name });
        if (use === null || found === undefined) return undefined;
        const { start, end } = use.range;
        const range = new vscode.Range(start.line, start.character, end.line, end.character);
        return new vscode.Hover(card(context, found), range);
      },
    }),
  );
}

/** A page is no text, but what the editor shows before it opens one (Ctrl and the mouse, Peek Definition) is. */
export function registerBlockText({
  vscode,
  blocks,
  pages,
  own,
}: Pick<Context, "vscode" | "blocks" | "pages" | "own">): void {
  own(
    vscode.workspace.registerTextDocumentContentProvider(pageSchemes.block.scheme, {
      provideTextDocumentContent(uri) {
        const block = pages.blockAt(uri);
        const document = block === undefined ? undefined : blocks.find(block);
        return document === undefined ? "" : JSON.stringify(document.data, null, 2);
      },
    }),
  );
}

function card({ vscode }: Pick<Context, "vscode">, document: BlockDocument): Vscode.MarkdownString {
  const { name, block_type_slug: slug, block_type_name: type, data } = document;
  const text = new vscode.MarkdownString("", true);
  text.isTrusted = { enabledCommands: ["millrace.editBlock"] };
  text.appendMarkdown(`**${escapeMarkdown(name)}** ${escapeMarkdown(type)}\n\n`);
  const trouble = troubleOf(document);
  if (trouble !== undefined) text.appendMarkdown(`$(warning) ${escapeMarkdown(trouble.long)}\n\n`);
  const fields = Object.entries(data).slice(0, shownFields);
  if (fields.length > 0) {
    text.appendMarkdown("| | |\n| --- | --- |\n");
    for (const [field, value] of fields)
      text.appendMarkdown(`| ${escapeMarkdown(field)} | ${escapeMarkdown(valueWords(value))} |\n`);
    text.appendMarkdown("\n");
  }
  return text.appendMarkdown(commandLink("Edit Block", "millrace.editBlock", { block: { slug, name } }));
}
