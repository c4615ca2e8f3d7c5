/** Shows one run that is executed in this process, from its first record to its summary. */

import { realDisk } from "../../journal/disk.ts";
import { formatDuration } from "../../protocol/durations.ts";
import { exitCodes } from "../../protocol/errors.ts";
import type { JournalRecord, LogRecord } from "../../protocol/records.ts";
import type { ExecuteOutcome } from "../../protocol/sdk-runtime.ts";
import { isTerminal } from "../../protocol/states.ts";
import { hasTerminal } from "../../system/hangup.ts";
import { monotonic } from "../../system/monotonic.ts";
import { knowsSecrets, redact } from "../../system/redaction.ts";
import type { Io } from "../command.ts";
import { outliveReader } from "../io.ts";
import { makePlainView } from "../view/plain.ts";
import { resultLine } from "../view/result-line.ts";
import { type RunEnd, shortId, summaryLines } from "../view/summary.ts";
import { makeTally, type RunFacts, type Tally } from "../view/tally.ts";
import { answerHint } from "./answer-hint.ts";
import type { ShownHistory } from "./history.ts";

export type Detail = "quiet" | "normal" | "verbose";

export interface RunHooks {
  readonly onRecord: (record: JournalRecord) => void;
  readonly onLog: (log: LogRecord) => void;
  readonly signal: AbortSignal;
}

export interface ShowOptions {
  readonly io: Io;
  readonly home: string;
  readonly json: boolean;
  readonly detail: Detail;
  readonly flowLabel: string;
  /** Earlier executions of the same run. */
  readonly history?: ShownHistory;
  /** Hears each record first: --watch learns the sources from it. */
  readonly onRecord?: (record: JournalRecord) => void;
  /** Aborted when somebody else than the user stops the run. */
  readonly stop?: AbortSignal;
}

interface View {
  seed(history: ShownHistory): void;
  record(record: JournalRecord): void;
  log(log: LogRecord): void;
  say(line: string): void;
  /** Called before the summary, and when the run could not be started. */
  end(): void;
  /** Whether the summary needs a line between itself and what stands above. */
  hasPrinted(): boolean;
}

/** Resolves to the exit code. What stops the run from starting at all (a file that does not parse) is thrown. */
export async function showRun(
  options: ShowOptions,
  start: (hooks: RunHooks) => Promise<ExecuteOutcome>,
): Promise<number> {
  const { json } = options;
  const io = withoutSecrets(options.io);
  outliveReader();
  const tally = makeTally();
  const view = await makeView({ ...options, io });
  let begun = false;
  const interruption = listenForInterruption(view, () => begun, options.stop);
  if (options.history !== undefined) {
    tally.apply(options.history.root);
    view.seed(options.history);
  }
  const finish = (outcome: ExecuteOutcome, tasks: Tally = tally): void => {
    const end = runEnd(outcome, tally.run, tasks, options.flowLabel);
    if (json) {
      io.out(`${JSON.stringify(summaryObject(end, outcome))}\n`);
      return;
    }
    if (view.hasPrinted()) io.out("\n");
    const lines = summaryLines(end, { style: io.style, width: io.columns(), cwd: io.cwd }, resultLine(outcome, io));
    io.out(lines.map((line) => `${line}\n`).join(""));
  };
  /** The engine ends the process itself when a flow can never come to its end, or does not stop: that is told too. */
  const onExit = (code: number): void => {
    view.end();
    const { id, state, error } = tally.run;
    if (!begun || id === undefined || state === undefined) return;
    if (!isTerminal(state.type)) {
      // The engine writes down why as the last thing it does, past the view.
      const what = `The run was ended with its process (exit code ${code}); millrace runs show ${shortId(id)} tells why.`;
      io.err(`${io.style.red("error")}: ${what}\n`);
      return;
    }
    finish({ run_id: id, state, exit_code: code, ...(error === undefined ? {} : { error }) });
  };
  process.once("exit", onExit);
  let outcome: ExecuteOutcome;
  try {
    outcome = await start({
      onRecord: (record) => {
        begun = true;
        options.onRecord?.(record);
        tally.apply(record);
        view.record(record);
        const hint = answerHint(record, tally.run.id);
        if (hint !== undefined) view.say(hint);
      },
      onLog: (log) => view.log(log),
      signal: interruption.signal,
    });
  } finally {
    process.removeListener("exit", onExit);
    interruption.end();
    view.end();
  }
  if (outcome.state.type === "CRASHED") {
    const { acknowledgedTally } = await import("./acknowledged.ts");
    finish(outcome, acknowledgedTally(realDisk, options.home, outcome.run_id));
  } else finish(outcome);
  return outcome.exit_code;
}

/** The run is executed in this process, so what it returned or threw may still hold its secrets. */
function withoutSecrets(io: Io): Io {
  const clean = (text: string): string => (knowsSecrets() ? redact(text) : text);
  return Object.create(io, {
    out: { value: (text: string) => io.out(clean(text)) },
    err: { value: (text: string) => io.err(clean(text)) },
  });
}

async function makeView({ io, json, detail }: ShowOptions): Promise<View> {
  if (json) {
    const print = (record: object) => io.out(`${JSON.stringify(record)}\n`);
    return {
      seed: () => {},
      record: print,
      log: (log) => print({ kind: "log", ...log }),
      say: () => {},
      end: () => {},
      hasPrinted: () => false,
    };
  }
  if (io.terminal && detail !== "quiet") {
    const { makeLiveView } = await import("../view/live.ts");
    const live = makeLiveView(io, detail);
    const seed = ({ root, kept }: ShownHistory) => [root, ...kept].forEach(live.record);
    return { ...live, seed, hasPrinted: () => true };
  }
  let printed = false;
  const write = (line: string) => {
    printed = true;
    io.out(`${line}\n`);
  };
  const plain = makePlainView({ write, style: io.style, detail });
  const sign = detail === "quiet" ? () => {} : signOfLife(plain, io);
  let last = monotonic();
  const timer = setInterval(() => {
    if (monotonic() - last >= lifeTime) {
      sign();
      last = monotonic();
    }
  }, lifeTime / 4);
  timer.unref();
  return {
    seed: ({ root }) => plain.record(root),
    record: (record) => {
      last = monotonic();
      plain.record(record);
    },
    log: (log) => {
      last = monotonic();
      plain.log(log);
    },
    say: (line) => io.err(`${line}\n`),
    end: () => clearInterval(timer),
    hasPrinted: () => printed,
  };
}

/** CI systems end jobs that print nothing, and people wonder: after this long without a line one is printed. */
const lifeTime = 60_000;

function signOfLife(plain: ReturnType<typeof makePlainView>, io: Io): () => void {
  return () => {
    const running = plain.running().map(({ name, since }) => `${name} (${formatDuration(Date.now() - since)})`);
    if (running.length > 0) io.out(`${io.style.dim("still running:")} ${running.join(", ")}\n`);
  };
}

interface Interruption {
  readonly signal: AbortSignal;
  end(): void;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * The engine stops a run on Ctrl-C and its relatives, and ends it at once when told twice; here that is only said.
 * While the file is being loaded there is no run yet, and nothing to wait for.
 */
function listenForInterruption(
  view: Pick<View, "say" | "end">,
  hasBegun: () => boolean,
  stop: AbortSignal | undefined,
): Interruption {
  const controller = new AbortController();
  const onStop = () => controller.abort(stop?.reason);
  let told = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (signal === "SIGHUP" && deaf) return;
    if (!hasBegun()) {
      view.end();
      process.exit(exitCodes.crashed);
    }
    if (!told) view.say(`Cancelling the run.${signal === "SIGINT" ? " Ctrl-C again ends it at once." : ""}`);
    told = true;
  };
  // As the engine has it: without a terminal a hang-up means nothing.
  const deaf = !hasTerminal();
  for (const signal of signals) process.on(signal, onSignal);
  stop?.addEventListener("abort", onStop, { once: true });
  return {
    signal: controller.signal,
    end() {
      for (const signal of signals) process.removeListener(signal, onSignal);
      stop?.removeEventListener("abort", onStop);
    },
  };
}

function runEnd(outcome: ExecuteOutcome, run: RunFacts, tally: Tally, flowLabel: string): RunEnd {
  const started = run.startedAt;
  return {
    runId: outcome.run_id,
    runName: run.name ?? "",
    flowName: run.flowName ?? flowLabel,
    state: outcome.state,
    durationMs: started === undefined ? undefined : Math.max(0, outcome.state.timestamp - started),
    counts: tally.counts,
    kept: tally.kept(),
    cached: tally.cached(),
    failed: tally.failed,
    error: outcome.error,
  };
}

function summaryObject(end: RunEnd, outcome: ExecuteOutcome): object {
  return {
    kind: "summary",
    run_id: end.runId,
    name: end.runName,
    flow_name: end.flowName,
    state: outcome.state,
    exit_code: outcome.exit_code,
    total_run_time: end.durationMs === undefined ? null : end.durationMs / 1000,
    task_run_counts: Object.fromEntries([...end.counts].filter(([, count]) => count > 0)),
    kept: end.kept,
    cached: end.cached,
    failed: end.failed.map(({ id, name, attempts, error }) => ({ id, name, attempts, error: error ?? null })),
    error: end.error ?? null,
  };
}
