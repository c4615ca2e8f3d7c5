import { cronProblem } from "../../runtime/protocol/cron.ts";
import { tryParseDuration } from "../../runtime/protocol/durations.ts";
import { type SyntaxNode, stringValue, unwrapped } from "../parser/syntax.ts";
import { inputs } from "./definitions.ts";
import type { ProblemFact } from "./facts.ts";
import type { FileSyntax } from "./read-file.ts";
import { property } from "./scope.ts";

/** Durations and cron texts that are none, in the fields and inputs that take one. */
export function readProblems(call: SyntaxNode, syntax: FileSyntax): ProblemFact[] {
  const inside = ({ start, end }: SyntaxNode) => syntax.range({ start: start + 1, end: end - 1 });
  const durations = durationsOf(call, syntax).flatMap((literal): ProblemFact[] => {
    const text = stringValue(literal);
    if (text === undefined || tryParseDuration(text) !== undefined) return [];
    const message = `"${text}" is not a duration. Write "500ms", "10s", "2m", "1h" or "1d", or a number of milliseconds.`;
    return [{ code: "millrace/bad-duration", text, message, range: inside(literal) }];
  });
  const crons = cronsOf(call, syntax).flatMap((literal): ProblemFact[] => {
    const text = stringValue(literal);
    const message = text === undefined ? undefined : cronProblem(text);
    if (text === undefined || message === undefined) return [];
    return [{ code: "millrace/bad-cron", text, message, range: inside(literal) }];
  });
  return [...durations, ...crons];
}

/** `cron("0 5 1 * *")` */
function cronsOf(call: SyntaxNode, { scope }: FileSyntax): SyntaxNode[] {
  const callee = call.child("function");
  const [first] = inputs(call);
  const target = callee === undefined ? undefined : scope.target(callee);
  return first !== undefined && target?.kind === "api" && target.name === "cron" ? [unwrapped(first)] : [];
}

function durationsOf(call: SyntaxNode, syntax: FileSyntax): SyntaxNode[] {
  const callee = call.child("function");
  if (callee === undefined) return [];
  const [first] = inputs(call);
  if (first === undefined) return [];
  const target = syntax.scope.target(callee);
  if (target?.kind === "api" && (target.name === "sleep" || target.name === "interval")) return [unwrapped(first)];
  if (target?.kind === "api" && target.name === "pause") return fields(unwrapped(first), ["timeout"]);
  const changesTask =
    callee.type === "member_expression" &&
    callee.child("property")?.text === "with" &&
    syntax.scope.target(callee.child("object") ?? callee)?.kind === "definition";
  const definition = syntax.definitionOf.get(call);
  const options = changesTask ? unwrapped(first) : definition?.callee.kind === "api" ? definition.options : null;
  if (options == null) return [];
  const cache = property(options, "cache");
  return [
    ...fields(options, ["timeout", "retryDelay"]),
    ...(cache === undefined ? [] : fields(unwrapped(cache), ["ttl"])),
  ];
}

function fields(options: SyntaxNode, names: readonly string[]): SyntaxNode[] {
  return names.flatMap((name) => {
    const value = property(options, name);
    if (value === undefined) return [];
    const plain = unwrapped(value);
    return plain.type === "array" ? plain.children.map(unwrapped) : [plain];
  });
}
