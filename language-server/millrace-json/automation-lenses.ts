/** Above each automation of a millrace.json: try it out, and put it in force. */
import { findNodeAtLocation, parseTree } from "jsonc-parser";
import type { CodeLens } from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { languageCommands } from "../../runtime/protocol/language.ts";

export function automationLenses(document: TextDocument | undefined, uri: string): CodeLens[] {
  if (document === undefined) return [];
  const root = parseTree(document.getText(), [], { allowTrailingComma: true });
  const list = root === undefined ? undefined : findNodeAtLocation(root, ["automations"]);
  return (list?.children ?? []).flatMap((node, index) => {
    if (node.type !== "object") return [];
    const start = document.positionAt(node.offset);
    const command = {
      title: "$(beaker) Test",
      tooltip: "Send what this automation would send, as it stands here. Starts, pauses and cancels nothing.",
      command: languageCommands.testAutomation,
      arguments: [uri, index],
    };
    const range = { start, end: start };
    const deploy = {
      title: "$(cloud-upload) Deploy…",
      tooltip: "Put what this file declares in force on this computer. What that changes is shown before.",
      command: languageCommands.applyDeployments,
      arguments: [uri],
    };
    return [
      { range, command },
      { range, command: deploy },
    ];
  });
}
