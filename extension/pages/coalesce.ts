/** Fewer live events that lead to the same page. */
import type { LiveEvent, TaskRun } from "../../runtime/protocol/api.ts";

/**
 * Of what is told as a whole each time (a flow run, a task run, an artifact) only the newest is kept. Log lines are never
 * merged: a reader knows by `next` of each event which it has read. Nothing moves across a "reset" or "removed".
 */
export function coalesce(events: readonly LiveEvent[]): LiveEvent[] {
  const merged: LiveEvent[] = [];
  let open = new Map<string, LiveEvent>();
  const close = () => {
    merged.push(...[...open.values()].sort((one, other) => one.seq - other.seq));
    open = new Map();
  };
  for (const event of events) {
    if (event.type === "reset" || event.type === "removed") {
      close();
      merged.push(event);
      continue;
    }
    const key = keyOf(event);
    const earlier = open.get(key);
    open.set(key, earlier === undefined ? event : merge(earlier, event));
  }
  close();
  return merged;
}

function keyOf(event: Exclude<LiveEvent, { readonly type: "reset" | "removed" }>): string {
  switch (event.type) {
    case "flow-run":
      return `flow ${event.flow_run.id}`;
    case "task-runs":
      return `tasks ${event.flow_run_id}`;
    case "artifact":
      return `artifact ${event.artifact.id}`;
    case "blocks":
      return "blocks";
    case "logs":
      return `logs ${event.seq}`;
    case "work-pools":
      return "work-pools";
    case "deployments":
    case "automations":
      return event.type;
    case "notification":
      return `notification ${event.seq}`;
  }
}

function merge(earlier: LiveEvent, later: LiveEvent): LiveEvent {
  if (earlier.type !== "task-runs" || later.type !== "task-runs") return later;
  const tasks = new Map<string, TaskRun>();
  for (const task of [...earlier.task_runs, ...later.task_runs]) tasks.set(task.id, task);
  return { ...later, task_runs: [...tasks.values()] };
}
