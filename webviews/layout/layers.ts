/** Which layer each node is in, and through which layers long edges pass. */

/** An edge between two nodes by index; `from` differs from `to`. */
export type IndexEdge = readonly [from: number, to: number];

export interface Layering {
  /** Vertices of each layer. Those below `nodeCount` are nodes, the others places where a long edge passes. */
  readonly layers: readonly (readonly number[])[];
  readonly layerOf: readonly number[];
  readonly vertexCount: number;
  /** Per vertex: its neighbours one layer up, and one layer down. */
  readonly above: readonly (readonly number[])[];
  readonly below: readonly (readonly number[])[];
  /** Per edge: the vertices it passes, from its upper end to its lower end. */
  readonly paths: readonly (readonly number[])[];
}

/** Long edges get places to pass until there are this many: what is longer then goes straight, behind the nodes. */
export function passingPlaces(nodeCount: number): number {
  return 3 * nodeCount + 200;
}

/** Linear in nodes and edges. Every edge goes down, from its lower index to its higher one. */
export function layer(
  nodeCount: number,
  edges: readonly IndexEdge[],
  isLast: (node: number) => boolean = () => false,
): Layering {
  const downwards = edges.map(([from, to]): IndexEdge => (from < to ? [from, to] : [to, from]));
  const layerOf = longestPaths(nodeCount, downwards);
  moveDown(layerOf, isLast);
  const layers: number[][] = [];
  const add = (vertex: number, at: number): void => {
    while (layers.length <= at) layers.push([]);
    layers[at]?.push(vertex);
  };
  for (let node = 0; node < nodeCount; node++) add(node, layerOf[node] ?? 0);
  const above: number[][] = Array.from({ length: nodeCount }, () => []);
  const below: number[][] = Array.from({ length: nodeCount }, () => []);
  const link = (upper: number, lower: number): void => {
    below[upper]?.push(lower);
    above[lower]?.push(upper);
  };
  let vertexCount = nodeCount;
  const spanOf = ([from, to]: IndexEdge): number => (layerOf[to] ?? 0) - (layerOf[from] ?? 0);
  const budget = nodeCount + passingPlaces(nodeCount);
  /** Edges of one node share the places where they pass: node → its place in each layer below. */
  const trunks = new Map<number, number[]>();
  const paths: (readonly number[])[] = downwards.map((edge) => edge);
  const shortestFirst = downwards.map((edge, place) => ({ edge, place, span: spanOf(edge) }));
  shortestFirst.sort((left, right) => left.span - right.span || left.place - right.place);
  for (const { edge, place, span } of shortestFirst) {
    const [from, to] = edge;
    const top = layerOf[from] ?? 0;
    const trunk = trunks.get(from) ?? [];
    if (vertexCount + Math.max(0, span - 1 - trunk.length) > budget) break;
    const path = [from];
    for (let step = 1; step < span; step++) {
      let vertex = trunk[step - 1];
      if (vertex === undefined) {
        vertex = vertexCount++;
        trunk.push(vertex);
        above.push([]);
        below.push([]);
        layerOf.push(top + step);
        add(vertex, top + step);
        link(path.at(-1) ?? from, vertex);
      }
      path.push(vertex);
    }
    link(path.at(-1) ?? from, to);
    path.push(to);
    paths[place] = path;
    if (trunk.length > 0) trunks.set(from, trunk);
  }
  return { layers, layerOf, vertexCount, above, below, paths };
}

/** Only what nothing depends on can be put below everything. */
function moveDown(layerOf: number[], isLast: (node: number) => boolean): void {
  let deepest = -1;
  layerOf.forEach((at, node) => {
    if (!isLast(node)) deepest = Math.max(deepest, at);
  });
  layerOf.forEach((at, node) => {
    if (isLast(node)) layerOf[node] = Math.max(at, deepest + 1);
  });
}

/** Indices are a topological order, so one pass is enough. */
function longestPaths(nodeCount: number, edges: readonly IndexEdge[]): number[] {
  const into: number[][] = Array.from({ length: nodeCount }, () => []);
  for (const [from, to] of edges) into[to]?.push(from);
  const layerOf = new Array<number>(nodeCount).fill(0);
  for (let node = 0; node < nodeCount; node++) {
    for (const from of into[node] ?? []) layerOf[node] = Math.max(layerOf[node] ?? 0, (layerOf[from] ?? 0) + 1);
  }
  return layerOf;
}
