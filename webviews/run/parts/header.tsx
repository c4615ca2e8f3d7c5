import "./header.css";
import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import type { FlowRun } from "../../../runtime/protocol/api.ts";
import { CopyButton } from "../../kit/copy-button.tsx";
import { formatPlural } from "../../kit/format.ts";
import { usePage } from "../../kit/host-context.tsx";
import { Link } from "../../kit/link.tsx";
import { Menu, type MenuItem } from "../../kit/menu.tsx";
import { StateLabel } from "../../kit/state.tsx";
import { Duration, RelativeTime } from "../../kit/times.tsx";
import { Button } from "../../kit/toolkit.ts";
import { type RunActionId, runActions, runSpan, startedByWords, whyNot } from "../actions.ts";
import { errorText } from "../results/error-frames.ts";
import { CodeFact } from "./code-fact.tsx";
import { DeploymentFact } from "./deployment-fact.tsx";

export interface HeaderProps {
  readonly run: FlowRun;
  readonly live: boolean;
  readonly onAction: (action: RunActionId) => void;
  /** A panel that the action opens is open. */
  readonly opened: RunActionId | null;
}

export function Header({ run, live, onAction, opened }: HeaderProps): VNode {
  const { surroundings, host } = usePage();
  const reason = whyNot(surroundings.value);
  const showsParameters = useSignal(false);
  const notifies = useSignal(false);
  const span = runSpan(run);
  const parameters = Object.keys(run.parameters).length;
  return (
    <header class="run-header">
      <div class="run-title">
        <StateLabel type={run.state_type} name={run.state_name} />
        <h1 class="ellipsis" title={`${run.flow_name} · ${run.name}`}>
          {run.flow_name} <span class="run-name">· {run.name}</span>
        </h1>
        {span === null ? null : <Duration from={span.from} to={span.to} />}
      </div>
      <div class="run-facts">
        <span class="muted">
          <RelativeTime time={Date.parse(run.start_time ?? run.created)} />
          {startedByWords(run.created_by) === null ? null : ` ${startedByWords(run.created_by)}`}
        </span>
        {run.run_count > 1 ? <span class="muted">run {run.run_count}</span> : null}
        {run.node_version == null ? null : (
          <span class="muted" title="The Node that executed it last; millrace.nodePath chooses which">
            Node {run.node_version.replace(/^v/, "")}
          </span>
        )}
        <CodeFact run={run} />
        <DeploymentFact run={run} />
        {parameters === 0 ? (
          <span class="muted">no parameters</span>
        ) : (
          <Link
            class="run-chip"
            title="Show the parameters"
            expanded={showsParameters.value}
            onClick={() => {
              showsParameters.value = !showsParameters.value;
            }}
          >
            {formatPlural(parameters, "parameter")}
          </Link>
        )}
        {run.parent_flow_run_id === null ? null : (
          <Link onClick={() => void host.call("openRun", { run_id: run.parent_flow_run_id ?? "" })}>
            Open the run it is part of
          </Link>
        )}
      </div>
      <div class="toolbar run-actions">
        {runActions(run).map((action, place) => (
          <Button
            key={action.id}
            kind={place === 0 ? "primary" : "secondary"}
            icon={action.icon}
            disabled={reason !== null || opened === action.id}
            {...(reason === null ? {} : { title: reason })}
            onClick={() => onAction(action.id)}
          >
            {action.title}
          </Button>
        ))}
        {live ? (
          <Button
            kind="icon"
            icon={notifies.value ? "bell-dot" : "bell"}
            pressed={notifies.value}
            title={notifies.value ? "You are told when this run ends" : "Tell Me When This Run Ends"}
            onClick={() => {
              notifies.value = !notifies.value;
              void host.call("notifyWhenDone", { run_id: run.id, on: notifies.value });
            }}
          />
        ) : null}
        <RunMenu run={run} live={live} />
      </div>
      {showsParameters.value ? (
        <div class="run-parameters">
          <pre>{JSON.stringify(run.parameters, null, 2)}</pre>
          <CopyButton what="parameters" text={() => JSON.stringify(run.parameters, null, 2)} />
        </div>
      ) : null}
    </header>
  );
}

function RunMenu({ run, live }: { readonly run: FlowRun; readonly live: boolean }): VNode {
  const { host, surroundings } = usePage();
  const copy = (what: string, text: string) => () => void host.call("copy", { text, what });
  const items: MenuItem[] = [
    { title: "Open Run Logs", run: () => void host.call("openLogDocument", { run_id: run.id }) },
    ...(run.flow_file === ""
      ? []
      : [
          {
            title: "Open Code",
            run: () => void host.call("openSource", { file: run.flow_file, run_id: run.id }),
          },
          {
            title: "Show History of This Flow",
            run: () =>
              void host.call("openHistory", {
                flow_file: run.flow_file,
                ...(run.flow_export === null ? {} : { flow_export: run.flow_export }),
              }),
          },
        ]),
    { title: "Copy Run ID", begins: true, run: copy("the run's ID", run.id) },
    { title: "Copy Link", run: () => void host.call("copyLink", { run_id: run.id }) },
    { title: "Copy Command Line", run: () => void host.call("copyCommand", { run_id: run.id }) },
    { title: "Copy Parameters", run: copy("the parameters", JSON.stringify(run.parameters, null, 2)) },
    ...(run.error === null ? [] : [{ title: "Copy Error", run: copy("the error", errorText(run.error)) }]),
    {
      title: "Delete Run…",
      begins: true,
      disabled: live || run.parent_flow_run_id !== null || !surroundings.value.trusted,
      run: () => void host.call("deleteRun", { run_id: run.id }),
    },
  ];
  return <Menu title="More Actions…" items={items} />;
}
