import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fit, keepInSight, reveal, scales, seen, touches, zoomAt } from "../../../../webviews/graph/view/camera.ts";
import { nextBox } from "../../../../webviews/graph/view/navigate.ts";
import { layoutGraph } from "../../../../webviews/layout/graph.ts";
import { data, group, plainNode } from "../layout/samples.ts";

const area = { width: 800, height: 600 };
const length = fc.integer({ min: 1, max: 100_000 });
const place = fc.integer({ min: -50_000, max: 50_000 });
const boxes = fc.record({ x: place, y: place, width: length, height: length });
const cameras = fc.record({
  x: place,
  y: place,
  scale: fc.double({ min: scales.least, max: scales.most, noNaN: true }),
});

describe("camera", () => {
  it("should show all of a graph, and never larger than life", () => {
    fc.assert(
      fc.property(boxes, (bounds) => {
        const { x, y, scale } = fit(bounds, area);
        assert.ok(scale <= 1);
        if (scale <= scales.least) return;
        assert.ok(x + bounds.x * scale >= -1 && x + (bounds.x + bounds.width) * scale <= area.width + 1);
        assert.ok(y + bounds.y * scale >= -1 && y + (bounds.y + bounds.height) * scale <= area.height + 1);
      }),
    );
  });

  it("should begin at the top of a graph that cannot be shown legibly as a whole", () => {
    const camera = fit({ x: 0, y: 0, width: 200, height: 9000 }, area, scales.readable);
    assert.deepEqual([camera.scale, camera.y], [scales.readable, 24]);
  });

  it("should set a graph that leaves room above the middle, not at the edge", () => {
    const { y, scale } = fit({ x: 0, y: 0, width: 180, height: 40 }, area, scales.readable);
    assert.equal(scale, 1);
    assert.ok(y > area.height / 5 && y + 40 < area.height / 2);
  });

  it("should keep the point under the mouse where it is while zooming", () => {
    fc.assert(
      fc.property(
        cameras,
        fc.nat(800),
        fc.nat(600),
        fc.double({ min: 0.2, max: 5, noNaN: true }),
        (camera, x, y, by) => {
          const after = zoomAt(camera, { x, y }, by);
          const before = { x: (x - camera.x) / camera.scale, y: (y - camera.y) / camera.scale };
          assert.ok(Math.abs(after.x + before.x * after.scale - x) < 1e-6 * 1e5);
          assert.ok(Math.abs(after.y + before.y * after.scale - y) < 1e-6 * 1e5);
        },
      ),
    );
  });

  it("should not let the graph be lost from sight", () => {
    fc.assert(
      fc.property(cameras, boxes, (camera, bounds) => {
        assert.ok(touches(bounds, seen(keepInSight(camera, bounds, area), area)));
      }),
    );
  });

  it("should bring a box into sight, and not move when it is there", () => {
    const box = fc.record({ x: place, y: place, width: fc.constant(208), height: fc.constant(44) });
    fc.assert(
      fc.property(cameras, box, (camera, target) => {
        const after = reveal(camera, target, area);
        assert.ok(touches(target, seen(after, area)));
        const again = reveal(after, target, area);
        assert.ok(Math.abs(again.x - after.x) < 1e-6 && Math.abs(again.y - after.y) < 1e-6);
      }),
    );
  });
});

describe("nextBox", () => {
  const nodes = [plainNode("a"), plainNode("b"), plainNode("c"), group("g"), plainNode("in", "g")];
  const layout = layoutGraph({ nodes, edges: [data("a", "b"), data("a", "c"), data("b", "g")] });

  it("should go along the edges up and down, and to the neighbour sideways", () => {
    const [left, right] = ["b", "c"].sort(
      (one, other) => (layout.boxes.get(one)?.x ?? 0) - (layout.boxes.get(other)?.x ?? 0),
    );
    assert.ok(["b", "c"].includes(nextBox(layout, "a", "down") ?? ""));
    assert.equal(nextBox(layout, "c", "up"), "a");
    assert.equal(nextBox(layout, "b", "down"), "g");
    assert.equal(nextBox(layout, left ?? "", "right"), right);
    assert.equal(nextBox(layout, right ?? "", "left"), left);
    assert.equal(nextBox(layout, left ?? "", "left"), undefined);
  });

  it("should go into a group where no edge leads on", () => {
    assert.equal(nextBox(layout, "g", "down"), "in");
    assert.equal(nextBox(layout, "in", "up"), "g");
  });

  it("should begin at the first box where it is nowhere", () => {
    assert.equal(nextBox(layout, "gone", "down"), "a");
    assert.equal(nextBox(layout, "a", "up"), undefined);
  });
});
