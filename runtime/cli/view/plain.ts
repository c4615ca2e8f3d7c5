/**
 * A run as lines for pipes, logs and CI: one line for each change that matters and for each log record. Holds nothing
 * per task that has ended, loads nothing: the way of the quickest run.
 */
import { formatDuration } from "../../protocol/durations.ts";
import type { JournalRecord, LogRecord, TaskRunRecord, TaskRunStateRecord } from "../../protocol/records.ts";
import { logLevels } from "../../protocol/records.ts";
import type { Style } from "../terminal/style.ts";
import { cleanLines, oneLine } from "../terminal/width.ts";
import { errorHeadline } from "./headline.ts";
import { levelName, paintLevel, repeatsState } from "./log-lines.ts";

export interface PlainView {
  record(record: JournalRecord): void;
  log(log: LogRecord): void;
  /** Names of tasks that run now and since when, for a sign of life. */
  running(): readonly { readonly name: string; readonly since: number }[];
}

export interface PlainOptions {
  readonly write: (line: string) => void;
  readonly style: Style;
  /** "quiet" prints nothing, "verbose" starts of tasks and debug logs too. */
  readonly detail: "quiet" | "normal" | "verbose";
}

interface OpenTask {
  readonly name: string;
  readonly retries: number;
  readonly map: TaskRunRecord["map"];
  readonly isSubflow: boolean;
  since: number;
}

/** Maps of more items than this print their progress instead of each item. */
const manyItems = 20;

export function makePlainView({ write, style, detail }: PlainOptions): PlainView {
  const tasks = new Map<string, OpenTask>();
  const flows = new Map<string, { readonly name: string; readonly isRoot: boolean; since: number }>();
  const maps = new Map<string, { done: number; failed: number; told: number }>();

  const line = (at: number, word: string, paint: (text: string) => string, who: string, text: string) =>
    write(`${style.dim(clockTime(at))} ${paint(word.padEnd(9))} ${who}${text === "" ? "" : `  ${text}`}`);

  const taskState = (record: TaskRunStateRecord): void => {
    const task = tasks.get(record.id);
    if (task === undefined) return;
    const { state } = record;
    const took = formatDuration(Math.max(0, state.timestamp - task.since));
    const name = oneLine(task.name);
    switch (state.type) {
      case "RUNNING":
        task.since = state.timestamp;
        if (detail === "verbose" || (record.run_count ?? 1) > 1) {
          line(state.timestamp, "running", style.cyan, name, attemptText(record.run_count, task.retries));
        }
        return;
      case "COMPLETED": {
        tasks.delete(record.id);
        if (mapProgress(task, state.timestamp, false)) return;
        // A subflow says itself that it has completed.
        if (task.isSubflow) return;
        const word = state.name === "Completed" ? "completed" : state.name.toLowerCase();
        line(state.timestamp, word, style.green, name, state.name === "Completed" ? took : "");
        return;
      }
      case "FAILED":
      case "CRASHED": {
        tasks.delete(record.id);
        mapProgress(task, state.timestamp, true);
        if (task.isSubflow) return;
        const why = record.error === undefined ? (state.message ?? "") : errorHeadline(record.error);
        line(state.timestamp, state.name === "TimedOut" ? "timed out" : state.type.toLowerCase(), style.red, name, why);
        return;
      }
      case "CANCELLED":
        tasks.delete(record.id);
        line(state.timestamp, "cancelled", style.yellow, name, "");
        return;
      case "SCHEDULED": {
        const due = state.details?.scheduled_time;
        if (state.name === "AwaitingRetry") {
          const wait = due === undefined ? "" : ` in ${formatDuration(Math.max(0, due - state.timestamp))}`;
          const why = record.error === undefined ? "" : `: ${errorHeadline(record.error)}`;
          line(
            state.timestamp,
            "retry",
            style.yellow,
            name,
            `attempt ${record.run_count ?? 1} of ${task.retries + 1} failed, again${wait}${why}`,
          );
        } else if (state.name === "AwaitingConcurrencySlot") {
          line(state.timestamp, "waiting", style.dim, name, state.message ?? "for a concurrency slot");
        }
        return;
      }
      case "PAUSED":
        line(state.timestamp, "paused", style.yellow, name, state.message ?? "");
    }
  };

  /** Whether the item is told by its map's progress instead of by a line of its own. */
  const mapProgress = (task: OpenTask, at: number, failed: boolean): boolean => {
    if (task.map === undefined || task.map.size <= manyItems) return false;
    const progress = maps.get(task.map.id) ?? { done: 0, failed: 0, told: 0 };
    maps.set(task.map.id, progress);
    progress.done++;
    if (failed) progress.failed++;
    const quarter = Math.floor((4 * progress.done) / task.map.size);
    if (quarter > progress.told) {
      progress.told = quarter;
      const bad = progress.failed === 0 ? "" : `, ${progress.failed} failed`;
      line(
        at,
        quarter === 4 ? "completed" : "progress",
        style.green,
        mapName(task.name),
        `${progress.done}/${task.map.size}${bad}`,
      );
    }
    if (progress.done >= task.map.size) maps.delete(task.map.id);
    return !failed;
  };

  return {
    record(record) {
      if (detail === "quiet") return;
      switch (record.kind) {
        case "flow-run":
          flows.set(record.id, {
            name: oneLine(`${record.flow.name} ${record.name}`),
            isRoot: record.parent_flow_run_id === undefined,
            since: record.at,
          });
          return;
        case "flow-run-state": {
          const flow = flows.get(record.id);
          if (flow === undefined) return;
          const { state } = record;
          if (state.type === "RUNNING") {
            flow.since = state.timestamp;
            line(state.timestamp, state.name.toLowerCase(), style.cyan, flow.name, "");
          } else if (state.type === "COMPLETED") {
            // The root's end stands in the summary.
            if (!flow.isRoot)
              line(state.timestamp, "completed", style.green, flow.name, formatDuration(state.timestamp - flow.since));
          } else if (state.type === "FAILED" || state.type === "CRASHED") {
            if (!flow.isRoot)
              line(
                state.timestamp,
                "failed",
                style.red,
                flow.name,
                record.error === undefined ? (state.message ?? "") : errorHeadline(record.error),
              );
          } else if (state.type === "SCHEDULED" && state.name === "AwaitingRetry") {
            line(state.timestamp, "retry", style.yellow, flow.name, state.message ?? "");
          } else if (state.type === "CANCELLING" || state.type === "PAUSED") {
            line(state.timestamp, state.name.toLowerCase(), style.yellow, flow.name, state.message ?? "");
          }
          return;
        }
        case "task-run":
          tasks.set(record.id, {
            name: record.name,
            retries: record.retries ?? 0,
            map: record.map,
            isSubflow: record.child_flow_run_id !== undefined,
            since: record.at,
          });
          if (detail === "verbose" && record.state.type === "RUNNING")
            line(record.at, "running", style.cyan, oneLine(record.name), "");
          return;
        case "task-run-state":
          taskState(record);
          return;
        case "kept":
          line(record.at, "kept", style.green, `${record.task_run_ids.length} completed`, "");
          return;
        case "artifact":
          if (record.type !== "progress") line(record.at, "artifact", style.dim, record.key, record.type);
          return;
        case "note":
          line(record.at, "note", style.yellow, oneLine(record.message), "");
      }
    },
    log(log) {
      if (detail === "quiet" || (detail === "normal" && log.level < logLevels.info) || repeatsState(log)) return;
      const task = log.task_run_id === undefined ? undefined : tasks.get(log.task_run_id)?.name;
      const who = task === undefined ? "" : `${style.dim(`${oneLine(task)}:`)} `;
      for (const text of cleanLines(log.message)) {
        line(log.at, levelName(log.level), paintLevel(log.level, style), `${who}${text}${fieldsText(log)}`, "");
      }
    },
    running: () => [...tasks.values()].slice(0, 5).map(({ name, since }) => ({ name, since })),
  };
}

function attemptText(attempt: number | undefined, retries: number): string {
  return attempt !== undefined && attempt > 1 ? `attempt ${attempt} of ${retries + 1}` : "";
}

/** "load-17" → "load": the name of all items together. */
function mapName(name: string): string {
  return oneLine(name).replace(/[-[]\d+\]?$/, "");
}

export function fieldsText(log: LogRecord): string {
  if (log.fields === undefined) return "";
  const parts = Object.entries(log.fields).map(
    ([key, value]) => ` ${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return oneLine(parts.join(""));
}

/** Local time of day, "14:02:11". */
export function clockTime(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
