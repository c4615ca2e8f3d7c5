import { type CodeAction, CodeActionKind, type Range } from "vscode-languageserver/node";
import type { Finding } from "./findings.ts";

/** The ways out of what is found at a range. */
export function codeActions(uri: string, all: readonly Finding[], range: Range): CodeAction[] {
  return all
    .filter(({ diagnostic }) => touches(diagnostic.range, range))
    .flatMap(({ diagnostic, fixes }) =>
      fixes.map((fix): CodeAction => {
        const { title, isPreferred = false } = fix;
        const common = { title, kind: CodeActionKind.QuickFix, diagnostics: [diagnostic], isPreferred };
        if ("command" in fix) {
          return { ...common, command: { title, command: fix.command, arguments: [...fix.arguments] } };
        }
        return { ...common, edit: { changes: { [uri]: [...fix.edits] } } };
      }),
    );
}

function touches(a: Range, b: Range): boolean {
  const before = (x: Range["start"], y: Range["start"]) =>
    x.line < y.line || (x.line === y.line && x.character <= y.character);
  return before(a.start, b.end) && before(b.start, a.end);
}
