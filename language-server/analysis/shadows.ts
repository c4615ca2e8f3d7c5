import { ancestors, descendants, isFunction, type SyntaxNode } from "../parser/syntax.ts";

/** Whether a function or a block around the identifier declares the same name. Follows from its statement alone. */
export function isShadowed(identifier: SyntaxNode): boolean {
  identifier.shadowed ??= findShadow(identifier);
  return identifier.shadowed;
}

function findShadow(identifier: SyntaxNode): boolean {
  const name = identifier.text;
  for (const around of ancestors(identifier)) {
    if (isFunction(around) && declaresParameter(around, name)) return true;
    if (around.type === "statement_block" && declaresInBlock(around, name)) return true;
    if (around.type === "for_in_statement" && bindsName(around.child("left"), name)) return true;
    if (around.type === "catch_clause" && bindsName(around.child("parameter"), name)) return true;
    if (around.type === "for_statement" && around.children.some((child) => declares(child, name))) return true;
  }
  return false;
}

function declaresParameter(fn: SyntaxNode, name: string): boolean {
  const single = fn.child("parameter");
  if (single !== undefined) return single.text === name;
  return fn.child("parameters")?.children.some((parameter) => bindsName(parameter, name)) ?? false;
}

function declaresInBlock(block: SyntaxNode, name: string): boolean {
  return block.children.some((child) => declares(child, name));
}

function declares(node: SyntaxNode, name: string): boolean {
  if (node.type === "lexical_declaration" || node.type === "variable_declaration")
    return node.children.some((declarator) => bindsName(declarator.child("name"), name));
  if (node.type === "function_declaration" || node.type === "class_declaration")
    return node.child("name")?.text === name;
  return false;
}

/** Whether a pattern binds the name. Default values and types in it do not. */
function bindsName(pattern: SyntaxNode | undefined, name: string): boolean {
  if (pattern === undefined) return false;
  const enter = (node: SyntaxNode) =>
    node.type !== "type_annotation" && !isFunction(node) && node.type !== "call_expression";
  for (const node of descendants(pattern, enter)) {
    if (node.field === "right" || node.field === "value") {
      if (node.type !== "identifier" || node.parent?.type !== "pair_pattern") continue;
    }
    if (
      (node.type === "identifier" || node.type === "shorthand_property_identifier_pattern") &&
      node.parent?.type !== "member_expression" &&
      node.text === name
    )
      return true;
  }
  return false;
}
