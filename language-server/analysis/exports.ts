import { type SyntaxNode, stringValue, unwrapped } from "../parser/syntax.ts";
import type { FileSyntax } from "./read-file.ts";
import { readSchema } from "./schemas.ts";
import { memberName } from "./scope.ts";
import { moduleMember, type Target } from "./targets.ts";

export interface Exports {
  readonly exports: ReadonlyMap<string, Target>;
  readonly stars: readonly string[];
  /** Names that a definition is exported under, in the order of the text. */
  readonly exportNames: ReadonlyMap<number, readonly string[]>;
}

export function readExports(syntax: FileSyntax): Exports {
  const exports = new Map<string, Target>();
  const stars: string[] = [];
  const add = (name: string | undefined, target: Target | undefined) => {
    if (name !== undefined && target !== undefined && !exports.has(name)) exports.set(name, target);
  };
  for (const node of syntax.top) {
    if (node.type === "export_statement") readExport(node, syntax, add, stars);
    if (node.type === "expression_statement") readAssignment(node, syntax, add);
    if (node.statement.damaged && isBehindExport(node)) readDeclaration(node, syntax, add);
  }
  const exportNames = new Map<number, string[]>();
  for (const [name, target] of exports) {
    if (target.kind !== "definition") continue;
    const names = exportNames.get(target.index);
    if (names === undefined) exportNames.set(target.index, [name]);
    else names.push(name);
  }
  return { exports, stars, exportNames };
}

type Add = (name: string | undefined, target: Target | undefined) => void;

function readExport(node: SyntaxNode, syntax: FileSyntax, add: Add, stars: string[]): void {
  const { scope } = syntax;
  const source = stringValue(node.child("source"));
  const value = node.child("value");
  if (value !== undefined) add("default", targetOf(value, syntax));
  const clause = node.childOfType("export_clause");
  for (const one of clause?.children ?? []) {
    const name = one.child("name");
    if (name === undefined || /^type\s+[^,}]/.test(one.text)) continue;
    const exported = one.child("alias") ?? name;
    const target = source === undefined ? named(name, syntax) : moduleMember(source, stringValue(name) ?? name.text);
    add(stringValue(exported) ?? exported.text, target);
  }
  const namespace = node.childOfType("namespace_export");
  if (source !== undefined && namespace !== undefined) add(namespace.children[0]?.text, moduleMember(source, "*"));
  else if (source !== undefined && clause === undefined && !/^export\s+type\b/.test(node.text)) stars.push(source);
  const declaration = node.child("declaration");
  if (declaration === undefined) return;
  const declared = declaration.child("name");
  if (declared !== undefined) {
    const isDefault = /^export\s+default\b/.test(node.text);
    add(isDefault ? "default" : declared.text, scope.named(declared.text));
  }
  readDeclaration(declaration, syntax, add);
}

function readDeclaration(declaration: SyntaxNode, syntax: FileSyntax, add: Add): void {
  for (const declarator of declaration.children) {
    const name = declarator.type === "variable_declarator" ? declarator.child("name") : undefined;
    if (name?.type === "identifier") add(name.text, named(name, syntax));
    if (name?.type !== "object_pattern") continue;
    for (const part of name.children) {
      const local = part.type === "pair_pattern" ? part.child("value") : part;
      if (local !== undefined) add(local.text, syntax.scope.named(local.text));
    }
  }
}

/** Where something is missing near by, the parser may tear `export` from what it exports. */
function isBehindExport({ type, statement, start }: SyntaxNode): boolean {
  const before = statement.text.slice(0, start - statement.base);
  return (type === "lexical_declaration" || type === "variable_declaration") && /\bexport\s+$/.test(before);
}

/** `module.exports = {…}`, `module.exports.name = …`, `exports.name = …` */
function readAssignment(node: SyntaxNode, syntax: FileSyntax, add: Add): void {
  const assignment = node.childOfType("assignment_expression");
  const left = assignment?.child("left")?.text;
  const right = assignment?.child("right");
  if (left === undefined || right === undefined) return;
  const name = /^(?:module\.)?exports\.([\w$]+)$/.exec(left)?.[1];
  if (name !== undefined) add(name, targetOf(right, syntax));
  if (left !== "module.exports") return;
  const value = unwrapped(right);
  if (value.type !== "object") add("default", targetOf(value, syntax));
  for (const member of value.children) {
    const key = memberName(member);
    const of = member.type === "pair" ? member.child("value") : undefined;
    add(key, of === undefined ? syntax.scope.named(key ?? "") : targetOf(of, syntax));
  }
}

function named(name: SyntaxNode, syntax: FileSyntax): Target | undefined {
  const target = syntax.scope.named(name.text);
  if (target !== undefined) return target;
  const value = syntax.scope.bound(name.text);
  return value === undefined ? undefined : schemaOf(value, syntax);
}

function targetOf(expression: SyntaxNode, syntax: FileSyntax): Target | undefined {
  return syntax.scope.target(expression) ?? schemaOf(expression, syntax);
}

function schemaOf(expression: SyntaxNode, syntax: FileSyntax): Target | undefined {
  const schema = readSchema(expression, syntax.scope);
  return schema === undefined ? undefined : { kind: "schema", schema };
}
