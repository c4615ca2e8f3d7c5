import "./run-page.css";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { FlowRun, TaskRun } from "../../runtime/protocol/api.ts";
import { type Host, HostProblem } from "../kit/host.ts";
import { usePage } from "../kit/host-context.tsx";
import { remembered } from "../kit/remembered.ts";
import { SplitView } from "../kit/split-view.tsx";
import { stateLook } from "../kit/state-look.ts";
import { Tabs } from "../kit/tabs.tsx";
import type { RunActionId } from "./actions.ts";
import { Drawer } from "./drawer/drawer.tsx";
import { failingTask, successorOf } from "./failing.ts";
import { GraphTab } from "./graph/graph-tab.tsx";
import type { Opened } from "./graph/model.ts";
import { LogsTab } from "./logs/index.tsx";
import { Header } from "./parts/header.tsx";
import { Notices, RunProblem } from "./parts/notices.tsx";
import { PausePanel } from "./parts/pause-panel.tsx";
import { ResumePanel } from "./parts/resume-panel.tsx";
import { ResultsTab } from "./results/index.tsx";
import type { KeptSelection } from "./selection.ts";
import type { RunStore, RunTab } from "./store.ts";
import { TimelineTab } from "./timeline/index.tsx";

export interface RunPageProps {
  readonly store: RunStore;
  readonly host: Host;
  readonly selection: KeptSelection;
  readonly run: FlowRun;
}

/** Narrower than this, a task is shown below what is chosen instead of beside it. */
const besideFrom = 720;

export function RunPage({ store, host, selection, run }: RunPageProps): VNode {
  const { announce } = usePage();
  const resuming = useSignal<{ readonly from: TaskRun | null } | null>(null);
  const problem = useSignal<string | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const narrow = useSignal(window.innerWidth < besideFrom);
  const opened = useMemo(() => remembered<Opened>(host, "opened", {}, readOpened), [host]);
  const openCode = useMemo(
    () => (task: TaskRun) => {
      if (task.source !== null) void host.call("openSource", { ...task.source, run_id: store.runId });
    },
    [host, store],
  );
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      narrow.value = element.clientWidth < besideFrom;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [narrow]);

  useEffect(() => {
    // What buttons ask of the editor is not waited for by them: what it refuses is told here, for all of them.
    const onRejection = (event: PromiseRejectionEvent) => {
      if (!(event.reason instanceof HostProblem)) return;
      event.preventDefault();
      if (event.reason.code !== "cancelled") problem.value = event.reason.message;
    };
    window.addEventListener("unhandledrejection", onRejection);
    return () => window.removeEventListener("unhandledrejection", onRejection);
  }, [problem]);

  const look = stateLook(run.state_type, run.state_name);
  useEffect(() => {
    host.setTitle(`${run.flow_name} · ${run.name}`, run.state_type);
    announce(`${run.flow_name}: ${look.word}`, "state");
  }, [host, announce, run.flow_name, run.name, run.state_type, look.word]);
  useOpeningChoice(store, selection, host);

  const act = (action: RunActionId) => {
    problem.value = null;
    if (action === "cancel") void host.call("cancelRun", { run_id: run.id });
    else if (action === "again") void host.call("runAgain", { run_id: run.id });
    else if (action === "resume") resuming.value = { from: null };
    else
      frame.current
        ?.querySelector<HTMLElement>(".run-panel input, .run-panel mr-checkbox, .run-panel mr-button")
        ?.focus();
  };
  const ended = !store.live.value;
  const taskRunId = selection.taskRunId.value;
  const tab = selection.tab.value;
  // The run changes with each task that ends; what a tab shows follows it by itself.
  const content = useMemo(
    () =>
      tab === "graph" ? (
        <GraphTab store={store} selection={selection} opened={opened} openCode={openCode} />
      ) : tab === "timeline" ? (
        <TimelineTab store={store} host={host} selection={selection} opened={opened} openCode={openCode} />
      ) : tab === "logs" ? (
        <LogsTab store={store} host={host} selection={selection} />
      ) : (
        <ResultsTab store={store} host={host} selection={selection} />
      ),
    [tab, store, host, selection, opened, openCode],
  );
  return (
    <div class="run" ref={frame}>
      <Notices store={store} problem={problem} />
      <Header run={run} live={!ended} onAction={act} opened={resuming.value === null ? null : "resume"} />
      {run.state_type === "PAUSED" ? <PausePanel run={run} store={store} host={host} /> : null}
      {resuming.value !== null && ended ? (
        <ResumePanel
          host={host}
          runId={run.id}
          from={resuming.value.from}
          onClose={() => {
            resuming.value = null;
          }}
        />
      ) : null}
      <RunProblem run={run} store={store} />
      <Tabs<RunTab>
        label="Run"
        selected={tab}
        onSelect={(id) => selection.showTab(id)}
        class="run-tab"
        tabs={[
          { id: "graph", title: "Graph" },
          { id: "timeline", title: "Timeline" },
          { id: "logs", title: "Logs" },
          { id: "results", title: "Results" },
        ]}
      >
        <SplitView
          label="Task"
          remember={narrow.value ? "task-below" : "task"}
          below={narrow.value}
          initial={narrow.value ? 280 : 360}
          least={narrow.value ? 120 : 240}
          leastOther={narrow.value ? 120 : 240}
          side={
            taskRunId === null ? null : (
              <Drawer
                key={taskRunId}
                store={store}
                host={host}
                selection={selection}
                taskRunId={taskRunId}
                onResumeFrom={(from) => {
                  resuming.value = { from };
                }}
              />
            )
          }
        >
          {content}
        </SplitView>
      </Tabs>
    </div>
  );
}

/**
 * A run that ended badly is opened on the task that failed, one that had ended well on its results when it has any. Who
 * has watched it end well stays where he is.
 */
function useOpeningChoice(store: RunStore, selection: KeptSelection, host: Host): void {
  const looked = useRef<"not yet" | "while it ran" | "done">("not yet");
  const run = store.run.value;
  const read = store.tasksRead.value;
  const artifactsRead = store.artifactsRead.value;
  const live = store.live.value;
  useEffect(() => {
    if (live) looked.current = "while it ran";
    if (run === null || live || !read || looked.current === "done") return;
    const failing = failingTask(run, store.tasks.peek().current());
    const watched = looked.current === "while it ran";
    if (failing !== null || watched) {
      looked.current = "done";
      if (failing !== null) selection.suggest(failing.id);
      return;
    }
    if (run.state_type !== "COMPLETED" || !artifactsRead) return;
    looked.current = "done";
    if (store.artifacts.peek().length > 0) selection.suggest(null, "results");
    else void suggestResult(run.id, selection, host);
  }, [run, live, read, artifactsRead, store, selection, host]);

  // A resume has made the chosen call again: what is of interest now is how that went.
  const chosen = selection.taskRunId.value;
  const replaced = chosen === null ? undefined : store.task(chosen);
  useEffect(() => {
    if (replaced?.superseded !== true) return;
    const successor = successorOf(replaced, store.tasks.peek().current());
    if (successor !== undefined) selection.replace(successor.id);
  }, [replaced, store, selection]);
}

async function suggestResult(runId: string, selection: KeptSelection, host: Host): Promise<void> {
  const source = { of: "result", flow_run_id: runId } as const;
  const preview = await host.api("POST /api/values/preview", { body: { source } }).catch(() => undefined);
  if (preview === undefined || preview.kind === "missing") return;
  const isNothing = preview.kind === "json" && (preview.text === "undefined" || preview.text === "null");
  if (!isNothing) selection.suggest(null, "results");
}

function readOpened(kept: unknown): Opened | undefined {
  if (typeof kept !== "object" || kept === null) return undefined;
  return Object.fromEntries(
    Object.entries(kept).filter((entry): entry is [string, boolean] => typeof entry[1] === "boolean"),
  );
}
