/** The names of a file's outermost scope, and what expressions made from them stand for. */
import { ancestors, descendants, isFunction, type SyntaxNode, stringValue, unwrapped } from "../parser/syntax.ts";
import { memberOf, moduleMember, type Target } from "./targets.ts";

interface Binding {
  /** Known without looking further: an import. */
  readonly target: Target | null;
  /** The initial value, or the function that is declared. */
  readonly value: SyntaxNode | null;
  /** The property of the value, where it is taken out of an object: `const { flow: f } = …`. */
  readonly property: string | null;
}

export class Scope {
  readonly #bindings = new Map<string, Binding>();
  readonly #made: (node: SyntaxNode) => Target | undefined;
  /** What was found out; undefined until all definitions are known. */
  #known: Map<SyntaxNode, Target | undefined> | undefined;

  /** @param made what the value of a call, or a function, stands for. Scope and definitions need each other. */
  constructor(top: readonly SyntaxNode[], made: (node: SyntaxNode) => Target | undefined) {
    this.#made = made;
    for (const node of top) this.#declare(node);
  }

  /** From now on what is found out stays true. */
  remember(): void {
    this.#known = new Map();
  }

  /** What an expression stands for, and undefined for all that has nothing to do with flows. */
  target(expression: SyntaxNode, depth = 0): Target | undefined {
    if (depth > 20) return undefined;
    const node = unwrapped(expression);
    if (this.#known?.has(node)) return this.#known.get(node);
    const target = this.#find(node, depth);
    this.#known?.set(node, target);
    return target;
  }

  #find(node: SyntaxNode, depth: number): Target | undefined {
    switch (node.type) {
      case "identifier":
        return this.#bindings.has(node.text) && !isShadowed(node) ? this.#named(node.text, depth) : undefined;
      case "member_expression":
        return this.#member(node, depth);
      case "call_expression":
        return requiredModule(node) ?? this.#made(node);
      case "arrow_function":
      case "function_expression":
      case "function_declaration":
        return this.#made(node);
      case "await_expression": {
        const [inner] = node.children;
        return inner === undefined ? undefined : this.target(inner, depth + 1);
      }
      default:
        return undefined;
    }
  }

  /** The value that a name or a chain of properties was given in this file. */
  value(expression: SyntaxNode, depth = 0): SyntaxNode | undefined {
    const node = unwrapped(expression);
    if (depth > 20) return node;
    if (node.type === "identifier") {
      const binding = this.#bindings.get(node.text);
      if (binding?.value == null || isShadowed(node)) return undefined;
      if (binding.property === null) return this.value(binding.value, depth + 1);
      return property(this.value(binding.value, depth + 1), binding.property);
    }
    if (node.type === "member_expression") {
      const object = node.child("object");
      const name = node.child("property")?.text;
      if (object === undefined || name === undefined) return undefined;
      const value = property(this.value(object, depth + 1), name);
      return value === undefined ? undefined : this.value(value, depth + 1);
    }
    return node;
  }

  /** What a name of the outermost scope stands for. */
  named(name: string): Target | undefined {
    return this.#named(name, 0);
  }

  /** What "name" or "name.property" of the outermost scope stands for. */
  chain(text: string): Target | undefined {
    const [name = "", ...properties] = text.split(".");
    return properties.reduce(
      (target: Target | undefined, each) => (target === undefined ? undefined : memberOf(target, each)),
      this.#named(name, 0),
    );
  }

  /** The value that a name of the outermost scope was given. */
  bound(name: string): SyntaxNode | undefined {
    const binding = this.#bindings.get(name);
    if (binding?.value == null) return undefined;
    return binding.property === null
      ? this.value(binding.value)
      : property(this.value(binding.value), binding.property);
  }

  #named(name: string, depth: number): Target | undefined {
    const binding = this.#bindings.get(name);
    if (binding === undefined) return undefined;
    if (binding.target !== null) return binding.target;
    if (binding.value === null) return undefined;
    if (binding.property !== null) {
      const whole = this.target(binding.value, depth + 1);
      if (whole !== undefined) return memberOf(whole, binding.property);
      const value = property(this.value(binding.value, depth + 1), binding.property);
      return value === undefined ? undefined : this.target(value, depth + 1);
    }
    return this.target(binding.value, depth + 1);
  }

  #member(node: SyntaxNode, depth: number): Target | undefined {
    const object = node.child("object");
    const name = node.child("property")?.text;
    if (object === undefined || name === undefined) return undefined;
    const whole = this.target(object, depth + 1);
    if (whole !== undefined) return memberOf(whole, name);
    const value = this.value(node, depth + 1);
    return value === undefined || value === node ? undefined : this.target(value, depth + 1);
  }

  #declare(node: SyntaxNode): void {
    switch (node.type) {
      case "export_statement":
      case "ambient_declaration":
      case "ERROR":
        for (const child of node.children) this.#declare(child);
        return;
      case "import_statement":
        for (const [name, target] of importedNames(node)) this.#bind(name, { target, value: null, property: null });
        return;
      case "lexical_declaration":
      case "variable_declaration":
        for (const declarator of node.children) this.#declareVariable(declarator);
        return;
      case "function_declaration":
      case "generator_function_declaration": {
        const name = node.child("name")?.text;
        if (name !== undefined) this.#bind(name, { target: null, value: node, property: null });
        return;
      }
    }
  }

  #declareVariable(declarator: SyntaxNode): void {
    const name = declarator.child("name");
    const value = declarator.child("value") ?? null;
    if (name?.type === "identifier") this.#bind(name.text, { target: null, value, property: null });
    if (name?.type !== "object_pattern") return;
    for (const part of name.children) {
      const local = part.type === "pair_pattern" ? part.child("value") : part;
      const key = part.type === "pair_pattern" ? part.child("key") : part;
      const known = local?.type === "identifier" || local?.type === "shorthand_property_identifier_pattern";
      if (known && key !== undefined) this.#bind(local.text, { target: null, value, property: key.text });
    }
  }

  #bind(name: string, binding: Binding): void {
    // In a half-typed file a name may stand twice; the first is as good as the other.
    if (!this.#bindings.has(name)) this.#bindings.set(name, binding);
  }
}

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
function requiredModule(call: SyntaxNode): Target | undefined {
  const callee = call.child("function");
  if (callee === undefined || (callee.type !== "import" && callee.text !== "require")) return undefined;
  const specifier = stringValue(call.child("arguments")?.children[0]);
  return specifier === undefined ? undefined : moduleMember(specifier, "*");
}

/** A property's value in an object literal; spread objects are not followed. */
export function property(object: SyntaxNode | undefined, name: string): SyntaxNode | undefined {
  if (object?.type !== "object") return undefined;
  for (const member of object.children) {
    const key = memberName(member);
    if (key !== name) continue;
    if (member.type === "pair") return member.child("value");
    return member;
  }
  return undefined;
}

/** The name of a member of an object literal; undefined for spreads and computed names. */
export function memberName(member: SyntaxNode): string | undefined {
  if (member.type === "shorthand_property_identifier") return member.text;
  const key =
    member.type === "pair"
      ? member.child("key")
      : member.type === "method_definition"
        ? member.child("name")
        : undefined;
  if (key === undefined || key.type === "computed_property_name") return undefined;
  return stringValue(key) ?? key.text;
}

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
