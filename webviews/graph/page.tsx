import "./page.css";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { FlowTarget, StaticGraph } from "../../runtime/protocol/language.ts";
import { fileOf } from "../../runtime/protocol/stack.ts";
import { relativePath } from "../kit/format.ts";
import type { Host } from "../kit/host.ts";
import { usePage } from "../kit/host-context.tsx";
import { EmptyState, Skeleton } from "../kit/notices.tsx";
import { startPage } from "../kit/start-page.tsx";
import { callsInWords } from "./static-model.ts";
import { createStaticSource } from "./static-source.ts";
import { GraphView } from "./view/graph-view.tsx";

function Page({ host }: { readonly host: Host }): VNode {
  const { identity } = host;
  if (identity.page !== "graph") throw new Error(`This is the page of a graph, not of ${identity.page}.`);
  const { target } = identity;
  const { surroundings } = usePage();
  const graph = useSignal<StaticGraph | null | undefined>(undefined);
  useEffect(() => {
    host.setTitle(`Graph · ${target.name}`);
    let told = false;
    const end = host.onEvent((event) => {
      if (event.type !== "graph") return;
      told = true;
      // Half-typed code may have no such flow for a moment: what was drawn stays.
      if (event.graph !== null || graph.peek() === undefined) graph.value = event.graph;
    });
    host.call("staticGraph", target).then(
      (found) => {
        if (!told) graph.value = found;
      },
      () => {
        if (!told) graph.value = null;
      },
    );
    return end;
  }, [host, target, graph]);

  if (graph.value === undefined) return <Skeleton label="Reading the flow" />;
  if (graph.value === null) {
    return (
      <>
        <h1 class="visually-hidden">{target.name}</h1>
        <EmptyState centred>
          There is no flow {target.name} in {relativePath(fileOf(target.uri) ?? target.uri, surroundings.value.folders)}
          . It may have another name by now: close this page, and choose Show Flow Graph in the Flows view.
        </EmptyState>
      </>
    );
  }
  return <FlowGraph host={host} target={target} graph={graph.value} />;
}

interface FlowGraphProps {
  readonly host: Host;
  readonly target: FlowTarget;
  readonly graph: StaticGraph;
}

function FlowGraph({ host, target, graph }: FlowGraphProps): VNode {
  const current = useSignal(graph);
  current.value = graph;
  const source = useMemo(
    () =>
      createStaticSource({
        graph: current,
        openCode(node, beside) {
          const file = fileOf(node.uri) ?? node.uri;
          const { line, character } = node.range.start;
          void host.call("openSource", { file, line: line + 1, column: character + 1, beside });
        },
      }),
    [host, current],
  );
  return (
    <div class="flow-graph">
      <header class="flow-graph-header">
        <h1 class="ellipsis">{target.name}</h1>
        <span class="muted">{callsInWords(graph)}</span>
      </header>
      {graph.notes.length === 0 ? null : (
        <ul class="flow-graph-notes muted" aria-label="What could not be followed">
          {graph.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {graph.nodes.length === 0 ? (
        <EmptyState centred>This flow calls no task yet. What it calls is drawn here as you type.</EmptyState>
      ) : (
        <div class="flow-graph-body">
          <GraphView
            source={source}
            label={`Graph of ${target.name}. Arrow keys go along the edges, Space shows the code, Enter opens it.`}
          />
        </div>
      )}
    </div>
  );
}

startPage((host) => <Page host={host} />);
