import "./drawer.css";
import { useSignal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { FlowRun, TaskRun, TaskRunDetail } from "../../../runtime/protocol/api.ts";
import { isTerminal } from "../../../runtime/protocol/states.ts";
import { formatCount, relativePath } from "../../kit/format.ts";
import type { Host } from "../../kit/host.ts";
import { usePage } from "../../kit/host-context.tsx";
import { Link } from "../../kit/link.tsx";
import { StateLabel } from "../../kit/state.tsx";
import { Duration } from "../../kit/times.tsx";
import { Button } from "../../kit/toolkit.ts";
import { whyNot } from "../actions.ts";
import { attemptsOf } from "../attempts.ts";
import { ErrorView, ValueView } from "../results/index.tsx";
import type { RunStore, Selection } from "../store.ts";
import { explainTask, saysTheSame } from "../words.ts";
import { Attempts } from "./attempts-list.tsx";
import { TaskLog } from "./task-log.tsx";

export interface DrawerProps {
  readonly store: RunStore;
  readonly host: Host;
  readonly selection: Selection;
  readonly taskRunId: string;
  readonly onResumeFrom: (task: TaskRun) => void;
}

export function Drawer({ store, host, selection, taskRunId, onResumeFrom }: DrawerProps): VNode {
  const task = store.task(taskRunId);
  const detail = useDetail(host, task);
  if (task === undefined) {
    return (
      <Frame title="Task" selection={selection}>
        <p class="muted drawer-text">
          {store.tasksRead.value ? "This task is not part of the run any more." : "Reading the task…"}
        </p>
      </Frame>
    );
  }
  // How the process of a crashed run ended stands above, for the run.
  const told = task.state_type === "CRASHED" && store.run.value?.state_type === "CRASHED";
  const why = told ? { text: "It was running when the process ended." } : explainTask(task, store.now.value);
  const ran = task.start_time !== null && task.state_type !== "SCHEDULED";
  return (
    <Frame title={task.name} selection={selection}>
      <div class="drawer-state">
        <StateLabel type={task.state_type} name={task.state_name} />
        {ran ? <TaskDuration task={task} /> : null}
        {task.run_count > 1 ? <span class="muted">attempt {task.run_count}</span> : null}
        {task.superseded === true ? <span class="muted">replaced by a later call</span> : null}
      </div>
      {task.error === null ? null : <ErrorView error={task.error} runId={store.runId} />}
      {why === null || saysTheSame(why.text, task.error?.message) ? null : <p class="drawer-text">{why.text}</p>}
      <TaskActions task={task} store={store} host={host} onResumeFrom={onResumeFrom} />
      <Section title="Result">
        {task.state_type === "COMPLETED" ? (
          <ValueView source={{ of: "result", task_run_id: task.id }} label="Result" version={task.state.timestamp} />
        ) : (
          <p class="muted">{isTerminal(task.state_type) ? "It has none." : "Not there yet."}</p>
        )}
      </Section>
      <Section title="Inputs">
        <ValueView source={{ of: "inputs", task_run_id: task.id }} label="Inputs" />
      </Section>
      {detail === null ? null : <Attempts attempts={attemptsOf(detail.states)} />}
      <Section title="Log" action={<Link onClick={() => selection.select(task.id, "logs")}>Show in Logs</Link>}>
        <TaskLog store={store} host={host} task={task} />
      </Section>
      <Facts task={task} store={store} selection={selection} host={host} />
    </Frame>
  );
}

/** What the index does not hold; read again when the task's state has changed. */
function useDetail(host: Host, task: TaskRun | undefined): TaskRunDetail | null {
  const detail = useSignal<TaskRunDetail | null>(null);
  const id = task?.id;
  const version = task?.state.timestamp;
  useEffect(() => {
    if (id === undefined || version === undefined) return;
    let current = true;
    host.api("GET /api/task_runs/:id", { params: { id } }).then(
      (found) => {
        if (current) detail.value = found;
      },
      () => {},
    );
    return () => {
      current = false;
    };
  }, [host, id, version, detail]);
  return detail.value?.id === id ? detail.value : null;
}

function Frame(props: { title: string; selection: Selection; children: ComponentChildren }): VNode {
  return (
    // Escape closes it from wherever one is within.
    <aside
      class="drawer"
      aria-label={props.title}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.preventDefault();
        props.selection.select(null);
      }}
    >
      <div class="drawer-head">
        <h2 class="ellipsis" title={props.title}>
          {props.title}
        </h2>
        <Button kind="icon" icon="close" title="Close (Escape)" onClick={() => props.selection.select(null)} />
      </div>
      {props.children}
    </aside>
  );
}

function TaskDuration({ task }: { readonly task: TaskRun }): VNode {
  const ran = task.total_run_time * 1000;
  const from = Date.parse(task.state.timestamp) - ran;
  return <Duration from={from} to={task.state_type === "RUNNING" ? null : from + ran} />;
}

interface TaskActionsProps extends Pick<DrawerProps, "store" | "host" | "onResumeFrom"> {
  readonly task: TaskRun;
}

function TaskActions({ task, store, host, onResumeFrom }: TaskActionsProps): VNode {
  const { surroundings, announce } = usePage();
  const run = store.run.value;
  const { source } = task;
  const reason = whyNot(surroundings.value);
  const ended = run !== null && isTerminal(run.state_type);
  const ids = { task_run_id: task.id, run_id: rootOf(run, store.runId) };
  return (
    <div class="drawer-actions">
      {source === null ? null : (
        <Button icon="go-to-file" onClick={() => void host.call("openSource", { ...source, run_id: store.runId })}>
          Open Code
        </Button>
      )}
      {task.child_flow_run_id === null ? (
        <Button
          icon="run"
          disabled={reason !== null}
          title={reason ?? "A new run that calls this task alone, with the inputs it had"}
          onClick={() => void host.call("rerunTask", ids)}
        >
          Run Task Again
        </Button>
      ) : (
        <Button
          icon="link-external"
          onClick={() => void host.call("openRun", { run_id: task.child_flow_run_id ?? "" })}
        >
          Open Subflow Run
        </Button>
      )}
      {ended ? (
        <Button
          icon="debug-continue"
          disabled={reason !== null}
          title={reason ?? "This task and everything that depends on it run again"}
          onClick={() => onResumeFrom(task)}
        >
          Resume from Here
        </Button>
      ) : null}
      {ended && task.state_type === "COMPLETED" && task.superseded !== true ? (
        <Button
          icon="discard"
          disabled={reason !== null}
          title={reason ?? "The task runs again when the run is resumed"}
          onClick={() => {
            void host.call("forgetResult", ids).then(() => announce("The result was forgotten"));
          }}
        >
          Forget Result
        </Button>
      ) : null}
    </div>
  );
}

function rootOf(run: FlowRun | null, runId: string): string {
  return run?.root_flow_run_id ?? runId;
}

function Section(props: { title: string; action?: VNode; children: ComponentChildren }): VNode {
  return (
    <section class="drawer-section">
      <div class="drawer-section-head">
        <h3>{props.title}</h3>
        {props.action}
      </div>
      {props.children}
    </section>
  );
}

/** The run that computed the value of a task which was not run. */
function CachedFrom({ task, host }: { task: TaskRun; host: Host }): VNode | null {
  const from = task.state.state_details["cached_from"];
  if (typeof from !== "object" || from === null || !("flow_run_id" in from)) return null;
  const run_id = String(from.flow_run_id);
  return (
    <>
      <dt>Cached from</dt>
      <dd>
        <Link onClick={() => void host.call("openRun", { run_id })}>the run that computed it</Link>
      </dd>
    </>
  );
}

function Facts(props: { task: TaskRun; store: RunStore; selection: Selection; host: Host }): VNode {
  const { surroundings } = usePage();
  const { task, store, selection } = props;
  const inputs = task.task_inputs.slice(0, 12).flatMap((id) => store.task(id) ?? []);
  const more = task.task_inputs.length - inputs.length;
  return (
    <Section title="Details">
      <dl class="drawer-facts">
        <dt>Task</dt>
        <dd>{task.task_key}</dd>
        {task.map_index === null ? null : (
          <>
            <dt>Item</dt>
            <dd class="numeric">
              {formatCount(task.map_index + 1)}
              {task.map_size == null ? "" : ` of ${formatCount(task.map_size)}`}
            </dd>
          </>
        )}
        <CachedFrom task={task} host={props.host} />
        {inputs.length === 0 ? null : (
          <>
            <dt>Takes from</dt>
            <dd>
              {inputs.map((input, place) => (
                <span key={input.id}>
                  {place > 0 ? ", " : ""}
                  <Link onClick={() => selection.select(input.id)}>{input.name}</Link>
                </span>
              ))}
              {more > 0 ? ` and ${more} more` : ""}
            </dd>
          </>
        )}
        {task.tags.length === 0 ? null : (
          <>
            <dt>Tags</dt>
            <dd>{task.tags.join(", ")}</dd>
          </>
        )}
        {task.source === null ? null : (
          <>
            <dt>Called at</dt>
            <dd class="mono">
              {relativePath(task.source.file, surroundings.value.folders)}:{task.source.line}
            </dd>
          </>
        )}
      </dl>
    </Section>
  );
}
