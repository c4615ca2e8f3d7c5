/** The live run of the flow, or its last one. */
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import { isTerminal } from "../../runtime/protocol/states.ts";
import { formatPlural, relativePath } from "../kit/format.ts";
import { usePage } from "../kit/host-context.tsx";
import { Link } from "../kit/link.tsx";
import { Skeleton } from "../kit/notices.tsx";
import { StateIcon } from "../kit/state.tsx";
import { stateLook } from "../kit/state-look.ts";
import { Duration } from "../kit/times.tsx";
import type { PanelRun } from "./panel-run.ts";
import type { PanelState } from "./panel-state.ts";
import { RunActions } from "./run-actions.tsx";
import { RunLog } from "./run-log.tsx";
import { RunProgress } from "./run-progress.tsx";
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
  const open = (task_run_id?: string) =>
    void state.attempt(() =>
      host.call("openRun", { run_id: flowRun.id, ...(task_run_id === undefined ? {} : { task_run_id }) }),
    );
  return (
    <>
      <Problem flowRun={flowRun} />
      <RunActions state={state} flowRun={flowRun} open={() => open()} />
      {isLive ? <RunProgress run={run} {...progressOf(tasks)} /> : null}
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
      <RunLog run={run} />
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
