import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { signal } from "@preact/signals-core";
import type { GraphEdge, GraphNode, StaticGraph } from "../../../../runtime/protocol/language.ts";
import { callsInWords, drawStatic, staticLook } from "../../../../webviews/graph/static-model.ts";
import { createStaticSource } from "../../../../webviews/graph/static-source.ts";

const node = (id: string, more: Partial<GraphNode> = {}): GraphNode => ({
  id,
  kind: "task",
  label: id,
  mapped: false,
  parent: null,
  uri: "file:///etl.ts",
  range: { start: { line: 4, character: 2 }, end: { line: 4, character: 9 } },
  ...more,
});
const edge = (from: string, to: string): GraphEdge => ({ from, to, kind: "data", label: null });
const graph = (nodes: readonly GraphNode[], edges: readonly GraphEdge[] = []): StaticGraph => ({
  uri: "file:///etl.ts",
  version: 1,
  flow: "etl",
  nodes,
  edges,
  notes: [],
});

describe("callsInWords", () => {
  it("should count flows beside tasks, and tell no zero", () => {
    const [task, flow] = [node("a"), node("b", { kind: "subflow" })];
    assert.equal(callsInWords(graph([task, flow])), "1 task call and 1 flow call, as the source tells it");
    assert.equal(callsInWords(graph([flow, node("c", { kind: "subflow" })])), "2 flow calls, as the source tells it");
    assert.equal(callsInWords(graph([node("p", { kind: "parameters" })])), "calls nothing yet");
  });
});

describe("drawStatic", () => {
  it("should draw a loop around what is in it, and a task that is mapped as several", () => {
    const drawn = drawStatic(graph([node("loop", { kind: "loop" }), node("fetch", { parent: "loop", mapped: true })]));
    const [loop, fetch] = [drawn.boxes.get("loop"), drawn.boxes.get("fetch")];
    assert.deepEqual([loop?.group, fetch?.parent, fetch?.kind, fetch?.many], [true, "loop", "map", true]);
  });

  it("should begin with the parameters and end with the result, wherever they stand", () => {
    const nodes = [node("result", { kind: "result" }), node("a"), node("b"), node("p", { kind: "parameters" })];
    const { layout } = drawStatic(graph(nodes, [edge("p", "result"), edge("p", "a"), edge("a", "b")]));
    const top = (id: string) => layout.boxes.get(id)?.y ?? Number.NaN;
    assert.ok(top("p") < top("a") && top("a") < top("b") && top("b") < top("result"));
    assert.deepEqual(
      layout.edges.map(({ back }) => back),
      [false, false, false],
    );
  });

  it("should take a node whose parent there is not for one at the top", () => {
    assert.equal(drawStatic(graph([node("a", { parent: "gone" })])).boxes.size, 1);
  });

  it("should say what each node is and where it stands", () => {
    assert.equal(staticLook(node("fetch", { mapped: true })).name, "fetch, task, once per item, line 5");
    assert.equal(staticLook(node("parameters", { kind: "parameters" })).name, "parameters, line 5");
    assert.equal(staticLook(node("if x", { kind: "branch" })).detail, "line 5");
  });
});

describe("createStaticSource", () => {
  it("should keep in place what stays while one types, and open the code of what is chosen", () => {
    const current = signal(graph([node("a"), node("b")], [edge("a", "b")]));
    const opened: string[] = [];
    const source = createStaticSource({ graph: current, openCode: ({ id }, beside) => opened.push(`${id} ${beside}`) });
    const before = source.drawing.value.layout.boxes.get("a");
    current.value = graph([node("a"), node("b"), node("c")], [edge("a", "b"), edge("a", "c")]);
    const { boxes } = source.drawing.value.layout;
    assert.equal(boxes.size, 3);
    assert.ok(Math.abs((boxes.get("a")?.x ?? 0) - (before?.x ?? 0)) <= 8);
    source.select("c");
    source.open("a");
    assert.deepEqual([opened, source.selected.value], [["c true", "a false"], "c"]);
    source.tidy();
    assert.equal(source.drawing.value.boxes.size, 3);
  });
});
