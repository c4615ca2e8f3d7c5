/** The graph of a flow as its source is typed: what stays the same stays in place. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { GraphNode, StaticGraph } from "../../runtime/protocol/language.ts";
import { drawStatic, type StaticDrawing, staticLook } from "./static-model.ts";
import { type GraphSource, noLook } from "./view/types.ts";

export interface StaticSourceOptions {
  readonly graph: ReadonlySignal<StaticGraph>;
  readonly openCode: (node: GraphNode, aside: boolean) => void;
}

export function createStaticSource({ graph, openCode }: StaticSourceOptions): GraphSource {
  const tidied: Signal<number> = signal(0);
  let before: StaticDrawing | undefined;
  let tidyBefore = 0;
  const drawing = computed<StaticDrawing>(() => {
    const tidy = tidied.value;
    before = drawStatic(graph.value, tidy === tidyBefore ? before?.layout : undefined);
    tidyBefore = tidy;
    return before;
  });
  const selected = signal<string | null>(null);
  return {
    drawing,
    looks: computed(() => {
      graph.value;
      return tidied.value;
    }),
    look(id) {
      const node = drawing.value.nodes.get(id);
      return node === undefined ? noLook : staticLook(node);
    },
    selected,
    select(id) {
      selected.value = id;
      const node = id === null ? undefined : drawing.peek().nodes.get(id);
      // One click shows the code and leaves the focus here, so that arrows go on.
      if (node !== undefined) openCode(node, true);
    },
    open(id) {
      const node = drawing.peek().nodes.get(id);
      if (node !== undefined) openCode(node, false);
    },
    toggle() {},
    tidy() {
      tidied.value++;
    },
  };
}
