import { type SyntaxNode, stringValue } from "../parser/syntax.ts";
import type { ImportFact } from "./facts.ts";
import type { FileSyntax } from "./read-file.ts";

/** The modules that a file names at its top: imports, exports from, `require("…")` in declarations. */
export function readImports({ top, range }: FileSyntax): ImportFact[] {
  const found: ImportFact[] = [];
  const add = (literal: SyntaxNode | undefined) => {
    const specifier = stringValue(literal);
    if (literal === undefined || specifier === undefined || specifier.startsWith("node:")) return;
    found.push({ specifier, range: range({ start: literal.start + 1, end: literal.end - 1 }) });
  };
  for (const node of top) {
    if (node.type === "import_statement" || node.type === "export_statement") {
      const required = node.childOfType("import_require_clause");
      add(node.child("source") ?? required?.child("source") ?? required?.childOfType("string"));
    }
    if (node.type !== "lexical_declaration" && node.type !== "variable_declaration") continue;
    for (const declarator of node.children) {
      let call = declarator.child("value");
      if (call?.type === "await_expression") call = call.children[0];
      const callee = call?.type === "call_expression" ? call.child("function") : undefined;
      if (callee?.text === "require" || callee?.type === "import") add(call?.child("arguments")?.children[0]);
    }
  }
  return found;
}
