import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { TaskRun } from "../../../runtime/protocol/api.ts";
import type { LogRecord } from "../../../runtime/protocol/records.ts";
import { formatClock, formatPlural } from "../../kit/format.ts";
import type { Host } from "../../kit/host.ts";
import { stripAnsi } from "../logs/ansi.ts";
import type { RunStore } from "../store.ts";

const lines = 20;

interface Tail {
  readonly of: string;
  readonly lines: readonly LogRecord[];
  readonly total: number;
}

/** The last lines of one task; the Logs tab has them all. */
export function TaskLog(props: { readonly store: RunStore; readonly host: Host; readonly task: TaskRun }): VNode {
  const { store, host, task } = props;
  const tail = useSignal<Tail | null>(null);
  const id = task.id;
  const version = task.state.timestamp;
  useEffect(() => {
    let current = version !== "";
    let waiting = false;
    const read = async () => {
      const filter = { task_run_id: id };
      const input = { params: { id: store.runId }, body: { filter, start: -lines, count: lines } };
      const found = await host.api("POST /api/flow_runs/:id/logs/window", input).catch(() => null);
      if (current) tail.value = { of: id, lines: found?.lines ?? [], total: found?.total ?? 0 };
    };
    void read();
    // Lines that come are read again in a moment, many at once.
    const end = store.onLogs((event) => {
      if (waiting || !event.logs.some((line) => line.task_run_id === id)) return;
      waiting = true;
      setTimeout(() => {
        waiting = false;
        if (current) void read();
      }, 250);
    });
    return () => {
      current = false;
      end();
    };
  }, [host, store, id, version, tail]);

  const shown = tail.value;
  if (shown === null || shown.of !== id) return <p class="muted">Reading…</p>;
  if (shown.total === 0) return <p class="muted">It wrote nothing.</p>;
  return (
    <>
      {shown.total > shown.lines.length ? (
        <p class="muted">
          The last {formatPlural(shown.lines.length, "line")} of {shown.total.toLocaleString("en-US")}
        </p>
      ) : null}
      <ol class="task-log mono">
        {shown.lines.map((line, place) => (
          <li key={place} class={line.level >= 40 ? "log-error" : line.level >= 30 ? "log-warn" : undefined}>
            <span class="muted">{formatClock(line.at).slice(0, 8)}</span> {stripAnsi(line.message)}
          </li>
        ))}
      </ol>
    </>
  );
}
