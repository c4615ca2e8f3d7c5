/** How far to the right each vertex stands, once the order within the layers is known. */
import type { Layering } from "./layers.ts";
import { spacing } from "./types.ts";

export interface Widths {
  readonly nodeCount: number;
  /** Per node. */
  readonly width: (vertex: number) => number;
}

/** How much what has been shown insists on its place, against one neighbour. */
const insistence = 30;
const straightness = 8;

/** x of the centres. Each vertex is drawn to the mean of its neighbours; distances in a layer are kept. */
export function place(
  { above, below, vertexCount }: Layering,
  layers: readonly (readonly number[])[],
  { nodeCount, width }: Widths,
  shown: readonly (number | undefined)[],
): Float64Array {
  const x = new Float64Array(vertexCount);
  const half = (vertex: number): number => (vertex < nodeCount ? width(vertex) / 2 : 0);
  const distance = (left: number, right: number): number =>
    half(left) + half(right) + (left < nodeCount && right < nodeCount ? spacing.betweenNodes : spacing.betweenLines);
  const weightOf = (vertex: number): number =>
    shown[vertex] !== undefined ? insistence * insistence : vertex < nodeCount ? 1 : 4;

  for (const layer of layers) {
    let at = 0;
    layer.forEach((vertex, place) => {
      if (place > 0) at += distance(layer[place - 1] ?? vertex, vertex);
      x[vertex] = at;
    });
    for (const vertex of layer) x[vertex] = (x[vertex] ?? 0) - at / 2;
  }
  const settle = (layer: readonly number[], ...sides: (readonly (readonly number[])[])[]): void => {
    const wanted = layer.map((vertex) => {
      let sum = 0;
      let count = 0;
      for (const side of sides) {
        const back = side === above ? below : above;
        for (const near of side[vertex] ?? []) {
          // A line that passes several layers should bend at its ends only. What has many neighbours pulls each less:
          // two that have only each other stand straight above one another.
          const many = back[near]?.length ?? 1;
          const pull = vertex >= nodeCount && near >= nodeCount ? straightness : 1 / (many * many);
          sum += (x[near] ?? 0) * pull;
          count += pull;
        }
      }
      const before = shown[vertex];
      if (before !== undefined) return (sum + before * insistence) / (count + insistence);
      return count === 0 ? (x[vertex] ?? 0) : sum / count;
    });
    spread(layer, wanted, weightOf, distance).forEach((at, place) => {
      const vertex = layer[place];
      if (vertex !== undefined) x[vertex] = at;
    });
  };
  const upwards = [...layers].reverse();
  // First each side alone, so that the parts find each other; then both, until they have come to rest.
  for (let sweep = 0; sweep < 2; sweep++) {
    for (const layer of layers) settle(layer, above);
    for (const layer of upwards) settle(layer, below);
  }
  for (let sweep = 0; sweep < 4; sweep++) {
    for (const layer of sweep % 2 === 0 ? layers : upwards) settle(layer, above, below);
  }
  return x;
}

/**
 * The places nearest to the wanted ones (least squares) that keep order and distances: isotonic regression by pooling
 * adjacent violators, after the distances are taken off.
 */
export function spread(
  layer: readonly number[],
  wanted: readonly number[],
  weightOf: (vertex: number) => number,
  distance: (left: number, right: number) => number,
): number[] {
  const offsets: number[] = [];
  const pools: { mean: number; weight: number; size: number }[] = [];
  let offset = 0;
  layer.forEach((vertex, place) => {
    if (place > 0) offset += distance(layer[place - 1] ?? vertex, vertex);
    offsets.push(offset);
    let pool = { mean: (wanted[place] ?? 0) - offset, weight: weightOf(vertex), size: 1 };
    for (let last = pools.at(-1); last !== undefined && last.mean > pool.mean; last = pools.at(-1)) {
      pools.pop();
      const weight = last.weight + pool.weight;
      pool = {
        mean: (last.mean * last.weight + pool.mean * pool.weight) / weight,
        weight,
        size: last.size + pool.size,
      };
    }
    pools.push(pool);
  });
  return pools.flatMap(({ mean, size }) => new Array<number>(size).fill(mean)).map((at, i) => at + (offsets[i] ?? 0));
}
