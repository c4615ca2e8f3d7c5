/** The whole graph, groups within groups. */
import { layoutLevel, type Size } from "./level.ts";
import {
  type Box,
  type Layout,
  type LayoutEdge,
  type LayoutInput,
  type LayoutNode,
  type PlacedEdge,
  spacing,
} from "./types.ts";

interface Sibling {
  readonly node: LayoutNode;
  /** Its place among its siblings. */
  readonly index: number;
  readonly parent: Sibling | null;
  readonly depth: number;
}

interface Inside {
  readonly children: Sibling[];
  /** "from:to" by index → the edge drawn between them. */
  readonly edges: Map<string, LayoutEdge & { readonly ends: readonly [number, number] }>;
}

/** @param previous the layout of the same graph before it grew: what is in it stays in place as far as it can. */
export function layoutGraph({ nodes, edges }: LayoutInput, previous?: Layout): Layout {
  const levels = findLevels(nodes, edges);
  const placed = new Map<
    string | null,
    { size: Size; local: readonly { x: number; y: number }[]; lines: readonly (readonly number[])[] }
  >();
  const sizeOf = (node: LayoutNode): Size => (node.group === true ? (placed.get(node.id)?.size ?? node) : node);

  const layoutInside = (group: LayoutNode | null): void => {
    const inside = levels.get(group?.id ?? null);
    const children = inside?.children ?? [];
    for (const { node } of children) if (node.group === true) layoutInside(node);
    const sizes = children.map(({ node }) => sizeOf(node));
    const left = group === null ? 0 : (previous?.boxes.get(group.id)?.x ?? 0);
    const shown = children.map(({ node }) => {
      const before = previous?.boxes.get(node.id);
      return before === undefined ? undefined : before.x + before.width / 2 - left;
    });
    const ends = [...(inside?.edges.values() ?? [])].map((edge) => edge.ends);
    const level = layoutLevel(sizes, ends, shown, (index) => children[index]?.node.last === true);
    const corner = { x: Number.POSITIVE_INFINITY, y: Number.POSITIVE_INFINITY, right: 0, bottom: 0 };
    const include = (x: number, y: number): void => {
      corner.x = Math.min(corner.x, x);
      corner.y = Math.min(corner.y, y);
    };
    for (const { x, y } of level.places) include(x, y);
    for (const line of level.lines)
      for (let at = 0; at < line.length; at += 2) include(line[at] ?? 0, line[at + 1] ?? 0);
    // The whole keeps its origin, so that what was there stays; what is in a group moves with the group.
    const shift =
      group === null
        ? { x: previous === undefined && children.length > 0 ? -corner.x : 0, y: 0 }
        : {
            x: spacing.groupPadding - (children.length > 0 ? corner.x : 0),
            y: spacing.groupHeader - (children.length > 0 ? corner.y : 0),
          };
    const local = level.places.map(({ x, y }) => ({ x: x + shift.x, y: y + shift.y }));
    const lines = level.lines.map((line) => line.map((value, at) => value + (at % 2 === 0 ? shift.x : shift.y)));
    let right = 0;
    let bottom = 0;
    local.forEach(({ x, y }, at) => {
      right = Math.max(right, x + (sizes[at]?.width ?? 0));
      bottom = Math.max(bottom, y + (sizes[at]?.height ?? 0));
    });
    for (const line of lines) for (let at = 0; at < line.length; at += 2) right = Math.max(right, line[at] ?? 0);
    placed.set(group?.id ?? null, {
      size: {
        width: Math.max(group?.width ?? 0, right + spacing.groupPadding),
        height: Math.max(group?.height ?? 0, bottom + spacing.groupPadding),
      },
      local,
      lines,
    });
  };
  layoutInside(null);
  return assemble(levels, placed, sizeOf);
}

function assemble(
  levels: ReadonlyMap<string | null, Inside>,
  placed: ReadonlyMap<
    string | null,
    { local: readonly { x: number; y: number }[]; lines: readonly (readonly number[])[] }
  >,
  sizeOf: (node: LayoutNode) => Size,
): Layout {
  const boxes = new Map<string, Box>();
  const drawn: PlacedEdge[] = [];
  const put = (id: string | null, left: number, top: number): void => {
    const inside = levels.get(id);
    const here = placed.get(id);
    if (inside === undefined || here === undefined) return;
    inside.children.forEach(({ node }, index) => {
      const { x, y } = here.local[index] ?? { x: 0, y: 0 };
      const { width, height } = sizeOf(node);
      boxes.set(node.id, { x: left + x, y: top + y, width, height });
      if (node.group === true) put(node.id, left + x, top + y);
    });
    let index = 0;
    for (const edge of inside.edges.values()) {
      const [from, to] = edge.ends;
      const line = here.lines[index++] ?? [];
      drawn.push({
        from: inside.children[from]?.node.id ?? edge.from,
        to: inside.children[to]?.node.id ?? edge.to,
        kind: edge.kind,
        label: edge.label ?? null,
        back: from > to,
        points: line.map((value, at) => value + (at % 2 === 0 ? left : top)),
      });
    }
  };
  put(null, 0, 0);
  return { boxes, edges: drawn, bounds: boundsOf(boxes.values(), drawn) };
}

function boundsOf(boxes: Iterable<Box>, edges: readonly PlacedEdge[]): Box {
  let [left, top, right, bottom] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (const { x, y, width, height } of boxes) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  for (const { points } of edges) {
    for (let at = 0; at < points.length; at += 2) {
      left = Math.min(left, points[at] ?? left);
      right = Math.max(right, points[at] ?? right);
    }
  }
  return left > right
    ? { x: 0, y: 0, width: 0, height: 0 }
    : { x: left, y: top, width: right - left, height: bottom - top };
}

/** Puts nodes under their groups, and each edge into the level where its two ends are beside each other. */
function findLevels(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Map<string | null, Inside> {
  const levels = new Map<string | null, Inside>([[null, { children: [], edges: new Map() }]]);
  const groups = new Set<string>();
  for (const node of nodes) {
    if (node.group !== true) continue;
    groups.add(node.id);
    levels.set(node.id, { children: [], edges: new Map() });
  }
  const known = new Map<string, Sibling>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  /** @param within ids on the way down, to stop at a group that would contain itself. */
  const find = (node: LayoutNode, within: readonly string[]): Sibling => {
    const before = known.get(node.id);
    if (before !== undefined) return before;
    const above =
      node.parent === null || !groups.has(node.parent) || within.includes(node.parent)
        ? undefined
        : byId.get(node.parent);
    const parent = above === undefined ? null : find(above, [...within, node.id]);
    const siblings = levels.get(parent?.node.id ?? null)?.children ?? [];
    const sibling: Sibling = { node, index: siblings.length, parent, depth: (parent?.depth ?? 0) + 1 };
    siblings.push(sibling);
    known.set(node.id, sibling);
    return sibling;
  };
  for (const node of nodes) find(node, []);
  for (const edge of edges) {
    const ends = lift(known.get(edge.from), known.get(edge.to));
    if (ends === undefined) continue;
    const [from, to] = ends;
    if (edge.kind === "order" && from.index > to.index) continue;
    const level = levels.get(from.parent?.node.id ?? null)?.edges;
    const key = `${from.index}:${to.index}`;
    const there = level?.get(key);
    if (there === undefined || (there.kind === "order" && edge.kind === "data")) {
      level?.set(key, { ...edge, ends: [from.index, to.index] });
    }
  }
  return levels;
}

/** The two ends, or groups around them, that have the same parent; undefined when one end is inside the other. */
function lift(from: Sibling | undefined, to: Sibling | undefined): readonly [Sibling, Sibling] | undefined {
  let [left, right] = [from, to];
  while (left !== undefined && right !== undefined && left.depth > right.depth) left = left.parent ?? undefined;
  while (left !== undefined && right !== undefined && right.depth > left.depth) right = right.parent ?? undefined;
  while (left !== undefined && right !== undefined && left !== right) {
    if (left.parent === right.parent) return [left, right];
    left = left.parent ?? undefined;
    right = right.parent ?? undefined;
  }
  return undefined;
}
