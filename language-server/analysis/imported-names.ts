/** What import statements and `require` bring into a file. */
import { type SyntaxNode, stringValue } from "../parser/syntax.ts";
import { moduleMember, type Target } from "./targets.ts";

/** Local name → what it stands for, of one import statement. Imports of types alone are left out. */
export function importedNames(statement: SyntaxNode): [string, Target][] {
  if (/^import\s+type\b(?!\s*(?:,|from\b))/.test(statement.text)) return [];
  // `import name = require("…")`
  const required = statement.childOfType("import_require_clause");
  if (required !== undefined) {
    const specifier = stringValue(required.child("source") ?? required.childOfType("string"));
    const name = required.childOfType("identifier")?.text;
    return specifier === undefined || name === undefined ? [] : [[name, moduleMember(specifier, "*")]];
  }
  const specifier = stringValue(statement.child("source"));
  const clause = statement.childOfType("import_clause");
  if (specifier === undefined || clause === undefined) return [];
  const names: [string, Target][] = [];
  for (const part of clause.children) {
    if (part.type === "identifier") names.push([part.text, moduleMember(specifier, "default")]);
    if (part.type === "namespace_import") {
      const name = part.childOfType("identifier")?.text;
      if (name !== undefined) names.push([name, moduleMember(specifier, "*")]);
    }
    if (part.type !== "named_imports") continue;
    for (const one of part.children) {
      const name = one.child("name");
      if (one.type !== "import_specifier" || name === undefined || /^type\s+[^,}]/.test(one.text)) continue;
      const local = one.child("alias") ?? name;
      names.push([local.text, moduleMember(specifier, stringValue(name) ?? name.text)]);
    }
  }
  return names;
}

/** `require("…")` and `import("…")`. */
export function requiredModule(call: SyntaxNode): Target | undefined {
  const callee = call.child("function");
  if (callee === undefined || (callee.type !== "import" && callee.text !== "require")) return undefined;
  const specifier = stringValue(call.child("arguments")?.children[0]);
  return specifier === undefined ? undefined : moduleMember(specifier, "*");
}
