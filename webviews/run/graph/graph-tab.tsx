import type { Signal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { TaskRun } from "../../../runtime/protocol/api.ts";
import { GraphView } from "../../graph/view/graph-view.tsx";
import { EmptyState, Skeleton } from "../../kit/notices.tsx";
import type { RunStore, Selection } from "../store.ts";
import type { Opened } from "./model.ts";
import { createRunGraphSource } from "./source.ts";

export interface GraphTabProps {
  readonly store: RunStore;
  readonly selection: Selection;
  readonly opened: Signal<Opened>;
  readonly openCode: (task: TaskRun) => void;
}

export function GraphTab({ store, selection, opened, openCode }: GraphTabProps): VNode {
  const source = useMemo(
    () => createRunGraphSource({ store, selection, opened, openCode }),
    [store, selection, opened, openCode],
  );
  useEffect(() => () => source.dispose(), [source]);
  if (source.drawing.value.boxes.size === 0) {
    if (!store.tasksRead.value) return <Skeleton label="Reading the tasks" />;
    return (
      <EmptyState centred>{store.live.value ? "No task has begun yet." : "This run has called no task."}</EmptyState>
    );
  }
  return (
    <GraphView
      source={source}
      label="Graph of the run. Arrow keys go along the edges, Space shows a task, Enter opens its code, Shift+Enter opens and closes a box."
    />
  );
}
