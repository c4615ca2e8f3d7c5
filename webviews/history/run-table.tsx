import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { formatPlural } from "../kit/format.ts";
import { Button } from "../kit/toolkit.ts";
import { VirtualRows } from "../kit/virtual-rows.tsx";
import { Scroller } from "../kit/virtual-scroller.ts";
import type { HistoryStore } from "./history-store.ts";
import { moveInList } from "./list-keys.ts";
import type { RowAction } from "./run-row.ts";
import { RunTableRow } from "./run-table-row.tsx";

export interface RunTableProps {
  readonly store: HistoryStore;
  readonly trusted: boolean;
  /** Two lines a row: there is no room for columns. */
  readonly narrow: ReadonlySignal<boolean>;
  readonly onAction: (action: RowAction, run: FlowRun) => void;
}

const rowHeights = { wide: 28, narrow: 48 } as const;
/** Rows before the end at which the next page is asked for. */
const ahead = 40;

export function RunTable({ store, trusted, narrow, onAction }: RunTableProps): VNode {
  const isNarrow = narrow.value;
  const scroller = useMemo(() => new Scroller(isNarrow ? rowHeights.narrow : rowHeights.wide), [isNarrow]);
  const list = useRef<HTMLDivElement>(null);
  const active = useSignal<string | null>(null);
  const { runs, cursor, waiting } = store.list.value;
  const before = useRef(runs);
  const index = runs.findIndex((run) => run.id === active.value);
  store.atTop = () => scroller.atStart.peek();

  // Runs that came in at the top push the others down; whoever reads further below keeps their place.
  const firstBefore = before.current[0]?.id;
  const added = firstBefore === undefined ? 0 : runs.findIndex((run) => run.id === firstBefore);
  if (before.current !== runs) {
    if (added > 0 && !scroller.atStart.peek()) scroller.inserted(added);
    before.current = runs;
  }
  scroller.setCount(runs.length);

  const range = scroller.range.value;
  useEffect(() => {
    if (cursor !== null && range.to + ahead >= runs.length) store.more();
  }, [range, runs, cursor, store]);

  const onKeyDown = (event: KeyboardEvent) => {
    const run = runs[index];
    if (event.target !== list.current) return;
    if ((event.key === "Enter" || event.key === " ") && run !== undefined) onAction("open", run);
    else {
      const to = moveInList(event.key, index, {
        first: scroller.firstSeen(),
        count: runs.length,
        page: scroller.rowsPerPage(),
      });
      if (to === undefined) return;
      active.value = runs[to]?.id ?? null;
      scroller.scrollToRow(to);
    }
    event.preventDefault();
  };
  return (
    <div class="runs">
      {isNarrow ? null : <HeaderRow />}
      <VirtualRows
        scroller={scroller}
        elementRef={list}
        attributes={{
          class: "runs-list",
          role: "grid",
          tabIndex: 0,
          "aria-label": "Runs, newest first",
          "aria-rowcount": cursor === null ? runs.length : -1,
          ...(index < 0 ? {} : { "aria-activedescendant": `run-row-${runs[index]?.id}` }),
          onKeyDown,
        }}
        draw={(row) => {
          const run = runs[row];
          return run === undefined ? (
            <div key={row} />
          ) : (
            <RunTableRow
              key={run.id}
              run={run}
              row={row}
              narrow={isNarrow}
              active={row === index}
              trusted={trusted}
              onActivate={(id) => {
                active.value = id;
              }}
              onAction={onAction}
            />
          );
        }}
      />
      {waiting.length === 0 ? null : (
        <div class="runs-new">
          <Button
            icon="arrow-up"
            onClick={() => {
              store.showNew();
              scroller.scrollToRow(0, "start");
            }}
          >
            {formatPlural(waiting.length, "new run")}
          </Button>
        </div>
      )}
    </div>
  );
}

function HeaderRow(): VNode {
  return (
    <div class="run-row runs-header" aria-hidden="true">
      <span />
      <span class="run-flow">Flow</span>
      <span class="run-name">Run</span>
      <span class="run-started">Started</span>
      <span class="run-duration">Duration</span>
      <span class="run-tasks">Tasks</span>
      <span class="run-parameters">Parameters</span>
      <span class="run-trigger">By</span>
    </div>
  );
}
