import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { layoutGraph } from "../../../../webviews/layout/graph.ts";
import { passingPlaces } from "../../../../webviews/layout/layers.ts";
import { crossings } from "../../../../webviews/layout/order.ts";
import { spread } from "../../../../webviews/layout/place.ts";
import {
  type Box,
  type Layout,
  type LayoutInput,
  type LayoutNode,
  spacing,
} from "../../../../webviews/layout/types.ts";
import { data, group, inOrder, largeGraph, plainNode } from "./samples.ts";

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const boxOf = (layout: Layout, id: string): Box => {
  const box = layout.boxes.get(id);
  assert.ok(box, `${id} has a place`);
  return box;
};

/** Graphs with groups in groups, and edges between any two nodes. */
const graphs: fc.Arbitrary<LayoutInput> = fc
  .array(fc.record({ group: fc.boolean(), parent: fc.nat(8), width: fc.integer({ min: 20, max: 240 }) }), {
    minLength: 1,
    maxLength: 24,
  })
  .chain((given) => {
    const nodes = given.map(({ group, parent, width }, index): LayoutNode => {
      const above = given[parent];
      const inside = parent < index && above?.group === true;
      return { id: `n${index}`, width, height: 40, parent: inside ? `n${parent}` : null, group };
    });
    const anyNode = fc.nat(given.length - 1);
    return fc
      .array(fc.tuple(anyNode, anyNode, fc.constantFrom("data" as const, "order" as const)), { maxLength: 40 })
      .map((pairs) => ({ nodes, edges: pairs.map(([from, to, kind]) => ({ from: `n${from}`, to: `n${to}`, kind })) }));
  });

function checkLayout({ nodes }: LayoutInput, layout: Layout): void {
  const parents = new Map(nodes.map((node) => [node.id, node.parent]));
  for (const node of nodes) {
    const box = boxOf(layout, node.id);
    assert.ok(box.width >= node.width && box.height >= node.height, `${node.id} has room`);
    const parent = parents.get(node.id);
    if (parent != null) {
      const around = boxOf(layout, parent);
      assert.ok(
        box.x >= around.x &&
          box.y >= around.y + spacing.groupHeader &&
          box.x + box.width <= around.x + around.width &&
          box.y + box.height <= around.y + around.height,
        `${node.id} is inside ${parent}`,
      );
    }
    for (const other of nodes) {
      if (other.id <= node.id || parents.get(other.id) !== parents.get(node.id)) continue;
      assert.ok(!overlap(box, boxOf(layout, other.id)), `${node.id} and ${other.id} lie on each other`);
    }
  }
  for (const edge of layout.edges) {
    const from = boxOf(layout, edge.from);
    const to = boxOf(layout, edge.to);
    const [upper, lower] = edge.back ? [to, from] : [from, to];
    assert.ok(upper.y + upper.height < lower.y, `${edge.from} → ${edge.to} goes from one layer to a lower one`);
    assert.equal(parents.get(edge.from), parents.get(edge.to), "both ends are in the same group");
    assert.deepEqual(
      [edge.points[1], edge.points.at(-1)],
      edge.back ? [from.y, to.y + to.height] : [from.y + from.height, to.y],
      "the line begins and ends at its nodes",
    );
  }
}

describe("layoutGraph", () => {
  it("should give every node room of its own, inside its group, above what depends on it", () => {
    fc.assert(fc.property(graphs, (graph) => checkLayout(graph, layoutGraph(graph))));
  });

  it("should hold the same while the graph grows from an earlier layout", () => {
    fc.assert(
      fc.property(graphs, fc.nat(24), (graph, count) => {
        const before = { nodes: graph.nodes.slice(0, count), edges: graph.edges };
        checkLayout(graph, layoutGraph(graph, layoutGraph(before)));
      }),
    );
  });

  it("should leave nodes where they are when a chain grows", () => {
    const ids = ["a", "b", "c", "d", "e"];
    const nodes = ids.map((id) => plainNode(id));
    const edges = [data("a", "b"), data("a", "c"), data("b", "d"), data("d", "e")];
    const before = layoutGraph({ nodes: nodes.slice(0, 4), edges });
    const after = layoutGraph({ nodes, edges }, before);
    for (const id of ["a", "b", "c", "d"]) {
      assert.equal(boxOf(after, id).y, boxOf(before, id).y, id);
      assert.ok(Math.abs(boxOf(after, id).x - boxOf(before, id).x) <= 8, `${id} hardly moves`);
    }
  });

  it("should keep the order of what has been shown when something comes between", () => {
    const nodes = ["root", "left", "right", "new"].map((id) => plainNode(id));
    const edges = [data("root", "left"), data("root", "right"), data("root", "new")];
    const before = layoutGraph({ nodes: nodes.slice(0, 3), edges });
    const after = layoutGraph({ nodes, edges }, before);
    assert.ok(boxOf(after, "left").x < boxOf(after, "right").x);
    checkLayout({ nodes, edges }, after);
  });

  it("should put a node straight under the one it depends on", () => {
    const layout = layoutGraph({ nodes: [plainNode("a"), plainNode("b")], edges: [data("a", "b")] });
    assert.equal(boxOf(layout, "a").x, boxOf(layout, "b").x);
  });

  it("should untangle lines that need not cross", () => {
    const nodes = ["a", "b", "c", "d"].map((id) => plainNode(id));
    const layout = layoutGraph({ nodes, edges: [data("a", "d"), data("b", "c")] });
    assert.equal(boxOf(layout, "a").x < boxOf(layout, "b").x, boxOf(layout, "d").x < boxOf(layout, "c").x);
  });

  it("should end an edge at the border of a group that only one end is in", () => {
    const nodes = [plainNode("a"), group("g"), plainNode("in", "g"), plainNode("b")];
    const layout = layoutGraph({ nodes, edges: [data("a", "in"), data("in", "b")] });
    assert.deepEqual(
      layout.edges.map(({ from, to }) => [from, to]),
      [
        ["a", "g"],
        ["g", "b"],
      ],
    );
  });

  it("should draw an edge to something earlier backwards, and leave it out where it only tells the order", () => {
    const nodes = [plainNode("a"), plainNode("b")];
    const [forth, back] = layoutGraph({ nodes, edges: [data("a", "b"), data("b", "a")] }).edges;
    assert.deepEqual([forth?.back, back?.back], [false, true]);
    assert.equal(layoutGraph({ nodes, edges: [data("a", "b"), inOrder("b", "a")] }).edges.length, 1);
  });

  it("should show that data goes along where both data and order lead the same way", () => {
    const nodes = [group("g"), plainNode("x", "g"), plainNode("y", "g"), plainNode("b")];
    const layout = layoutGraph({ nodes, edges: [inOrder("x", "b"), data("y", "b")] });
    assert.deepEqual(
      layout.edges.map(({ kind }) => kind),
      ["data"],
    );
  });

  it("should take a group that would be inside itself out of it", () => {
    const nodes = [
      { ...group("g"), parent: "h" },
      { ...group("h"), parent: "g" },
    ];
    assert.equal(layoutGraph({ nodes, edges: [] }).boxes.size, 2);
  });

  it("should set the items of a map in rows rather than in one line", () => {
    const nodes = [group("map"), ...Array.from({ length: 100 }, (_, index) => plainNode(`i${index}`, "map"))];
    const { width, height } = boxOf(layoutGraph({ nodes, edges: [] }), "map");
    assert.ok(width < 3 * height, `${width} × ${height}`);
  });

  for (const shape of ["chains", "fan", "layers"] as const) {
    it(`should lay out 2,000 nodes in ${shape} without a node on another`, () => {
      const layout = layoutGraph(largeGraph(shape));
      const rows = Map.groupBy(layout.boxes.values(), (box) => box.y);
      for (const row of rows.values()) {
        const sorted = [...row].sort((left, right) => left.x - right.x);
        sorted.forEach((box, place) => {
          const next = sorted[place + 1];
          assert.ok(next === undefined || box.x + box.width <= next.x);
        });
      }
    });
  }

  it("should not make a place for each layer that each of very many long edges passes", () => {
    const nodes = Array.from({ length: 1500 }, (_, index) => plainNode(`n${index}`));
    const edges = nodes.slice(1).flatMap(({ id }, index) => [data(`n${index}`, id), data(`n${index}`, "n1499")]);
    const layout = layoutGraph({ nodes, edges });
    const corners = layout.edges.reduce((sum, edge) => sum + edge.points.length / 2 - 2, 0);
    assert.ok(corners <= 2 * passingPlaces(1500), `${corners} corners`);
  });
});

describe("spread", () => {
  it("should keep distances and come no further from the wanted places than it must", () => {
    const wanted = fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(wanted, (given) => {
        const layer = given.map((_, index) => index);
        const at = spread(
          layer,
          given,
          () => 1,
          () => 10,
        );
        at.forEach((x, index) => {
          if (index > 0) assert.ok(x - (at[index - 1] ?? 0) >= 10 - 1e-6);
        });
        const away = at.reduce((sum, x, index) => sum + x - (given[index] ?? 0), 0);
        assert.ok(Math.abs(away) < 1e-6 * given.length + 1e-6, "least squares leave the mean where it was");
        const fits = given.every((x, index) => index === 0 || x - (given[index - 1] ?? 0) >= 10);
        if (fits) assert.deepEqual(at.map(Math.round), given);
      }),
    );
  });
});

describe("crossings", () => {
  it("should count what comparing all pairs of lines counts", () => {
    const lines = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 20 });
    fc.assert(
      fc.property(lines, (pairs) => {
        const below: number[][] = Array.from({ length: 12 }, () => []);
        for (const [from, to] of pairs) below[from]?.push(6 + to);
        const position = [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5];
        let expected = 0;
        for (const [place, [from, to]] of pairs.entries()) {
          for (const [otherFrom, otherTo] of pairs.slice(place + 1)) {
            if ((from - otherFrom) * (to - otherTo) < 0) expected++;
          }
        }
        const layers = [
          [0, 1, 2, 3, 4, 5],
          [6, 7, 8, 9, 10, 11],
        ];
        assert.equal(crossings(layers, below, position), expected);
      }),
    );
  });
});
