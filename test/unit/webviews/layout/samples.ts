import type { LayoutEdge, LayoutInput, LayoutNode } from "../../../../webviews/layout/types.ts";

export const plainNode = (id: string, parent: string | null = null): LayoutNode => ({
  id,
  width: 200,
  height: 44,
  parent,
});
export const group = (id: string, parent: string | null = null): LayoutNode => ({
  ...plainNode(id, parent),
  group: true,
});
export const data = (from: string, to: string): LayoutEdge => ({ from, to, kind: "data" });
export const inOrder = (from: string, to: string): LayoutEdge => ({ from, to, kind: "order" });

/** 2,000 nodes in the three shapes that runs have: chains side by side, one fan, layers. */
export function largeGraph(shape: "chains" | "fan" | "layers", size = 2000): LayoutInput {
  const id = (number: number): string => `t${number}`;
  const nodes = Array.from({ length: size }, (_, number) => plainNode(id(number)));
  const edges: LayoutEdge[] = [];
  for (let number = 1; number < size; number++) {
    if (shape === "chains" && number % 4 !== 0) edges.push(data(id(number - 1), id(number)));
    if (shape === "fan" && number < size - 1) edges.push(data(id(0), id(number)), data(id(number), id(size - 1)));
    if (shape === "layers" && number >= 50) {
      const above = (Math.floor(number / 50) - 1) * 50;
      for (const step of [0, 13]) edges.push(data(id(above + ((number * 7 + step) % 50)), id(number)));
    }
  }
  return { nodes, edges };
}
