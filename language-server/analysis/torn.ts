/**
 * Flows and tasks whose text is so unfinished that the parser sees no call in it. Their lenses must not come and go
 * with each bracket that is typed, so what stands at the margin is read by its look.
 */
import type { Statement } from "../parser/syntax.ts";
import type { DefinitionFact } from "./facts.ts";
import type { FileSyntax } from "./read-file.ts";

const beginning = /^(export\s+)?(?:const|let|var)\s+([\w$]+)\s*(?::[^=\n]*)?=\s*([\w$.]+)\s*(?:<[^()\n]*>)?\(\s*\{/gm;
const nameOption = /^(?: {2}|\t| {4})name:\s*(?:"([^"\n]+)"|'([^'\n]+)')/m;

export function tornDefinitions(statements: readonly Statement[], syntax: FileSyntax): DefinitionFact[] {
  return statements.flatMap((statement) => (statement.damaged ? inStatement(statement, syntax) : []));
}

function inStatement({ text, base }: Statement, { scope, definitions, range }: FileSyntax): DefinitionFact[] {
  return [...text.matchAll(beginning)].flatMap((match): DefinitionFact[] => {
    const [whole, exported, variable = "", callee = ""] = match;
    const start = base + match.index;
    const known = definitions.some(({ call }) => call.start >= start && call.start < start + whole.length);
    const target = known ? undefined : scope.chain(callee);
    if (target?.kind !== "api" || (target.name !== "flow" && target.name !== "task")) return [];
    const at = base + match.index + whole.indexOf(variable, exported?.length ?? 0);
    return [
      {
        callee: target,
        name: tornName(text.slice(match.index)),
        variable,
        exports: exported === undefined ? [] : [variable],
        range: range({ start, end: base + text.trimEnd().length }),
        selection: range({ start: at, end: at + variable.length }),
        body: null,
        parameters: null,
        parametersFrom: null,
        description: null,
        tags: [],
        inFunction: false,
        exportAt: null,
        nameRange: null,
      },
    ];
  });
}

/** The `name` option of damaged text, by its look. */
export function tornName(text: string): string | null {
  const match = nameOption.exec(text);
  return match?.[1] ?? match?.[2] ?? null;
}
