/**
 * The keeper: a small process beside a run. It ends the runner when user code blocks its event loop past a deadline,
 * or when the runner does not end after Ctrl-C, and writes down how the run ended. It lives as long as its run.
 */
import { realDisk } from "../journal/disk.ts";
import { writeLastWord } from "../journal/live.ts";
import { writeVerdict } from "../journal/sealing.ts";
import { formatDuration } from "../protocol/durations.ts";
import type { ErrorRecord } from "../protocol/errors.ts";
import { homePaths } from "../protocol/home.ts";
import type { KeeperMessage } from "../protocol/keeper.ts";
import type { LastWord } from "../protocol/live.ts";
import { makeState, type State } from "../protocol/states.ts";
import { millraceVersion } from "../protocol/version.ts";
import { type Deadline, watchDeadlines } from "../system/deadline-watch.ts";
import { killTree } from "../system/kill-tree.ts";
import { currentWriter, processState } from "../system/process-identity.ts";

/** How long a runner may take to hear a signal that it has had as well, and be late with ending; milliseconds. */
const patience = 5000;
const lateness = 3000;
/** How often to look whether the runner is still there once its pipe has closed, and how soon after a kill. */
const lookEvery = { orphaned: 500, killed: 10 } as const;

type Keep = Extract<KeeperMessage, { readonly type: "keep" }>;

interface Verdict {
  readonly state: State;
  readonly taskMessage?: string;
  readonly taskStates?: ReadonlyMap<string, State>;
  readonly error?: ErrorRecord;
}

let kept: Keep | undefined;
let ending = false;

const deadlines = watchDeadlines((deadline) => void endRunner(missed(deadline)));

function missed(deadline: Deadline): Verdict {
  const allowed = formatDuration(deadline.timeout_ms ?? deadline.in_ms);
  const message = `${deadline.label} blocked the event loop past its timeout of ${allowed}; the runner was killed`;
  const at = Date.now();
  const timedOut = makeState("FAILED", at, { name: "TimedOut", message });
  return {
    state: makeState("CRASHED", at, { message }),
    taskMessage: "did not finish: the runner was killed",
    ...(deadline.task_run_id === undefined ? {} : { taskStates: new Map([[deadline.task_run_id, timedOut]]) }),
  };
}

async function endRunner(verdict: Verdict): Promise<void> {
  if (kept === undefined || ending) return;
  ending = true;
  const { writer, home, run_id } = kept;
  if (processState(writer) === "alive") {
    // Whoever supervises the run may see it dead before the verdict is written, and would not know why.
    await writeLastWord(realDisk, home, run_id, lastWord(verdict)).catch(() => undefined);
    await killTree(writer.pid, { except: [process.pid] });
    while (processState(writer) === "alive") await new Promise((resolve) => setTimeout(resolve, lookEvery.killed));
    const written = await recordVerdict(home, run_id, verdict).catch(() => false);
    if (written) process.stderr.write(`millrace: ${verdict.state.message}\n`);
  }
  process.exit(0);
}

function lastWord({ state, taskMessage, taskStates }: Verdict): LastWord {
  return {
    state,
    ...(taskMessage === undefined ? {} : { task_message: taskMessage }),
    ...(taskStates === undefined ? {} : { task_states: Object.fromEntries(taskStates) }),
  };
}

function recordVerdict(home: string, runId: string, verdict: Verdict): Promise<boolean> {
  return writeVerdict(realDisk, homePaths.run(home, runId), {
    ...verdict,
    writer: currentWriter(millraceVersion),
    writerIsGone: true,
  });
}

let stopTimer: NodeJS.Timeout | undefined;

/** The signal has reached the runner as well: it says that it has heard, unless user code blocks its event loop. */
function onSignal(signal: "SIGINT" | "SIGTERM"): void {
  if (kept === undefined || stopTimer !== undefined || (signal === "SIGINT" && !kept.interrupts)) return;
  stopWithin(
    kept.patience_ms ?? patience,
    `cancelled with ${signal === "SIGINT" ? "Ctrl-C" : signal}: the code blocked the event loop and was killed`,
  );
}

function stopWithin(milliseconds: number, message: string): void {
  clearTimeout(stopTimer);
  stopTimer = setTimeout(
    () => void endRunner({ state: makeState("CANCELLED", Date.now(), { message }) }),
    milliseconds,
  );
}

function onMessage(message: KeeperMessage): void {
  switch (message.type) {
    case "keep":
      kept = message;
      break;
    case "deadline":
      deadlines.arm(message);
      break;
    case "deadline-met":
      deadlines.met(message.id);
      break;
    case "stopping":
      stopWithin(message.grace_ms + lateness, "cancelled: the code did not stop in time and was killed");
      break;
    case "verdict":
      ending = true;
      void writeLast(message).finally(() => process.exit(0));
      break;
    case "release":
      if (!ending) process.exit(0);
      break;
    default:
  }
}

/** The runner waits for this process and then exits. */
function writeLast({ home, run_id, state, message, error }: Extract<KeeperMessage, { type: "verdict" }>) {
  return recordVerdict(home, run_id, {
    state: makeState(state, Date.now(), { message }),
    taskMessage: "did not finish: its process ended",
    ...(error === undefined ? {} : { error }),
  });
}

/** The runner is dead, or user code has closed its pipes: only the process itself tells. */
function onPipeClosed(): void {
  const look = (): void => {
    if (ending) return;
    if (kept === undefined || processState(kept.writer) === "dead") process.exit(0);
    setTimeout(look, lookEvery.orphaned);
  };
  look();
}

process.on("SIGINT", () => onSignal("SIGINT"));
process.on("SIGTERM", () => onSignal("SIGTERM"));
process.on("SIGHUP", () => undefined);

let rest = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (chunk: string) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) onMessage(JSON.parse(line));
});
process.stdin.on("end", onPipeClosed);
process.stdin.on("error", onPipeClosed);
