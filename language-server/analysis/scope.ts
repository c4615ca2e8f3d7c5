/** The names of a file's outermost scope, and what expressions made from them stand for. */
import { type SyntaxNode, stringValue, unwrapped } from "../parser/syntax.ts";
import { importedNames, requiredModule } from "./imported-names.ts";
import { isShadowed } from "./shadows.ts";
import { memberOf, type Target } from "./targets.ts";

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
      case "class_declaration": {
        const name = node.child("name")?.text;
        if (name !== undefined) this.#bind(name, { target: { kind: "class", name }, value: null, property: null });
        return;
      }
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
