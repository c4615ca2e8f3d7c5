import { ancestors, isFunction, type SyntaxNode, unwrapped, wrapping } from "../parser/syntax.ts";
import type { CallFact } from "./facts.ts";
import type { FileSyntax } from "./read-file.ts";
import type { Target } from "./targets.ts";

/** The call of something that is a task or a flow, or may be one of another file. */
export function readCall(call: SyntaxNode, syntax: FileSyntax): CallFact | undefined {
  const called = calledTask(call, syntax);
  if (called === undefined) return undefined;
  const { target, form, name } = called;
  const within = innermost(call, syntax);
  const at = within === null ? undefined : floatingAt(call, syntax, within);
  return {
    callee: target,
    form,
    range: syntax.range(call),
    selection: syntax.range(name),
    within,
    floatingAt: at === undefined ? null : syntax.range({ start: at, end: at }).start,
  };
}

export interface CalledTask {
  readonly target: Target;
  readonly form: CallFact["form"];
  /** The expression that names what is called. */
  readonly name: SyntaxNode;
}

export function calledTask(call: SyntaxNode, { scope }: FileSyntax): CalledTask | undefined {
  const callee = call.child("function");
  if (callee === undefined) return undefined;
  const plain = unwrapped(callee);
  // `fetchTrips.with({…})(url)`
  if (plain.type === "call_expression") {
    const made = withoutOptions(plain);
    const target = made === undefined ? undefined : scope.target(made);
    return made !== undefined && isCallable(target) ? { target, form: "with", name: made } : undefined;
  }
  const direct = scope.target(plain);
  if (isCallable(direct)) return { target: direct, form: "call", name: plain };
  if (plain.type !== "member_expression") return undefined;
  const method = plain.child("property")?.text;
  const object = plain.child("object");
  if (object === undefined || (method !== "map" && method !== "settle")) return undefined;
  const inner = unwrapped(object);
  const name = (inner.type === "call_expression" ? withoutOptions(inner) : undefined) ?? inner;
  const target = scope.target(name);
  return isCallable(target) ? { target, form: method, name } : undefined;
}

/** The task of `task.with({…})`. */
function withoutOptions(call: SyntaxNode): SyntaxNode | undefined {
  const callee = call.child("function");
  if (callee?.type !== "member_expression" || callee.child("property")?.text !== "with") return undefined;
  return callee.child("object");
}

function isCallable(target: Target | undefined): target is Target {
  return target?.kind === "definition" || (target?.kind === "module" && target.name !== "*");
}

/** Place of the definition that the node is in the body of. */
export function innermost(node: SyntaxNode, { definitions }: FileSyntax): number | null {
  let found: number | null = null;
  let length = Number.POSITIVE_INFINITY;
  for (const [index, definition] of definitions.entries()) {
    const { body } = definition;
    if (body === null || body.start > node.start || body.end < node.end) continue;
    if (body.end - body.start < length) {
      found = index;
      length = body.end - body.start;
    }
  }
  return found;
}

/** Where "await " would stand, when a call is a statement of its own in the flow's async body. */
function floatingAt(call: SyntaxNode, syntax: FileSyntax, within: number): number | undefined {
  if (call.statement.damaged) return undefined;
  const whole = wrapping(call);
  if (whole.parent?.type !== "expression_statement") return undefined;
  const fn = [...ancestors(call)].find(isFunction);
  const definition = syntax.definitions[within];
  // In the callback of something else, nobody knows who waits.
  if (fn === undefined || definition === undefined || definition.body !== fn.child("body")) return undefined;
  return /^(?:static\s+)?async\b/.test(fn.text) ? call.start : undefined;
}
