import type { TextDocument } from "vscode-languageserver-textdocument";
import type { StaticGraph } from "../../../runtime/protocol/language.ts";
import { type Statement, type SyntaxNode, unwrapped } from "../../parser/syntax.ts";
import { calledTask } from "../calls.ts";
import type { CallFact } from "../facts.ts";
import { readSyntax } from "../read-file.ts";
import { property } from "../scope.ts";
import type { Target } from "../targets.ts";
import { nothing, Sketch } from "./sketch.ts";
import { type Called, Walker } from "./walker.ts";

export interface GraphOptions {
  readonly document: TextDocument;
  readonly version: number | null;
  readonly statements: readonly Statement[];
  /** Place of the flow in the file's definitions. */
  readonly index: number;
  /** Export or variable. */
  readonly flow: string;
  /** What a name stands for in the workspace, when that is a task or a flow. */
  readonly resolve: (target: Target) => Pick<Called, "kind" | "label"> | undefined;
}

/** The graph of a flow as its text tells it. Null when there is no such flow. */
export function staticGraph({ document, version, statements, index, flow, resolve }: GraphOptions): StaticGraph | null {
  const syntax = readSyntax(document, statements);
  const definition = syntax.definitions[index];
  if (definition === undefined) return null;
  const uri = document.uri;
  const sketch = new Sketch((node) => ({ uri, range: syntax.range(node) }));
  const known = new Map<SyntaxNode, Called | null>();
  const remembered = (node: SyntaxNode, find: () => { target: Target; form: CallFact["form"] } | undefined) => {
    const before = known.get(node);
    if (before !== undefined) return before ?? undefined;
    const found = find();
    const resolved = found === undefined ? undefined : resolve(found.target);
    const called = resolved === undefined ? null : { ...resolved, mapped: found?.form === "map" };
    known.set(node, called);
    return called ?? undefined;
  };
  const walker = new Walker({
    sketch,
    scope: syntax.scope,
    called: (call) => remembered(call, () => calledTask(call, syntax)),
    task: (expression) =>
      remembered(expression, () => {
        const isName = expression.type === "identifier" || expression.type === "member_expression";
        const target = isName ? syntax.scope.target(expression) : undefined;
        return target === undefined ? undefined : { target, form: "call" };
      }),
    line: (node) => document.positionAt(node.start).line + 1,
  });
  const run = property(definition.options ?? undefined, "run");
  const fn = run === undefined ? undefined : unwrapped(run);
  const parameters = fn?.child("parameter") ?? fn?.child("parameters")?.children.find(({ type }) => type !== "comment");
  if (fn === undefined) sketch.notes.push("The flow's body stands elsewhere: run it to see its tasks.");
  else {
    const inputs = parameters === undefined ? [] : [sketch.add("parameters", "parameters", parameters, nothing)];
    const result = walker.run(fn, [new Map(inputs.map((id) => [id, null]))]);
    if (result.size > 0) sketch.add("result", "result", fn.child("body") ?? fn, result);
  }
  if (sketch.isFull) sketch.notes.push("The flow has more calls than are drawn.");
  const { nodes, edges, notes } = sketch;
  return { uri, version, flow, nodes, edges, notes };
}
