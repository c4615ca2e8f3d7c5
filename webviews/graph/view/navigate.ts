/** Which box an arrow key goes to: along the edges up and down, to the neighbour sideways. Pure. */
import type { Box, Layout } from "../../layout/types.ts";

export type Direction = "up" | "down" | "left" | "right";

export const directionOfKey: Readonly<Record<string, Direction>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

/** Undefined when there is nothing that way. */
export function nextBox(layout: Layout, from: string, direction: Direction): string | undefined {
  const box = layout.boxes.get(from);
  if (box === undefined) return layout.boxes.keys().next().value;
  if (direction === "up" || direction === "down") {
    const along = layout.edges.flatMap((edge) => {
      const [upper, lower] = edge.back ? [edge.to, edge.from] : [edge.from, edge.to];
      if (direction === "down") return upper === from ? [lower] : [];
      return lower === from ? [upper] : [];
    });
    const best = nearest(layout, along, box, (other) => Math.abs(middle(other) - middle(box)));
    if (best !== undefined) return best;
  }
  return nearest(layout, layout.boxes.keys(), box, (other) => {
    if (other === box) return Number.POSITIVE_INFINITY;
    const aside = middle(other) - middle(box);
    const down = other.y - box.y;
    switch (direction) {
      case "left":
      case "right": {
        // A box beside it overlaps it in height; others count only where there is none.
        const beside = other.y < box.y + box.height && box.y < other.y + other.height;
        const ahead = direction === "left" ? -aside : aside;
        return ahead > 0 && !contains(other, box) && beside ? ahead : Number.POSITIVE_INFINITY;
      }
      default: {
        const ahead = direction === "up" ? -down : down;
        return ahead > 0 ? ahead + Math.abs(aside) * 2 : Number.POSITIVE_INFINITY;
      }
    }
  });
}

function nearest(layout: Layout, ids: Iterable<string>, from: Box, distance: (box: Box) => number): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const id of ids) {
    const box = layout.boxes.get(id);
    if (box === undefined || box === from) continue;
    const far = distance(box);
    if (far < least) {
      least = far;
      best = id;
    }
  }
  return best;
}

function contains(outer: Box, inner: Box): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    outer.x + outer.width >= inner.x + inner.width &&
    outer.y + outer.height >= inner.y + inner.height
  );
}

function middle(box: Box): number {
  return box.x + box.width / 2;
}
