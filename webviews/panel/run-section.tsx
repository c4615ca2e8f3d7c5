/** The live run of the flow, or its last one. */
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { plainValue } from "../../runtime/protocol/fold/plain-values.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import { formatClock, formatPlural, relativePath } from "../kit/format.ts";
import { usePage } from "../kit/host-context.tsx";
import { Link } from "../kit/link.tsx";
import { Skeleton } from "../kit/notices.tsx";
import { StateIcon, StateLabel } from "../kit/state.tsx";
import { stateLook } from "../kit/state-look.ts";
import { Duration, RelativeTime } from "../kit/times.tsx";
import { Button } from "../kit/toolkit.ts";
import type { PanelRun } from "./panel-run.ts";
import type { PanelState } from "./panel-state.ts";
import { progressOf, type TaskLine, taskLines } from "./task-lines.ts";

/** Lines of tasks and lines of log that leave the form in sight. */
const taskRoom = 8;

export interface RunSectionProps {
  readonly state: PanelState;
  readonly run: PanelRun;
}

export function RunSection({ state, run }: RunSectionProps): VNode | null {
  const { announce } = usePage();
  const flowRun = run.store.run.value;
  const phase = run.store.phase.value;
  const spoken =
    flowRun === null ? null : `${flowRun.flow_name}: ${stateLook(flowRun.state_type, flowRun.state_name).word}`;
  const before = useRef(spoken);
  useEffect(() => {
    // What was so when the view was opened is no news.
    if (spoken !== null && before.current !== null && spoken !== before.current) announce(spoken, "state");
    before.current = spoken;
  }, [spoken, announce]);
  if (phase === "deleted" || (phase === "failed" && flowRun === null)) return null;
  return (
    <section
      class="panel-last"
      aria-label={flowRun !== null && !isTerminal(flowRun.state_type) ? "This run" : "Last run"}
    >
      {flowRun === null ? (
        <Skeleton rows={3} label="Reading the last run" />
      ) : (
        <Run state={state} run={run} flowRun={flowRun} />
      )}
    </section>
  );
}

function Run({ state, run, flowRun }: RunSectionProps & { readonly flowRun: FlowRun }): VNode {
  const { host } = usePage();
  const tasks = run.store.tasks.value.current().filter((task) => task.flow_run_id === flowRun.id);
  const { lines, more } = taskLines(tasks, taskRoom);
  const isLive = !isTerminal(flowRun.state_type);
  const from = Date.parse(flowRun.start_time ?? flowRun.created);
  const to = flowRun.end_time === null ? null : Date.parse(flowRun.end_time);
  const open = (task_run_id?: string) =>
    void state.attempt(() =>
      host.call("openRun", { run_id: flowRun.id, ...(task_run_id === undefined ? {} : { task_run_id }) }),
    );
  return (
    <>
      <div class="panel-section-head">
        <h2>{isLive ? "This run" : "Last run"}</h2>
        <Link title={`Open the page of run ${flowRun.name}`} onClick={() => open()}>
          Open Run
        </Link>
      </div>
      <p class="panel-state">
        <StateLabel type={flowRun.state_type} name={flowRun.state_name} />
        <span class="muted ellipsis">
          {flowRun.start_time === null ? null : (
            <>
              {" · "}
              <Duration
                from={from}
                to={
                  isLive ? (flowRun.state_type === "PAUSED" ? Date.parse(flowRun.state.timestamp) : null) : (to ?? from)
                }
              />
            </>
          )}
          {isLive ? null : (
            <>
              {" · "}
              <RelativeTime time={to ?? from} />
            </>
          )}
        </span>
      </p>
      <Problem flowRun={flowRun} />
      {isLive ? <Progress run={run} {...progressOf(tasks)} /> : null}
      {lines.length === 0 ? null : (
        <ul class="panel-tasks" aria-label="Tasks">
          {more === 0 ? null : (
            <li class="panel-more">
              <Link onClick={() => open()}>{formatPlural(more, "more task")} on the run's page</Link>
            </li>
          )}
          {lines.map((line) => (
            <TaskRow key={line.key} line={line} onOpen={() => open(line.task_run_id)} />
          ))}
        </ul>
      )}
      <Log run={run} />
      <Actions state={state} flowRun={flowRun} open={() => open()} />
    </>
  );
}

function TaskRow({ line, onOpen }: { readonly line: TaskLine; readonly onOpen: () => void }): VNode {
  const counts =
    line.count === 1
      ? ""
      : `${line.done} of ${line.count} completed${line.failed > 0 ? `, ${line.failed} failed` : ""}`;
  return (
    <li>
      <button
        type="button"
        class="panel-task"
        title={counts === "" ? line.name : `${line.name}: ${counts}`}
        onClick={onOpen}
      >
        <StateIcon type={line.state_type} name={line.state_name} />
        <span class="panel-task-name ellipsis">{line.name}</span>
        {line.count === 1 ? null : (
          <span class="panel-task-count muted numeric ellipsis">
            ×{line.count}
            {line.failed > 0 ? <span class="state-failed"> {line.failed} failed</span> : null}
            {line.failed === 0 && line.done < line.count ? ` ${line.done} done` : ""}
          </span>
        )}
        <span class="panel-task-time muted">
          {line.state_name === "Cached" ? (
            "cached"
          ) : line.from === null ? null : (
            <Duration from={line.from} to={line.to} />
          )}
        </span>
      </button>
    </li>
  );
}

/** How far it is, where the flow says so (`artifact.progress`); else only that it goes on: nobody knows what comes. */
function Progress({
  run,
  done,
  total,
}: {
  readonly run: PanelRun;
  readonly done: number;
  readonly total: number;
}): VNode {
  const told = run.store.artifacts.value.findLast((artifact) => artifact.type === "progress");
  const percent = told === undefined ? undefined : plainValue(told.data);
  const isKnown = told !== undefined && typeof percent === "number";
  const isWaiting = run.store.run.value?.state_type === "PAUSED";
  return (
    <div class="panel-progress">
      {isWaiting ? null : (
        <div
          class={isKnown ? "panel-bar" : "panel-bar endless"}
          role="progressbar"
          aria-label={isKnown ? told.key : "Running"}
          {...(isKnown ? { "aria-valuenow": percent, "aria-valuemin": 0, "aria-valuemax": 100 } : {})}
        >
          <div style={isKnown ? { width: `${percent}%` } : {}} />
        </div>
      )}
      {total === 0 ? null : (
        <span class="muted numeric">
          {done} of {formatPlural(total, "task")}
          {isKnown ? ` · ${told.key} ${Math.round(percent)} %` : ""}
        </span>
      )}
    </div>
  );
}

function Problem({ flowRun }: { readonly flowRun: FlowRun }): VNode | null {
  const { host, surroundings } = usePage();
  const { error } = flowRun;
  const message = error?.message ?? (flowRun.state_type === "CRASHED" ? flowRun.state.message : null);
  if (message == null || message === "" || flowRun.state_type === "COMPLETED") return null;
  const place = error?.location;
  return (
    <div class="panel-problem">
      <p class="panel-problem-text" title={message}>
        {message}
      </p>
      {place === undefined ? null : (
        <Link
          class="ellipsis"
          title={`${place.file}:${place.line}`}
          onClick={() => void host.call("openSource", { ...place, run_id: flowRun.id })}
        >
          {relativePath(place.file, surroundings.value.folders)}:{place.line}
        </Link>
      )}
    </div>
  );
}

function Log({ run }: { readonly run: PanelRun }): VNode | null {
  const lines = run.lines.value;
  if (lines.length === 0) return null;
  return (
    <ol class="panel-log mono" aria-label="Last lines of the log">
      {lines.map((line, index) => (
        <li
          key={`${line.at} ${index}`}
          class={line.level >= 40 ? "ellipsis log-error" : line.level >= 30 ? "ellipsis log-warning" : "ellipsis"}
          title={`${formatClock(line.at)} ${line.message}`}
        >
          {plain(line.message)}
        </li>
      ))}
    </ol>
  );
}

/** One line without the colours of a terminal. */
function plain(message: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  return message.replace(/\u001b\[[0-9;]*m/g, "").split("\n", 1)[0] ?? "";
}

function Actions(props: {
  readonly state: PanelState;
  readonly flowRun: FlowRun;
  readonly open: () => void;
}): VNode | null {
  const { state, flowRun, open } = props;
  const { host, surroundings } = usePage();
  const run_id = flowRun.id;
  const disabled = !surroundings.value.trusted;
  const title = disabled ? "Trust this folder to run flows" : "";
  const cancel = (
    <Button icon="debug-stop" onClick={() => void state.attempt(() => host.call("cancelRun", { run_id }))}>
      Cancel
    </Button>
  );
  switch (flowRun.state_type) {
    case "CANCELLING":
    case "COMPLETED":
      return null;
    case "PAUSED":
      return (
        <div class="panel-actions">
          <Button icon="play" title="Answer what the run waits for, on its page" onClick={open}>
            Continue…
          </Button>
          {cancel}
        </div>
      );
    case "FAILED":
    case "CRASHED":
    case "CANCELLED":
      return (
        <div class="panel-actions">
          <Button
            icon="debug-continue"
            disabled={disabled}
            title={title === "" ? "Go on where it stopped; what is done is kept" : title}
            onClick={() => void state.attempt(() => host.call("resumeRun", { run_id, options: { mode: "resume" } }))}
          >
            Resume
          </Button>
        </div>
      );
    default:
      return <div class="panel-actions">{cancel}</div>;
  }
}
