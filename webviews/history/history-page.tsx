import { signal } from "@preact/signals";
import type { VNode } from "preact";
import { useCallback, useEffect, useMemo } from "preact/hooks";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { usePage } from "../kit/host-context.tsx";
import { Skeleton } from "../kit/notices.tsx";
import { readBoolean, readOneOf, remembered } from "../kit/remembered.ts";
import { Button } from "../kit/toolkit.ts";
import { BackfillProgress } from "./backfill.tsx";
import { Chart } from "./chart.tsx";
import { ChartTable } from "./chart-table.tsx";
import { Coming } from "./coming.tsx";
import { FilterBar, StateSwitches } from "./filter-bar.tsx";
import { isFiltered } from "./filters.ts";
import { TaskGrid } from "./grid.tsx";
import { createHistoryStore } from "./history-store.ts";
import { Footer, Nothing, Notices } from "./page-notices.tsx";
import type { RowAction } from "./run-row.ts";
import { RunTable } from "./run-table.tsx";

/** Pixels that a bucket of the chart gets at least. */
const bucketWidth = 14;

/** In steps, so that dragging the window's edge does not ask for each pixel. */
function bucketsIn(width: number): number {
  return Math.max(12, Math.min(96, Math.floor(width / bucketWidth / 8) * 8));
}

export function HistoryPage(): VNode {
  const { host, surroundings, attempt } = usePage();
  const { store, views } = useMemo(
    () => ({
      store: createHistoryStore({ host, surroundings, buckets: bucketsIn(innerWidth) }),
      views: {
        chart: remembered(host, "history.chart", true, readBoolean),
        table: remembered(host, "history.table", false, readBoolean),
        tab: remembered<"list" | "grid">(host, "history.tab", "list", readOneOf(["list", "grid"])),
      },
    }),
    [host, surroundings],
  );
  useEffect(() => store.start(), [store]);
  const onWidth = useCallback(
    (width: number) => {
      store.buckets.value = bucketsIn(width);
    },
    [store],
  );
  const narrow = useNarrow();
  const onOpen = useCallback(
    (runId: string, taskRunId?: string) =>
      attempt(host.call("openRun", { run_id: runId, ...(taskRunId === undefined ? {} : { task_run_id: taskRunId }) })),
    [host, attempt],
  );
  const onAction = useCallback(
    (action: RowAction, run: FlowRun) => {
      const input = { run_id: run.id };
      const done: Promise<unknown> =
        action === "cancel"
          ? host.call("cancelRun", input)
          : action === "resume"
            ? host.call("resumeRun", { ...input, options: { mode: "resume" } })
            : action === "again"
              ? host.call("runAgain", input)
              : host.call("openRun", input);
      attempt(done);
    },
    [host, attempt],
  );
  const history = store.history.value;
  const grid = store.grid.value;
  const showsGrid = grid !== null && views.tab.value === "grid";
  const isEmpty = store.phase.value === "ready" && store.list.value.runs.length === 0;
  const hasChart = history !== null && history.total > 0 && history.buckets.length > 0;
  const choice = store.choice.value;
  const nothingAtAll = isEmpty && !isFiltered(choice);
  return (
    <div class="history">
      <h1 class="visually-hidden">Run History</h1>
      <FilterBar store={store} />
      <Notices store={store} />
      {choice.backfill === null ? null : (
        <BackfillProgress
          id={choice.backfill}
          showAll={() => {
            store.choice.value = { ...store.choice.peek(), backfill: null };
          }}
        />
      )}
      {nothingAtAll ? null : (
        <div class="history-line">
          <StateSwitches store={store} />
          <span class="history-tools">
            {grid === null ? null : (
              <Button
                kind="icon"
                icon="table"
                title="Tasks of the Last Runs"
                pressed={showsGrid}
                onClick={() => {
                  views.tab.value = showsGrid ? "list" : "grid";
                }}
              />
            )}
            {hasChart ? (
              <>
                <Button
                  kind="icon"
                  icon="list-flat"
                  title="Chart as Table"
                  pressed={views.table.value && views.chart.value}
                  onClick={() => {
                    views.table.value = !(views.table.value && views.chart.value);
                    views.chart.value = true;
                  }}
                />
                <Button
                  kind="icon"
                  icon="graph"
                  title={views.chart.value ? "Hide Chart" : "Show Chart"}
                  pressed={views.chart.value}
                  onClick={() => {
                    views.chart.value = !views.chart.value;
                  }}
                />
              </>
            ) : null}
          </span>
        </div>
      )}
      {hasChart && views.chart.value ? (
        views.table.value ? (
          <ChartTable history={history} />
        ) : (
          <Chart
            history={history}
            span={choice.span}
            onWidth={onWidth}
            onSpan={(span) => {
              store.choice.value = { ...store.choice.peek(), span };
            }}
          />
        )
      ) : null}
      <Coming upcoming={store.upcoming.value} />
      <div class="history-body">
        {store.phase.value === "loading" ? (
          <Skeleton rows={10} label="Reading runs" />
        ) : showsGrid ? (
          <TaskGrid grid={grid} onOpen={onOpen} />
        ) : isEmpty ? (
          <Nothing store={store} />
        ) : store.phase.value === "failed" ? null : (
          <RunTable store={store} trusted={surroundings.value.trusted} narrow={narrow} onAction={onAction} />
        )}
      </div>
      <Footer store={store} shown={!isEmpty && store.phase.value === "ready"} />
    </div>
  );
}

function useNarrow() {
  const narrow = useMemo(() => signal(matchMedia("(max-width: 719px)").matches), []);
  useEffect(() => {
    const query = matchMedia("(max-width: 719px)");
    const apply = () => {
      narrow.value = query.matches;
    };
    query.addEventListener("change", apply);
    return () => query.removeEventListener("change", apply);
  }, [narrow]);
  return narrow;
}
