import "./logs.css";
import type { VNode } from "preact";
import { useCallback, useEffect, useMemo, useRef } from "preact/hooks";
import { formatPlural } from "../../kit/format.ts";
import type { Host } from "../../kit/host.ts";
import { usePage } from "../../kit/host-context.tsx";
import { Banner, EmptyState, Skeleton } from "../../kit/notices.tsx";
import { Button } from "../../kit/toolkit.ts";
import { VirtualRows } from "../../kit/virtual-rows.tsx";
import type { RunStore, Selection } from "../store.ts";
import { copySelection, heldRows } from "./copy.ts";
import { FindBox } from "./find-box.tsx";
import { copyRows, handleKey } from "./keys.ts";
import { resolveFile } from "./links.ts";
import { type LogLink, LogRow } from "./log-row.tsx";
import { createLogView, type LogView } from "./log-view.ts";
import { taskName } from "./task-name.ts";
import { LogToolbar } from "./toolbar.tsx";

export interface LogsTabProps {
  readonly store: RunStore;
  readonly host: Host;
  readonly selection: Selection;
}

export function LogsTab({ store, host, selection }: LogsTabProps): VNode {
  const view = useMemo(() => createLogView({ store, host, selection }), [store, host, selection]);
  useEffect(() => view.start(), [view]);
  const list = useRef<HTMLDivElement>(null);
  const closeFind = () => {
    view.find.close();
    list.current?.focus();
  };
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "f" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      view.find.show();
      const input = document.querySelector<HTMLInputElement>(".log-find input");
      input?.focus();
      input?.select();
    };
    const onSelection = () => view.scroller.hold(heldRows(list.current));
    document.addEventListener("keydown", onKeyDown);
    document.addEventListener("selectionchange", onSelection);
    return () => {
      document.removeEventListener("keydown", onKeyDown);
      document.removeEventListener("selectionchange", onSelection);
    };
  }, [view]);
  return (
    <section class="logs" aria-label="Log">
      <LogToolbar view={view} store={store} host={host} selection={selection} />
      <LogProblem view={view} />
      <div class="logs-body">
        {view.find.open.value ? <FindBox find={view.find} onClose={closeFind} /> : null}
        <LogBody view={view} store={store} host={host} selection={selection} list={list} />
        <JumpToLatest view={view} live={store.live.value} />
      </div>
    </section>
  );
}

function LogProblem({ view }: { readonly view: LogView }): VNode | null {
  const { value: problem } = view.problem;
  if (problem === null) return null;
  return (
    <div class="logs-problem">
      <Banner kind="warning" actions={[{ title: "Try again", run: view.retry }]}>
        The log could not be read{view.known.value ? " further" : ""}: {problem}
      </Banner>
    </div>
  );
}

interface LogBodyProps extends LogsTabProps {
  readonly view: LogView;
  readonly list: { current: HTMLDivElement | null };
}

function LogBody(props: LogBodyProps): VNode | null {
  const { view, store, selection } = props;
  if (!view.known.value) return view.problem.value === null ? <Skeleton rows={12} label="Reading the log" /> : null;
  if (view.total.value > 0) return <LogLines {...props} />;
  const taskRunId = selection.taskRunId.value;
  if (view.level.value > 0) {
    const clear = () => {
      view.level.value = 0;
    };
    return (
      <EmptyState actions={[{ title: "Show all levels", run: clear }]}>
        No line of this log is that important.
      </EmptyState>
    );
  }
  if (taskRunId !== null) {
    const clear = { title: "Show the lines of all tasks", run: () => selection.select(null) };
    return <EmptyState actions={[clear]}>{store.task(taskRunId)?.name ?? "This task"} logged nothing.</EmptyState>;
  }
  return store.live.value ? (
    <EmptyState>Nothing was logged yet. Lines appear here as they are written.</EmptyState>
  ) : (
    <EmptyState>
      This run logged nothing. What tasks write with <code>log.info(…)</code> or <code>console.log(…)</code> appears
      here.
    </EmptyState>
  );
}

function LogLines({ view, store, host, selection, list }: LogBodyProps): VNode {
  const { attempt } = usePage();
  const run = store.run.value;
  const start = Date.parse(run?.start_time ?? run?.created ?? "") || 0;
  const wanted = view.find.open.value ? view.find.text.value : "";
  // Lines came, or names of tasks did.
  view.revision.value;
  store.tasks.value;
  const active = view.active.value;
  const anchor = view.anchor.value ?? active;
  const [low, high] =
    active === null || anchor === null ? [-1, -1] : [Math.min(active, anchor), Math.max(active, anchor)];
  const onTask = useCallback((id: string) => selection.select(id), [selection]);
  const onLink = useCallback(
    (link: LogLink) => {
      attempt(
        link.kind === "url"
          ? host.call("openExternal", { url: link.url })
          : host.call("openSource", {
              file: resolveFile(link.file, store.run.peek()?.cwd ?? null),
              line: link.line,
              ...(link.column === undefined ? {} : { column: link.column }),
              run_id: store.runId,
            }),
      );
    },
    [host, store, attempt],
  );
  return (
    <VirtualRows
      scroller={view.scroller}
      measure
      elementRef={list}
      attributes={{
        class: view.wrap.value ? "log-lines log-wrap" : "log-lines",
        role: "grid",
        tabIndex: 0,
        "aria-label": "Log lines",
        "aria-rowcount": view.total.value,
        "aria-colcount": 4,
        "aria-multiselectable": "true",
        ...(active === null ? {} : { "aria-activedescendant": `log-line-${active}` }),
        onKeyDown: (event) => handleKey(event, view, () => attempt(copyRows(view, host, store))),
        onCopy: (event) => copySelection(event, view, store),
      }}
      draw={(index) => {
        const line = view.line(index);
        return (
          <LogRow
            key={index}
            index={index}
            line={line}
            task={line === undefined ? "" : taskName(store, line)}
            times={view.times.value}
            start={start}
            expanded={view.expanded.value.has(index)}
            active={index === active}
            selected={low !== high && index >= low && index <= high}
            wanted={wanted}
            found={index === view.find.current.value}
            onToggle={view.toggle}
            onActivate={view.activate}
            onTask={onTask}
            onLink={onLink}
          />
        );
      }}
    />
  );
}

function JumpToLatest({ view, live }: { readonly view: LogView; readonly live: boolean }): VNode | null {
  const { value: unseen } = view.unseen;
  if (view.scroller.atEnd.value || (!live && unseen === 0)) return null;
  return (
    <div class="logs-latest">
      <Button icon="arrow-down" onClick={() => view.scroller.scrollToEnd()}>
        {unseen === 0 ? "Jump to latest" : `Jump to latest · ${formatPlural(unseen, "new line")}`}
      </Button>
    </div>
  );
}
