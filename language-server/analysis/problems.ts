import { tryParseDuration } from "../../runtime/protocol/durations.ts";
import { type SyntaxNode, stringValue, unwrapped } from "../parser/syntax.ts";
import { inputs } from "./definitions.ts";
import type { ProblemFact } from "./facts.ts";
import type { FileSyntax } from "./read-file.ts";
import { property } from "./scope.ts";

/** Durations that are none, in the fields and inputs that take one. */
export function readProblems(call: SyntaxNode, syntax: FileSyntax): ProblemFact[] {
  return durationsOf(call, syntax).flatMap((literal) => {
    const text = stringValue(literal);
    if (text === undefined || tryParseDuration(text) !== undefined) return [];
    return [
      {
        code: "millrace/bad-duration",
        message: `"${text}" is not a duration. Write "500ms", "10s", "2m", "1h" or "1d", or a number of milliseconds.`,
        range: syntax.range({ start: literal.start + 1, end: literal.end - 1 }),
      },
    ];
  });
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
  const definition = syntax.definitions.find((one) => one.call === call && one.callee.kind === "api");
  const options = changesTask ? unwrapped(first) : definition?.options;
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
