/** The order of vertices within their layers: few crossings, and no change among those that have been shown. */
import type { Layering } from "./layers.ts";

const sweeps = 8;

/**
 * @param shown per vertex, the x of its centre in the layout before this one; undefined for what is new. When any is
 * given, those keep their order and new ones go where their neighbours are.
 */
export function order(layering: Layering, shown: readonly (number | undefined)[]): readonly (readonly number[])[] {
  return shown.some((x) => x !== undefined) ? insertNew(layering, shown) : reduceCrossings(layering);
}

function insertNew({ layers, above }: Layering, shown: readonly (number | undefined)[]): number[][] {
  const x: number[] = [];
  let furthest = 0;
  for (const at of shown) furthest = Math.max(furthest, at ?? 0);
  return layers.map((layer) => {
    for (const vertex of layer) {
      const upper = above[vertex] ?? [];
      // What nothing leads to goes to the right of everything.
      const wanted = upper.length === 0 ? furthest + 1 : mean(upper, x);
      x[vertex] = shown[vertex] ?? wanted;
    }
    return [...layer].sort((left, right) => (x[left] ?? 0) - (x[right] ?? 0) || left - right);
  });
}

function reduceCrossings(layering: Layering): number[][] {
  const { layers, above, below, vertexCount } = layering;
  const position = new Float64Array(vertexCount);
  const current = layers.map((layer) => [...layer]);
  const number = (layer: readonly number[]): void => {
    layer.forEach((vertex, place) => {
      position[vertex] = place;
    });
  };
  current.forEach(number);
  let best = current.map((layer) => [...layer]);
  let fewest = crossings(current, below, position);
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep++) {
    const down = sweep % 2 === 0;
    for (let step = 0; step < current.length; step++) {
      const at = down ? step : current.length - 1 - step;
      const layer = current[at] ?? [];
      const neighbours = down ? above : below;
      const wanted = new Map(
        layer.map((vertex) => {
          const near = neighbours[vertex] ?? [];
          return [vertex, near.length === 0 ? (position[vertex] ?? 0) : mean(near, position)] as const;
        }),
      );
      layer.sort(
        (left, right) =>
          (wanted.get(left) ?? 0) - (wanted.get(right) ?? 0) || (position[left] ?? 0) - (position[right] ?? 0),
      );
      number(layer);
    }
    const now = crossings(current, below, position);
    if (now < fewest) {
      fewest = now;
      best = current.map((layer) => [...layer]);
    }
  }
  return best;
}

function mean(vertices: readonly number[], of: ArrayLike<number>): number {
  let sum = 0;
  for (const vertex of vertices) sum += of[vertex] ?? 0;
  return sum / vertices.length;
}

/** Pairs of lines that cross, counted with a binary indexed tree (Barth, Jünger, Mutzel 2002). */
export function crossings(
  layers: readonly (readonly number[])[],
  below: readonly (readonly number[])[],
  position: ArrayLike<number>,
): number {
  let total = 0;
  for (const [at, layer] of layers.entries()) {
    const size = layers[at + 1]?.length ?? 0;
    if (size < 2) continue;
    const tree = new Int32Array(size + 1);
    let lines = 0;
    for (const vertex of layer) {
      const ends = (below[vertex] ?? []).map((lower) => position[lower] ?? 0);
      // Lines of one vertex do not cross each other: all are counted before any is entered.
      for (const end of ends) {
        let upTo = 0;
        for (let place = end + 1; place > 0; place -= place & -place) upTo += tree[place] ?? 0;
        total += lines - upTo;
      }
      for (const end of ends) {
        for (let place = end + 1; place <= size; place += place & -place) tree[place] = (tree[place] ?? 0) + 1;
        lines++;
      }
    }
  }
  return total;
}
