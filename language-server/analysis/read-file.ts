/** Reads a file's flows, tasks, calls and exports from its syntax. */
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { SiteRange } from "../../runtime/protocol/language.ts";
import { isFunction, type Statement, type SyntaxNode, topLevel, unwrapped } from "../parser/syntax.ts";
import { readBlockLoad } from "./block-loads.ts";
import { readCall } from "./calls.ts";
import { definitionFact } from "./definition-facts.ts";
import { type Definition, definingCallee, inputs, madeBy, readDefinition } from "./definitions.ts";
import { readExports } from "./exports.ts";
import type { BlockLoadFact, CallFact, FileFacts, ProblemFact } from "./facts.ts";
import { readImports } from "./imports.ts";
import { readProblems } from "./problems.ts";
import { Scope } from "./scope.ts";
import type { Target } from "./targets.ts";
import { tornDefinitions } from "./torn.ts";

/** A file's syntax with what its names stand for. */
export interface FileSyntax {
  readonly top: readonly SyntaxNode[];
  readonly scope: Scope;
  readonly definitions: readonly Definition[];
  readonly definitionOf: ReadonlyMap<SyntaxNode, Definition>;
  readonly range: (node: { readonly start: number; readonly end: number }) => SiteRange;
}

export function readSyntax(document: TextDocument, statements: readonly Statement[]): FileSyntax {
  const top = topLevel(statements);
  const places = new Map<SyntaxNode, number>();
  const definitions: Definition[] = [];
  const made = (node: SyntaxNode): Target | undefined => {
    if (isFunction(node)) {
      const makes = madeBy(node, scope);
      return makes === undefined ? undefined : { kind: "factory", makes };
    }
    const index = places.get(node);
    if (index !== undefined) return { kind: "definition", index };
    const callee = node.child("function");
    const inner =
      callee?.type === "member_expression" && callee.child("property")?.text === "with"
        ? callee.child("object")
        : undefined;
    if (inner !== undefined) return scope.target(inner);
    // A wrapper gives back what it was given: `withAlerts(flow({…}))`.
    return inputs(node)
      .map(unwrapped)
      .filter((input) => input.type === "call_expression" && (places.has(input) || inputs(input).length > 0))
      .map((input) => made(input))
      .find((target) => target?.kind === "definition");
  };
  const scope: Scope = new Scope(top, made);
  for (const { calls } of statements) {
    for (const node of calls) {
      const callee = definingCallee(node, scope);
      if (callee === undefined) continue;
      places.set(node, definitions.length);
      definitions.push(readDefinition(node, callee, scope));
    }
  }
  scope.remember();
  const range = ({ start, end }: { readonly start: number; readonly end: number }) => ({
    start: document.positionAt(start),
    end: document.positionAt(end),
  });
  return { top, scope, definitions, definitionOf: new Map(definitions.map((one) => [one.call, one])), range };
}

export function readFile(document: TextDocument, version: number | null, statements: readonly Statement[]): FileFacts {
  const syntax = readSyntax(document, statements);
  const { exports, stars, exportNames } = readExports(syntax);
  const calls: CallFact[] = [];
  const blockLoads: BlockLoadFact[] = [];
  const problems: ProblemFact[] = [];
  for (const statement of statements) {
    for (const node of statement.calls) {
      const call = readCall(node, syntax);
      if (call !== undefined) calls.push(call);
      const load = readBlockLoad(node, syntax);
      if (load !== undefined) blockLoads.push(load);
      if (!statement.damaged) problems.push(...readProblems(node, syntax));
    }
  }
  const imports = readImports(syntax);
  const definitions = syntax.definitions.map((definition, index) =>
    definitionFact(definition, exportNames.get(index) ?? [], syntax),
  );
  const torn = tornDefinitions(statements, syntax);
  const tornExports = torn.flatMap(({ exports: names }, index): [string, Target][] =>
    names.map((name) => [name, { kind: "definition", index: definitions.length + index }]),
  );
  return {
    uri: document.uri,
    version,
    usesMillrace: syntax.definitions.length > 0 || imports.some(({ specifier }) => /^millrace(?:\/|$)/.test(specifier)),
    definitions: [...definitions, ...torn],
    calls,
    exports: new Map([...tornExports, ...exports]),
    stars,
    imports,
    blockLoads,
    problems,
  };
}
