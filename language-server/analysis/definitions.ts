import { ancestors, isFunction, type SyntaxNode, stringValue, unwrapped, wrapping } from "../parser/syntax.ts";
import { property, type Scope } from "./scope.ts";
import type { Target } from "./targets.ts";

/** A call that defines a flow or a task. */
export interface Definition {
  readonly call: SyntaxNode;
  readonly callee: Target;
  readonly options: SyntaxNode | null;
  /** The body of `run`. */
  readonly body: SyntaxNode | null;
  readonly inFunction: boolean;
  /** What it is the value of: a variable's declarator, a property, `export default`, an assignment. */
  readonly holder: SyntaxNode;
}

/** What a call makes: the callee when it is, or may be, a definition. */
export function definingCallee(call: SyntaxNode, scope: Scope): Target | undefined {
  const callee = call.child("function");
  const [first] = inputs(call);
  if (callee === undefined) return undefined;
  const target = scope.target(callee);
  if (target === undefined) return undefined;
  if (target.kind === "api") return isDefiner(target) && first !== undefined ? target : undefined;
  if (target.kind === "factory") return target.makes;
  // A name of another module that is called with a `run`, as flow and task are.
  if (target.kind === "module" && first !== undefined)
    return property(scope.value(first), "run") === undefined ? undefined : target;
  return undefined;
}

function isDefiner(target: Target): boolean {
  return target.kind === "api" && (target.name === "flow" || target.name === "task");
}

export function inputs(call: SyntaxNode): SyntaxNode[] {
  return call.child("arguments")?.children.filter(({ type }) => type !== "comment") ?? [];
}

export function readDefinition(call: SyntaxNode, callee: Target, scope: Scope): Definition {
  const [first] = inputs(call);
  const value = first === undefined ? undefined : scope.value(first);
  const options = value?.type === "object" ? value : null;
  const run = property(options ?? undefined, "run");
  return {
    call,
    callee,
    options,
    body: (run === undefined ? undefined : unwrapped(run).child("body")) ?? null,
    inFunction: [...ancestors(call)].some(isFunction),
    holder: holderOf(call),
  };
}

/** Goes outwards through wrappers (`withAlerts(flow({…}))`) to what the value is given to. */
function holderOf(call: SyntaxNode): SyntaxNode {
  let value = wrapping(call);
  for (;;) {
    const { parent } = value;
    if (parent?.type === "arguments" && parent.parent?.type === "call_expression") value = wrapping(parent.parent);
    else if (parent?.type === "await_expression") value = wrapping(parent);
    else break;
  }
  const { parent } = value;
  if (parent !== null && holderTypes.has(parent.type) && (value.field === "value" || value.field === "right"))
    return parent;
  return value;
}

const holderTypes = new Set(["variable_declarator", "pair", "assignment_expression", "export_statement"]);

/** The declaration that a lens stands above. */
export function declarationOf({ holder }: Definition): SyntaxNode {
  if (holder.type !== "variable_declarator") {
    return holder.parent?.type === "expression_statement" ? holder.parent : holder;
  }
  const list = holder.parent;
  if (list === null || list.children.filter(({ type }) => type === "variable_declarator").length > 1) return holder;
  return list.parent?.type === "export_statement" ? list.parent : list;
}

export function variableOf({ holder }: Definition): SyntaxNode | undefined {
  const name = holder.type === "variable_declarator" ? holder.child("name") : undefined;
  return name?.type === "identifier" ? name : undefined;
}

/** What a reader would call its name: the variable, the property, the `name` option, `flow` itself. */
export function selectionOf(definition: Definition): SyntaxNode {
  const { holder, call } = definition;
  const key = holder.type === "pair" ? holder.child("key") : undefined;
  return (
    variableOf(definition) ?? key ?? property(definition.options ?? undefined, "name") ?? call.child("function") ?? call
  );
}

export function textOption(options: SyntaxNode | null, name: string, scope: Scope): string | null {
  const value = property(options ?? undefined, name);
  if (value === undefined) return null;
  const known = value.type === "shorthand_property_identifier" ? undefined : scope.value(value);
  return stringValue(known) ?? null;
}

export function textsOption(options: SyntaxNode | null, name: string): string[] {
  const value = property(options ?? undefined, name);
  if (value === undefined) return [];
  const list = unwrapped(value);
  return list.type === "array" ? list.children.flatMap((item) => stringValue(item) ?? []) : [];
}

/** What a function that returns a flow or a task calls for it. */
export function madeBy(fn: SyntaxNode, scope: Scope): Target | undefined {
  const body = fn.child("body");
  if (body === undefined) return undefined;
  const returned = body.type === "statement_block" ? body.childOfType("return_statement")?.children[0] : body;
  if (returned === undefined) return undefined;
  const call = unwrapped(returned);
  if (call.type !== "call_expression") return undefined;
  const callee = call.child("function");
  const target = callee === undefined ? undefined : scope.target(callee);
  return target !== undefined && isDefiner(target) ? target : undefined;
}
