/** Stands in for the editor around the page of a run that goes live: 2,000 task runs within six seconds. */
import { runId, taskRuns } from "./sample-run.ts";

/** Script that answers what the page asks, then tells of the run as a live one does; `window.measured` at its end. */
export function livePage(): string {
  return `
const tasks = ${JSON.stringify(taskRuns(2000))};
const run = ${JSON.stringify({
    id: runId,
    name: "quiet-otter",
    flow_id: "f",
    flow_name: "bench",
    flow_file: "/bench.ts",
    flow_export: "bench",
    parameters: {},
    tags: [],
    state_type: "RUNNING",
    state_name: "Running",
    state: { type: "RUNNING", name: "Running", timestamp: new Date(0).toISOString(), message: null, state_details: {} },
    run_count: 1,
    created: new Date(0).toISOString(),
    expected_start_time: null,
    start_time: new Date(0).toISOString(),
    end_time: null,
    total_run_time: 0,
    parent_task_run_id: null,
    parent_flow_run_id: null,
    root_flow_run_id: runId,
    deployment_id: null,
    idempotency_key: null,
    work_queue_name: null,
    created_by: "editor",
    error: null,
    task_run_counts: {},
    cwd: null,
  })};
const query = new URLSearchParams(location.search);
const names = [...new Set(tasks.map((t) => t.map_id === null
  ? "loop::" + t.task_key + "@" + t.source.line + ":" + t.source.column : "map::" + t.map_id))];
const state = { tab: query.get("tab"), ...(query.has("open") ? { opened: Object.fromEntries(names.map((n) => [n, true])) } : {}) };
const now = () => new Date().toISOString();
let seq = 1;
const say = (message) => window.postMessage(message, "*");
const answers = {
  "GET /api/flow_runs/:id": () => ({ ...run, start_time: now(), created: now(), state: { ...run.state, timestamp: now() } }),
  "POST /api/flow_runs/:id/task_runs": () => ({ items: [], next_cursor: null }),
  "GET /api/flow_runs/:id/artifacts": () => ({ artifacts: [] }),
  "GET /api/flow_runs/:id/timeline": () => ({ tasks: [] }),
};
let begun = false;
function tell(list) {
  say({ type: "event", event: { type: "live", event: { seq: ++seq, type: "task-runs", flow_run_id: run.id, task_runs: list } } });
}
const at = (task, type, name) => ({ ...task, state_type: type, state_name: name, start_time: task.begun ?? now(),
  end_time: type === "COMPLETED" ? now() : null, total_run_time: type === "COMPLETED" ? 0.05 : 0,
  state: { type, name, timestamp: now(), message: null, state_details: {} } });
function live() {
  const step = 8;
  let next = 0;
  let last = performance.now();
  let longest = 0;
  const frame = (time) => {
    longest = Math.max(longest, time - last);
    last = time;
    if (next < tasks.length + 60) requestAnimationFrame(frame);
    else window.measured = longest;
  };
  requestAnimationFrame((time) => { last = time; requestAnimationFrame(frame); });
  const timer = setInterval(() => {
    const starts = tasks.slice(next, next + step).map((task) => at(task, "RUNNING", "Running"));
    const ends = tasks.slice(Math.max(0, next - 40), Math.max(0, next - 40 + step)).map((task) => at(task, "COMPLETED", "Completed"));
    if (starts.length + ends.length > 0) tell([...starts, ...ends]);
    next += step;
    if (next >= tasks.length + 60) clearInterval(timer);
  }, 24);
}
window.acquireVsCodeApi = () => ({
  postMessage(message) {
    if (message.type === "ready") {
      say({ type: "event", event: { type: "surroundings", surroundings: { trusted: true, service: "connected", folders: [], profile: "", features: [] } } });
    }
    if (message.type === "call") say({ type: "answer", id: message.id, value: message.name === "follow" ? { seq: 1 } : null });
    if (message.type === "api") {
      const answer = answers[message.route];
      if (answer) say({ type: "answer", id: message.id, value: answer() });
      else say({ type: "problem", id: message.id, problem: { code: "not-found", message: "none" } });
      if (!begun && message.route.endsWith("/task_runs")) { begun = true; setTimeout(live, 800); }
    }
  },
  getState: () => state,
  setState: () => {},
});
`;
}
