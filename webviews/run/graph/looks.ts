/** How the boxes of a run look: states, counts and times in words. Pure. */
import type { TaskRun } from "../../../runtime/protocol/api.ts";
import { isTerminal, type StateName, type StateType } from "../../../runtime/protocol/states.ts";
import type { BoxLook } from "../../graph/view/types.ts";
import { formatCount, formatDuration, formatPlural } from "../../kit/format.ts";
import { stateLook, stateOrder } from "../../kit/state-look.ts";
import type { RunBox } from "./model.ts";

export interface Summary {
  readonly total: number;
  readonly counts: Readonly<Partial<Record<StateType, number>>>;
  readonly cached: number;
  readonly done: number;
  /** FAILED, CRASHED or CANCELLED. */
  readonly bad: number;
  /** The state that needs a look first. */
  readonly state_type: StateType;
  readonly state_name: StateName;
  readonly from: number | null;
  /** Null while something in it goes on. */
  readonly to: number | null;
}

export function summarize(tasks: readonly TaskRun[]): Summary {
  const counts: Partial<Record<StateType, number>> = {};
  let cached = 0;
  let done = 0;
  let bad = 0;
  let from: string | null = null;
  let to: string | null = null;
  for (const task of tasks) {
    const type = task.state_type;
    counts[type] = (counts[type] ?? 0) + 1;
    if (task.state_name === "Cached") cached++;
    if (isTerminal(type)) {
      done++;
      if (type !== "COMPLETED") bad++;
    }
    // ISO texts of one length sort as times do.
    if (task.start_time !== null && (from === null || task.start_time < from)) from = task.start_time;
    if (task.end_time !== null && (to === null || task.end_time > to)) to = task.end_time;
  }
  const state_type = stateOrder.find((type) => (counts[type] ?? 0) > 0) ?? "PENDING";
  const named = tasks.find((task) => task.state_type === state_type)?.state_name ?? "Pending";
  return {
    total: tasks.length,
    counts,
    cached,
    done,
    bad,
    state_type,
    state_name:
      tasks.length > 0 && cached === tasks.length ? "Cached" : state_type === "COMPLETED" ? "Completed" : named,
    from: from === null ? null : Date.parse(from),
    to: to === null || done < tasks.length ? null : Date.parse(to),
  };
}

const words: Readonly<Record<StateType, string>> = {
  FAILED: "failed",
  CRASHED: "crashed",
  PAUSED: "paused",
  RUNNING: "running",
  CANCELLING: "cancelling",
  PENDING: "pending",
  SCHEDULED: "waiting",
  CANCELLED: "cancelled",
  COMPLETED: "completed",
};

/** "3 failed, 20 running, 477 completed": what needs a look first. */
export function countsInWords({ counts }: Pick<Summary, "counts">): string {
  return stateOrder.flatMap((type) => (counts[type] ? [`${formatCount(counts[type])} ${words[type]}`] : [])).join(", ");
}

/** @param task the task run that the box is, where it is one; `members` those that are counted. */
export function lookOf(box: RunBox, task: TaskRun | undefined, members: readonly TaskRun[]): BoxLook {
  return task !== undefined && !box.many ? lookOfTask(box.label, task) : lookOfMany(box, task, summarize(members));
}

function lookOfTask(label: string, task: TaskRun): BoxLook {
  const look = stateLook(task.state_type, task.state_name);
  const ran = task.start_time === null ? "" : formatDuration(task.total_run_time * 1000);
  const running = task.state_type === "RUNNING";
  // Every other state than the usual ends is told in words, so that colour never stands alone.
  const plain = task.state_name === "Completed" || task.state_name === "Running";
  const attempts = task.run_count > 1 ? `attempt ${task.run_count}` : "";
  const parts = [plain ? "" : look.word, running ? "" : ran, attempts].filter((part) => part !== "");
  return {
    icon: look.icon,
    spins: look.spins,
    tone: look.tone,
    count: "",
    detail: parts.join(" · "),
    since: running ? Date.parse(task.state.timestamp) - task.total_run_time * 1000 : null,
    // What stands there in its order, then what only the icon tells: who speaks to the computer says what they see.
    name: [label, ...parts, plain ? look.word : ""].filter((part) => part !== "").join(", "),
    active: running,
    ...(task.error === null ? {} : { title: task.error.message }),
  };
}

function lookOfMany(box: RunBox, task: TaskRun | undefined, summary: Summary): BoxLook {
  const state = task ?? summary;
  const look = stateLook(state.state_type, state.state_name);
  const { done, bad, total, from, to } = summary;
  const ended = done === total;
  const counted = task === undefined;
  const whole = counted ? "" : formatPlural(total, "task run");
  // A map knows how many there will be; of the calls of a loop nobody does before the last has begun.
  const all = Math.max(total, box.size ?? 0);
  const ofAll = box.size === null ? "" : ` of ${formatCount(all)}`;
  const count = ended && all === total ? whole : `${formatCount(done - bad)}${ofAll} done`;
  const failures = countsInWords({ counts: { ...summary.counts, COMPLETED: 0, RUNNING: 0, PENDING: 0, SCHEDULED: 0 } });
  const took = from !== null && to !== null ? formatDuration(Math.max(0, to - from)) : "";
  const cached = summary.cached > 0 ? `${formatCount(summary.cached)} cached` : "";
  const shown = [count, failures, cached, took].filter((part) => part !== "");
  return {
    icon: look.icon,
    spins: look.spins,
    tone: look.tone,
    count: counted ? `×${formatCount(all)}` : "",
    detail: shown.join(" · "),
    since: !ended && from !== null && (summary.counts.RUNNING ?? 0) > 0 ? from : null,
    name: [
      box.label,
      ...(counted ? [`×${formatCount(all)}`] : []),
      ...shown,
      ...(shown.includes(whole) ? [] : [formatPlural(total, "task run")]),
      `${look.word}${total > 1 ? `: ${countsInWords(summary)}` : ""}`,
    ]
      .filter((part) => part !== "")
      .join(", "),
    active: (summary.counts.RUNNING ?? 0) > 0,
  };
}
