/** The graph while it grows: nodes, edges, and what was waited for so far. */
import type { GraphEdge, GraphNode, GraphNodeKind } from "../../../runtime/protocol/language.ts";
import type { SyntaxNode } from "../../parser/syntax.ts";

/** Nodes that a value comes from, each with the name under which it travels. */
export type Sources = ReadonlyMap<string, string | null>;

export const nothing: Sources = new Map();

/** More are not drawn: a graph of a thousand boxes tells nobody anything. */
const mostNodes = 500;

export class Sketch {
  readonly nodes: GraphNode[] = [];
  readonly edges: GraphEdge[] = [];
  readonly notes: string[] = [];
  /** The loop or branch that is being read. */
  parent: string | null = null;
  /** What has been waited for last: what comes now comes after it. */
  #awaited: ReadonlySet<string> = new Set();
  readonly #place: (node: SyntaxNode) => Pick<GraphNode, "uri" | "range">;
  #count = 0;

  constructor(place: (node: SyntaxNode) => Pick<GraphNode, "uri" | "range">) {
    this.#place = place;
  }

  get isFull(): boolean {
    return this.nodes.length >= mostNodes;
  }

  add(kind: GraphNodeKind, label: string, at: SyntaxNode, sources: Sources, mapped = false): string {
    const single = kind === "parameters" || kind === "result";
    const id = single ? kind : `${kind}-${++this.#count}`;
    this.nodes.push({ id, kind, label, mapped, parent: single ? null : this.parent, ...this.#place(at) });
    for (const [from, name] of sources) this.#connect({ from, to: id, kind: "data", label: name });
    if (single) return id;
    for (const from of this.#awaited) {
      if (!this.#leadsTo(from, id)) this.#connect({ from, to: id, kind: "order", label: null });
    }
    return id;
  }

  /** The value of an `await` is there: its nodes are done, and so is all that led to them. */
  waitFor(sources: Iterable<string>): void {
    const done = [...new Set([...this.#awaited, ...sources])].filter((id) => id !== "parameters");
    this.#awaited = new Set(done.filter((id) => !done.some((other) => other !== id && this.#leadsTo(id, other))));
  }

  /** Reads what is in a loop or a branch. What comes after it comes after all of it. */
  within(container: string, read: () => void): void {
    const [parent, awaited] = [this.parent, this.#awaited];
    this.parent = container;
    this.#awaited = new Set();
    read();
    const waited = this.#awaited.size > 0;
    this.parent = parent;
    this.#awaited = awaited;
    if (waited) this.waitFor([container]);
  }

  /** Reads alternatives, each of which begins where this is; what comes after them comes after every one. */
  alternatives(reads: readonly (() => void)[]): void {
    const before = this.#awaited;
    const after = new Set<string>();
    for (const read of reads) {
      this.#awaited = before;
      read();
      for (const id of this.#awaited) after.add(id);
    }
    this.#awaited = new Set();
    this.waitFor(after);
  }

  #connect(edge: GraphEdge): void {
    const known = this.edges.some(({ from, to, kind }) => from === edge.from && to === edge.to && kind === edge.kind);
    if (!known && edge.from !== edge.to) this.edges.push(edge);
  }

  /** Along edges, also from what is in a loop or a branch. */
  #leadsTo(from: string, to: string): boolean {
    const reached = new Set([from]);
    for (const id of reached) {
      for (const node of this.nodes) if (node.parent === id) reached.add(node.id);
      for (const edge of this.edges) if (edge.from === id) reached.add(edge.to);
      if (reached.has(to)) return true;
    }
    return false;
  }
}

export function union(...all: readonly Sources[]): Sources {
  const filled = all.filter((sources) => sources.size > 0);
  if (filled.length < 2) return filled[0] ?? nothing;
  return new Map(filled.flatMap((sources) => [...sources]));
}

/** The same sources under another name. */
export function named(sources: Sources, name: string): Sources {
  return new Map([...sources.keys()].map((id) => [id, name]));
}

export function shortText(text: string, most = 60): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
