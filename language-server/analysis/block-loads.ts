import { type SyntaxNode, stringValue } from "../parser/syntax.ts";
import { innermost } from "./calls.ts";
import { inputs } from "./definitions.ts";
import type { BlockLoadFact } from "./facts.ts";
import type { FileSyntax } from "./read-file.ts";
import type { Target } from "./targets.ts";

/** What gives a block by its name. */
const methods: ReadonlySet<string> = new Set(["load", "find"]);

/** `LocalBucket.load("default")` */
export function readBlockLoad(call: SyntaxNode, syntax: FileSyntax): BlockLoadFact | undefined {
  const callee = call.child("function");
  if (callee?.type !== "member_expression" || !methods.has(callee.child("property")?.text ?? "")) return undefined;
  const object = callee.child("object");
  const [literal] = inputs(call);
  const name = stringValue(literal);
  if (object === undefined || literal === undefined || name === undefined) return undefined;
  const target = syntax.scope.target(object);
  if (target === undefined || !mayBeBlock(target)) return undefined;
  const range = syntax.range({ start: literal.start + 1, end: literal.end - 1 });
  return { block: target, name, range, within: innermost(call, syntax) };
}

function mayBeBlock({ kind, ...target }: Target): boolean {
  return kind === "block" || kind === "class" || (kind === "module" && "name" in target && target.name !== "*");
}
