import type { VNode } from "preact";
import { logLevels } from "../../../runtime/protocol/records.ts";
import { formatPlural } from "../../kit/format.ts";
import { usePage } from "../../kit/host-context.tsx";
import { Icon } from "../../kit/icon.tsx";
import { Button, Dropdown } from "../../kit/toolkit.ts";
import type { LogsTabProps } from "./index.tsx";
import type { LogView } from "./log-view.ts";

const levelChoices = [
  { value: "0", label: "All levels" },
  { value: String(logLevels.info), label: "Info and above" },
  { value: String(logLevels.warn), label: "Warnings and errors" },
  { value: String(logLevels.error), label: "Errors" },
];

export function LogToolbar({ view, store, host, selection }: LogsTabProps & { readonly view: LogView }): VNode {
  const { attempt } = usePage();
  const taskRunId = selection.taskRunId.value;
  store.tasks.value;
  const task = taskRunId === null ? undefined : store.task(taskRunId);
  const relative = view.times.value === "relative";
  return (
    <div class="logs-toolbar">
      <div class="logs-level">
        <Dropdown
          label="Level"
          value={String(view.level.value)}
          choices={levelChoices}
          onChange={(value) => {
            view.level.value = Number(value);
          }}
        />
      </div>
      {taskRunId === null ? null : (
        <button
          type="button"
          class="logs-chip"
          title="Show the lines of all tasks"
          onClick={() => selection.select(null)}
        >
          <span class="ellipsis">{task?.name ?? "One task"}</span>
          <Icon name="close" label="Remove filter" />
        </button>
      )}
      <span class="logs-count muted numeric" role="status">
        {view.known.value ? formatPlural(view.total.value, "line") : ""}
      </span>
      <div class="logs-tools" role="toolbar" aria-label="Log">
        <Button
          kind="icon"
          icon="search"
          title="Find (Ctrl+F)"
          pressed={view.find.open.value}
          onClick={() => (view.find.open.peek() ? view.find.close() : view.find.show())}
        />
        <Button
          kind="icon"
          icon="word-wrap"
          title="Wrap Long Lines"
          pressed={view.wrap.value}
          onClick={() => {
            view.wrap.value = !view.wrap.peek();
          }}
        />
        <Button
          kind="icon"
          icon="watch"
          title="Times Since the Start"
          pressed={relative}
          onClick={() => {
            view.times.value = relative ? "absolute" : "relative";
          }}
        />
        <Button
          kind="icon"
          icon="go-to-file"
          title={taskRunId === null ? "Open as Document" : "Open Lines of This Task as Document"}
          onClick={() => {
            const input = { run_id: store.runId, ...(taskRunId === null ? {} : { task_run_id: taskRunId }) };
            attempt(host.call("openLogDocument", input));
          }}
        />
      </div>
    </div>
  );
}
