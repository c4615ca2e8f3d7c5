/** Why a run or a task stands where it does, in sentences. Pure. */
import type { ApiState, FlowRun, TaskRun } from "../../runtime/protocol/api.ts";
import type { DeploymentCode } from "../../runtime/protocol/deployments.ts";
import type { SourceCommit } from "../../runtime/protocol/records.ts";
import { formatClock, formatDuration } from "../kit/format.ts";

export interface Explanation {
  /** One or two sentences: what is, why, and what comes next or what to do. */
  readonly text: string;
  /** The last lines a process wrote, where they say more. */
  readonly output?: readonly string[];
}

type Told = Pick<TaskRun, "state_type" | "state_name" | "state" | "run_count" | "error">;

/** What is not plain from the state's name alone; null when it is. `now` in milliseconds. */
export function explainTask(task: Told, now: number): Explanation | null {
  const { state } = task;
  const said = state.message?.trim() ?? "";
  switch (task.state_name) {
    case "AwaitingRetry":
      return explain(
        `Attempt ${task.run_count} failed${said === "" ? "" : `: ${firstLine(said)}`}.`,
        `The next one begins ${whenDue(state, now) ?? "soon"}.`,
      );
    case "Retrying":
      return explain(
        `Attempt ${task.run_count} is running; ${before(task.run_count)} failed${
          task.error === null ? "" : `, the last with: ${firstLine(task.error.message)}`
        }.`,
      );
    case "AwaitingConcurrencySlot":
      return explain(
        `${capital(said === "" ? "waits for a slot" : said)}: as many as may run at once are running.`,
        `It has waited ${since(state, now)}.`,
      );
    case "Cached":
      return explain(
        "Not run: an earlier run of this task with the same cache key had a result, which was taken.",
        expiry(state, now),
      );
    case "Skipped":
      return explain(said === "" ? "Not run: the flow skipped it." : `Not run: ${said}.`);
    case "TimedOut":
      return explain(said === "" ? "It took longer than its timeout allows." : sentence(said));
    case "Rerunning":
      return explain("It runs again, though it had finished before.");
    default:
  }
  switch (task.state_type) {
    case "FAILED":
      if (task.error?.code === "upstream-failed") {
        return explain("Not run: a task whose result it needs has failed. Look there first.");
      }
      return task.error === null && said !== "" ? explain(sentence(said)) : null;
    case "CRASHED":
      return crashed(state, "task");
    case "CANCELLED":
    case "CANCELLING":
      return said === "" ? null : explain(sentence(said));
    case "PENDING":
      return explain("It is about to start.");
    default:
      return null;
  }
}

export function explainRun(
  run: Pick<
    FlowRun,
    "state_type" | "state_name" | "state" | "run_count" | "error" | "expected_start_time" | "work_queue_name"
  >,
  now: number,
): Explanation | null {
  const { state } = run;
  const said = state.message?.trim() ?? "";
  const queue = run.work_queue_name ?? "default";
  switch (run.state_name) {
    case "Late": {
      const due = Date.parse(run.expected_start_time ?? state.timestamp);
      if (said !== "")
        return explain(sentence(said), `It was due at ${clock(due)}, ${roughly(Math.max(0, now - due))} ago.`);
      return explain(
        `Late: it was due at ${clock(due)}, ${roughly(Math.max(0, now - due))} ago, and no worker has taken it from the queue "${queue}".`,
        "Either all runners are busy, or no worker serves this queue: then start one with `millrace worker start`.",
      );
    }
    case "AwaitingRetry":
      return explain(
        `Run ${run.run_count} of the flow failed${said === "" ? "" : `: ${firstLine(said)}`}.`,
        `It is run again ${whenDue(state, now) ?? "soon"}; finished tasks are kept.`,
      );
    case "AwaitingConcurrencySlot":
      return explain(`${capital(said === "" ? "waits for a slot" : said)}. It has waited ${since(state, now)}.`);
    case "Resuming":
      return explain("A runner is being started to go on with this run. Finished tasks are kept.");
    case "Retrying":
      return explain(`Run ${run.run_count} of the flow: the one before failed. Finished tasks are kept.`);
    case "TimedOut":
      return explain(said === "" ? "The flow took longer than its timeout allows." : sentence(said));
    default:
  }
  switch (run.state_type) {
    case "SCHEDULED": {
      const due = run.expected_start_time === null ? Number.NaN : Date.parse(run.expected_start_time);
      if (due > now + 1000) return explain(`It starts ${inTime(due, now)}.`);
      if (said !== "") return explain(sentence(said), `It has waited ${since(state, now)}.`);
      return explain(
        `It waits in the queue "${queue}" since ${clock(Date.parse(state.timestamp))} and starts as soon as a runner is free.`,
      );
    }
    case "PENDING":
      return explain("A runner is starting.");
    case "PAUSED": {
      const until = timeOf(state, "pause_timeout");
      return explain(
        said === "" ? "The flow waits for an answer." : sentence(said),
        until === undefined ? "" : `Without one it fails ${inTime(until, now)}.`,
      );
    }
    case "CRASHED":
      return crashed(state, "run");
    case "CANCELLING":
      return explain(
        said === "" ? "It was told to stop." : sentence(said),
        "What does not end by itself is ended by force.",
      );
    case "CANCELLED":
      return said === "" ? null : explain(sentence(said));
    case "FAILED":
      return run.error === null && said !== "" ? explain(sentence(said)) : null;
    default:
      return null;
  }
}

const signals: Readonly<Record<string, string>> = {
  SIGKILL: "was killed (SIGKILL): by hand, or by the system when memory ran out",
  SIGTERM: "was told to end (SIGTERM), as a shutdown does",
  SIGINT: "was interrupted (SIGINT)",
  SIGHUP: "lost its terminal (SIGHUP)",
  SIGSEGV: "broke down in native code (SIGSEGV): an add-on made for another version of Node does that",
  SIGBUS: "broke down in native code (SIGBUS)",
  SIGILL: "broke down in native code (SIGILL)",
  SIGABRT: "gave up (SIGABRT), as Node does when its memory is full",
};

/** Exit codes of a process that a shell or a container reports for a signal. */
const signalOfCode: Readonly<Record<number, string>> = {
  130: "SIGINT",
  134: "SIGABRT",
  137: "SIGKILL",
  139: "SIGSEGV",
  143: "SIGTERM",
};

function crashed(state: ApiState, what: "run" | "task"): Explanation {
  const { signal, exit_code, last_output } = state.state_details;
  const said = state.message?.trim() ?? "";
  const output = Array.isArray(last_output) ? last_output.filter((line) => typeof line === "string") : [];
  const name =
    typeof signal === "string" ? signal : typeof exit_code === "number" ? signalOfCode[exit_code] : undefined;
  const lines = output.length > 0 ? { output } : {};
  if (output.some((line) => /FATAL ERROR:.*\bheap\b|JavaScript heap out of memory/.test(line))) {
    const text =
      "The process ran out of memory: it held more than Node allows. Give tasks less at once, or allow more with NODE_OPTIONS=--max-old-space-size=8192.";
    return { text, ...lines };
  }
  if (name !== undefined) {
    return { text: `The process ${signals[name] ?? `was ended by ${name}`}. ${goOn(what)}`.trim(), ...lines };
  }
  if (exit_code === 0) {
    const text = `The process ended by itself (exit code 0) before the run had: something called process.exit(). ${goOn(what)}`;
    return { text: text.trim(), ...lines };
  }
  if (typeof exit_code === "number") {
    const text = `The process ended with exit code ${exit_code} before the run had: process.exit(${exit_code}) was called, or Node itself gave up. ${goOn(what)}`;
    return { text: text.trim(), ...lines };
  }
  return { text: said === "" ? "The process is gone, and nobody saw how it ended." : sentence(said), ...lines };
}

function goOn(what: "run" | "task"): string {
  return what === "run" ? "What had finished is kept: Resume goes on from there." : "";
}

function explain(...sentences: readonly string[]): Explanation {
  return { text: sentences.filter((part) => part !== "").join(" ") };
}

function timeOf(state: ApiState, key: string): number | undefined {
  const value = state.state_details[key];
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function whenDue(state: ApiState, now: number): string | undefined {
  const due = timeOf(state, "scheduled_time");
  return due === undefined ? undefined : inTime(due, now);
}

/** "in 8s, at 14:02:07"; "now" when it is due. */
function inTime(due: number, now: number): string {
  if (due <= now) return "now";
  return `in ${roughly(due - now)}, at ${clock(due)}`;
}

function expiry(state: ApiState, now: number): string {
  const until = timeOf(state, "cache_expiration");
  return until === undefined || until <= now ? "" : `It is kept ${inTime(until, now).replace("in ", "for ")}.`;
}

function since(state: ApiState, now: number): string {
  return roughly(Math.max(0, now - Date.parse(state.timestamp)));
}

function before(runCount: number): string {
  return runCount === 2 ? "one before it" : `${runCount - 1} before it`;
}

/** Whole seconds: tenths would flicker. */
function roughly(milliseconds: number): string {
  const rounded = milliseconds < 1000 ? milliseconds : Math.round(milliseconds / 1000) * 1000;
  return formatDuration(rounded).replace(/\.0s$/, "s");
}

/** "14:02:07" */
function clock(time: number): string {
  return formatClock(time).slice(0, 8);
}

/** An explanation that only repeats the error above it. */
export function saysTheSame(text: string, error: string | undefined): boolean {
  return error !== undefined && plain(text) === plain(error);
}

function plain(text: string): string {
  return text.trim().replace(/[.!]$/, "").toLowerCase();
}

export function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.trim().replace(/[.:]$/, "") ?? "";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? capital(text) : `${capital(text)}.`;
}

/** Which code a version of a deployment runs; null for whatever lies in the folder. */
export function pinnedWords(code: DeploymentCode): { readonly text: string; readonly title: string } | null {
  if (code.type === "working-copy") return null;
  if (code.type === "snapshot") {
    return { text: `copy ${code.hash.slice(0, 8)}`, title: "The code as it was when the deployment was deployed." };
  }
  const { reference, commit, repository } = code;
  const at = commit === null ? "" : ` at ${commit.slice(0, 7)}`;
  return {
    text: `${reference}${at}`,
    title: `The code of ${repository}${commit === null ? "" : `, commit ${commit}`}.`,
  };
}

/** Which code ran: the files as they lay in the folder, and what the repository was at. */
export function codeWords(commit: SourceCommit | null): { readonly text: string; readonly title: string } {
  const kept = "The files as they were in the folder when it ran; the run keeps their text.";
  if (commit === null) return { text: "working copy", title: kept };
  const branch = commit.branch === undefined ? "" : ` of ${commit.branch}`;
  const title = `${kept} The repository was at commit ${commit.id}${branch}.`;
  return { text: `working copy at ${commit.id.slice(0, 7)}`, title };
}
