import { type SyntaxNode, stringValue } from "../parser/syntax.ts";
import { inputs } from "./definitions.ts";
import type { BlockLoadFact } from "./facts.ts";
import type { FileSyntax } from "./read-file.ts";

/** `LocalBucket.load("default")` */
export function readBlockLoad(call: SyntaxNode, { scope, range }: FileSyntax): BlockLoadFact | undefined {
  const callee = call.child("function");
  if (callee?.type !== "member_expression" || callee.child("property")?.text !== "load") return undefined;
  const object = callee.child("object");
  const [literal] = inputs(call);
  const name = stringValue(literal);
  if (object === undefined || literal === undefined || name === undefined) return undefined;
  const target = scope.target(object);
  if (target?.kind !== "block" && !(target?.kind === "module" && target.name !== "*")) return undefined;
  return { block: target, name, range: range({ start: literal.start + 1, end: literal.end - 1 }) };
}
