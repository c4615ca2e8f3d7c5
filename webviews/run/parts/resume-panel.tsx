import "./panels.css";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { ResumePlan, TaskRun } from "../../../runtime/protocol/api.ts";
import type { ResumeOptions } from "../../../runtime/protocol/live.ts";
import type { Host } from "../../kit/host.ts";
import { Icon } from "../../kit/icon.tsx";
import { Banner, Skeleton } from "../../kit/notices.tsx";
import { Button, Checkbox } from "../../kit/toolkit.ts";
import { VirtualRows } from "../../kit/virtual-rows.tsx";
import { Scroller } from "../../kit/virtual-scroller.ts";
import { type ResumeLine, resumeLines, resumeOptions, resumeSummary } from "../resume-choice.ts";

export interface ResumePanelProps {
  readonly host: Host;
  readonly runId: string;
  /** Resume from here; null to go on where the run ended. */
  readonly from: TaskRun | null;
  readonly onClose: () => void;
}

const rowHeight = 24;
/** Rows that are moved by a transform cannot be those of a table element. */
const rowRole = (row: number) => ({ role: "row", "aria-rowindex": row + 1 }) as const;
const cell = { role: "cell" } as const;

/** What a resume would do, before it does it. */
export function ResumePanel({ host, runId, from, onClose }: ResumePanelProps): VNode {
  const plan = useSignal<ResumePlan | null>(null);
  const problem = useSignal<string | null>(null);
  const ticked = useSignal<ReadonlySet<string>>(new Set());
  const busy = useSignal(false);
  const frame = useRef<HTMLElement>(null);
  /** What opened it gets the keyboard back. */
  const opener = useRef(document.activeElement);
  const close = () => {
    onClose();
    // A button that was disabled meanwhile takes it only when it is drawn again: at the end of the next frame.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (opener.current instanceof HTMLElement && opener.current.isConnected) opener.current.focus();
      }),
    );
  };
  const fromId = from?.id ?? null;
  const base = useMemo(
    (): ResumeOptions => ({ mode: "resume", ...(fromId === null ? {} : { from: [fromId] }) }),
    [fromId],
  );
  useEffect(() => {
    plan.value = null;
    problem.value = null;
    ticked.value = new Set();
    host.api("POST /api/flow_runs/:id/plan", { params: { id: runId }, body: base }).then(
      (found) => {
        plan.value = found;
      },
      (thrown: unknown) => {
        problem.value = thrown instanceof Error ? thrown.message : String(thrown);
      },
    );
  }, [host, runId, base, plan, problem, ticked]);

  const found = plan.value;
  const lines = useMemo(() => (found === null ? [] : resumeLines(found)), [found]);
  useEffect(() => {
    // Enter resumes then.
    if (found !== null) frame.current?.querySelector<HTMLElement>(".run-panel-actions mr-button")?.focus();
  }, [found]);
  const resume = async () => {
    if (found === null || busy.value) return;
    busy.value = true;
    try {
      await host.call("resumeRun", { run_id: runId, options: resumeOptions(base, found, ticked.value) });
      onClose();
    } catch (thrown) {
      problem.value = thrown instanceof Error ? thrown.message : String(thrown);
    } finally {
      busy.value = false;
    }
  };
  const tick = (id: string, on: boolean) => {
    const next = new Set(ticked.value);
    if (on) next.add(id);
    else next.delete(id);
    ticked.value = next;
  };
  return (
    <section
      class="run-panel"
      aria-label="Resume"
      ref={frame}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        close();
      }}
    >
      <h2>{from === null ? "Resume" : `Resume from ${from.name}`}</h2>
      {problem.value === null ? null : <Banner kind="error">{problem.value}</Banner>}
      {found === null ? (
        problem.value === null ? (
          <Skeleton rows={3} label="Reading what a resume would do" />
        ) : null
      ) : (
        <>
          <p>{resumeSummary(lines, ticked.value)}</p>
          <Lines lines={lines} ticked={ticked.value} tick={tick} />
        </>
      )}
      <div class="toolbar run-panel-actions">
        <Button
          kind="primary"
          icon="debug-continue"
          disabled={found === null || busy.value}
          onClick={() => void resume()}
        >
          Resume
        </Button>
        <Button onClick={close}>Not Now</Button>
      </div>
    </section>
  );
}

interface LinesProps {
  readonly lines: readonly ResumeLine[];
  readonly ticked: ReadonlySet<string>;
  readonly tick: (id: string, on: boolean) => void;
}

function Lines({ lines, ticked, tick }: LinesProps): VNode | null {
  const scroller = useMemo(() => new Scroller(rowHeight), []);
  scroller.setCount(lines.length);
  if (lines.length === 0) return null;
  return (
    <div class="resume-lines" style={{ height: `${Math.min(lines.length, 8) * rowHeight + 2}px` }}>
      <VirtualRows
        scroller={scroller}
        attributes={{ role: "table", "aria-label": "What becomes of each task", "aria-rowcount": lines.length }}
        draw={(row) => <Line key={row} line={lines[row]} row={row} ticked={ticked} tick={tick} />}
      />
    </div>
  );
}

function Line(props: Omit<LinesProps, "lines"> & { line: ResumeLine | undefined; row: number }): VNode {
  const { line, row, ticked, tick } = props;
  if (line === undefined) return <div />;
  const { task, fate, note, choice } = line;
  const again = ticked.has(task.task_run_id);
  const runs = fate === "runs" || again;
  return (
    <div class={choice ? "resume-line with-choice" : "resume-line"} {...rowRole(row)}>
      <span {...cell} class={runs ? "resume-fate state-running" : "resume-fate state-completed"}>
        <Icon name={runs ? "play" : "check"} />
        {runs ? "will run" : "kept"}
      </span>
      <span {...cell} class="ellipsis" title={note === "" ? task.name : `${task.name}: ${note}`}>
        {task.name}
      </span>
      <span
        {...cell}
        class={note !== "" && fate === "kept" ? "ellipsis resume-changed" : "ellipsis muted"}
        title={note}
      >
        {note}
      </span>
      <span {...cell} class="resume-choice">
        {choice ? (
          <Checkbox value={again} label={`Run ${task.name} again`} onChange={(on) => tick(task.task_run_id, on)}>
            Run again
          </Checkbox>
        ) : null}
      </span>
    </div>
  );
}
