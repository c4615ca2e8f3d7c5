/** A node as the editor draws it. */
import type * as Vscode from "vscode";
import type { VscodeApi } from "../context.ts";
import type { NodeClick, NodeIcon, Tooltip, TreeNode } from "./node.ts";

export function treeItem(vscode: VscodeApi, node: TreeNode): Vscode.TreeItem {
  const { TreeItemCollapsibleState: opens } = vscode;
  const item = new vscode.TreeItem(
    node.label,
    { never: opens.None, closed: opens.Collapsed, open: opens.Expanded }[node.opens],
  );
  item.id = node.id;
  item.iconPath = icon(vscode, node.icon);
  if (node.icon.kind === "file" || node.icon.kind === "folder") item.resourceUri = vscode.Uri.parse(node.icon.uri);
  item.contextValue = node.words.join(" ");
  item.accessibilityInformation = { label: node.says };
  if (node.description) item.description = node.description;
  if (node.tooltip !== undefined) item.tooltip = tooltip(vscode, node.tooltip);
  if (node.click !== undefined) item.command = click(vscode, node, node.click);
  return item;
}

function icon(vscode: VscodeApi, given: NodeIcon): Vscode.ThemeIcon | Vscode.Uri {
  if (given.kind === "image") return vscode.Uri.parse(given.uri);
  if (given.kind !== "codicon") return given.kind === "file" ? vscode.ThemeIcon.File : vscode.ThemeIcon.Folder;
  return new vscode.ThemeIcon(given.name, given.color === undefined ? undefined : new vscode.ThemeColor(given.color));
}

/** Values are text, whatever they look like: only labels and line breaks are markup. */
function tooltip(vscode: VscodeApi, { title, icon: name, lines, note }: Tooltip): Vscode.MarkdownString {
  const text = new vscode.MarkdownString("", true);
  text
    .appendMarkdown(name === undefined ? "**" : `$(${name}) **`)
    .appendText(title)
    .appendMarkdown("**\n\n");
  for (const [label, value] of lines) text.appendMarkdown(`${label}: `).appendText(value).appendMarkdown("  \n");
  if (note) text.appendMarkdown("\n").appendText(note);
  return text;
}

function click(vscode: VscodeApi, node: TreeNode, given: NodeClick): Vscode.Command {
  if (given.kind === "run") {
    const { kind: _, ...element } = given;
    return { command: "millrace.openRun", title: "Open Run", arguments: [element] };
  }
  if (given.kind === "block") {
    return { command: "millrace.editBlock", title: "Edit Block", arguments: [{ block: given.block }] };
  }
  if (given.kind === "deployment") {
    return { command: "millrace.editDeployment", title: "Edit Deployment", arguments: [given.element] };
  }
  const { start, end } = given.range;
  return {
    command: "vscode.open",
    title: `Open ${node.label}`,
    arguments: [
      vscode.Uri.parse(given.uri),
      { selection: new vscode.Range(start.line, start.character, end.line, end.character) },
    ],
  };
}
