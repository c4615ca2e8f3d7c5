/** One level of the graph: siblings within one group, each a box, and the edges among them. */
import { grid } from "./grid.ts";
import { type IndexEdge, layer } from "./layers.ts";
import { order } from "./order.ts";
import { place } from "./place.ts";
import { spacing } from "./types.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Level {
  /** Top left corners, by index. */
  readonly places: readonly { readonly x: number; readonly y: number }[];
  /** x, y, … of each edge, from its `from` to its `to`. */
  readonly lines: readonly (readonly number[])[];
}

/** @param shown per node, the x of its centre in the layout before this one, where there was one. */
export function layoutLevel(
  sizes: readonly Size[],
  edges: readonly IndexEdge[],
  shown: readonly (number | undefined)[] = [],
  isLast: (node: number) => boolean = () => false,
): Level {
  if (edges.length === 0) return { places: grid(sizes), lines: [] };
  const layering = layer(sizes.length, edges, (node) => isLast(node) && !edges.some(([from]) => from === node));
  const layers = order(layering, shown);
  const width = (vertex: number): number => sizes[vertex]?.width ?? 0;
  const x = place(layering, layers, { nodeCount: sizes.length, width }, shown);

  const tops: number[] = [];
  const heights: number[] = [];
  let top = 0;
  for (const vertices of layers) {
    let height = 0;
    for (const vertex of vertices) height = Math.max(height, sizes[vertex]?.height ?? 0);
    tops.push(top);
    heights.push(height);
    top += height + spacing.betweenLayers;
  }
  const layerOf = (vertex: number): number => layering.layerOf[vertex] ?? 0;
  const topOf = (vertex: number): number => tops[layerOf(vertex)] ?? 0;
  const centre = (vertex: number): number => Math.round(x[vertex] ?? 0);

  return {
    places: sizes.map((size, node) => ({ x: Math.round((x[node] ?? 0) - size.width / 2), y: topOf(node) })),
    lines: edges.map(([from, to], index) => {
      const path = layering.paths[index] ?? [from, to];
      const points: number[] = [];
      path.forEach((vertex, step) => {
        if (step === 0) points.push(centre(vertex), topOf(vertex) + (sizes[vertex]?.height ?? 0));
        else if (step === path.length - 1) points.push(centre(vertex), topOf(vertex));
        // A line goes straight down beside the nodes of a layer, and bends between layers only.
        else
          points.push(centre(vertex), topOf(vertex), centre(vertex), topOf(vertex) + (heights[layerOf(vertex)] ?? 0));
      });
      return path[0] === from ? points : pairsReversed(points);
    }),
  };
}

function pairsReversed(points: readonly number[]): number[] {
  const reversed: number[] = [];
  for (let at = points.length - 2; at >= 0; at -= 2) reversed.push(points[at] ?? 0, points[at + 1] ?? 0);
  return reversed;
}
