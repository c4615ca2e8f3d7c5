/** From the graph that a flow's source tells to what is drawn. Pure. */
import { formatPlural } from "../../runtime/protocol/formats.ts";
import type { GraphNode, StaticGraph } from "../../runtime/protocol/language.ts";
import { layoutGraph } from "../layout/graph.ts";
import type { Layout, LayoutInput } from "../layout/types.ts";
import { type BoxLook, boxSize, type Drawing, type GraphBox } from "./view/types.ts";

export interface StaticDrawing extends Drawing {
  readonly nodes: ReadonlyMap<string, GraphNode>;
}

export function drawStatic(graph: StaticGraph, before?: Layout): StaticDrawing {
  const parents = new Set(graph.nodes.flatMap((node) => (node.parent === null ? [] : [node.parent])));
  const boxes = new Map<string, GraphBox>();
  const nodes = new Map<string, GraphNode>();
  for (const node of inReadingOrder(graph.nodes)) {
    nodes.set(node.id, node);
    boxes.set(node.id, {
      id: node.id,
      kind: node.mapped && node.kind === "task" ? "map" : node.kind,
      label: node.label,
      parent: node.parent !== null && parents.has(node.parent) ? node.parent : null,
      group: parents.has(node.id),
      expandable: false,
      many: node.mapped,
    });
  }
  const input: LayoutInput = {
    nodes: [...boxes.values()].map(({ id, kind, parent, group }) => ({
      id,
      ...boxSize,
      parent,
      group,
      last: kind === "result",
    })),
    edges: graph.edges,
  };
  return { boxes, nodes, layout: layoutGraph(input, before) };
}

/** Parameters first, the result last, all else as it stands in the source: that is the order of the layout. */
function inReadingOrder(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const place = ({ kind }: GraphNode): number => (kind === "parameters" ? 0 : kind === "result" ? 2 : 1);
  return nodes
    .map((node, index) => ({ node, index }))
    .sort((left, right) => place(left.node) - place(right.node) || left.index - right.index)
    .map(({ node }) => node);
}

const looks: Readonly<Record<GraphNode["kind"], { readonly icon: string; readonly word: string }>> = {
  task: { icon: "symbol-method", word: "task" },
  subflow: { icon: "type-hierarchy-sub", word: "flow" },
  branch: { icon: "git-branch", word: "branch" },
  loop: { icon: "refresh", word: "loop" },
  parameters: { icon: "symbol-parameter", word: "parameters" },
  result: { icon: "output", word: "result" },
};

/** "3 tasks and 1 flow, as the source tells it": places where the source calls, not how often they are reached. */
export function callsInWords({ nodes }: StaticGraph): string {
  const tasks = nodes.filter(({ kind }) => kind === "task").length;
  const flows = nodes.filter(({ kind }) => kind === "subflow").length;
  if (tasks + flows === 0) return "calls nothing yet";
  const words = [
    tasks === 0 ? "" : formatPlural(tasks, "task call"),
    flows === 0 ? "" : formatPlural(flows, "flow call"),
  ].filter((part) => part !== "");
  return `${words.join(" and ")}, as the source tells it`;
}

export function staticLook(node: GraphNode): BoxLook {
  const { icon, word } = looks[node.kind];
  const line = `line ${node.range.start.line + 1}`;
  const mapped = node.mapped ? "once per item" : "";
  const said = [node.label === word ? "" : word, mapped, line].filter((part) => part !== "");
  // The icon tells it too, and beside the label of a box around others there is little room.
  const shown = node.kind === "branch" || node.kind === "loop" ? line : said.join(" · ");
  return {
    icon,
    spins: false,
    tone: "",
    count: "",
    detail: shown,
    since: null,
    name: [node.label, ...said].join(", "),
    active: false,
  };
}
