/** The tree of a run that is going on, at the bottom of a terminal. Loaded only when there is a terminal. */
import type { JournalRecord, LogRecord } from "../../protocol/records.ts";
import { logLevels } from "../../protocol/records.ts";
import type { Io } from "../command.ts";
import { makeScreen, showCursor } from "../terminal/screen.ts";
import { cleanLines } from "../terminal/width.ts";
import { applyRecord } from "./from-records.ts";
import { frameTime } from "./glyphs.ts";
import { levelName, paintLevel, repeatsState } from "./log-lines.ts";
import { makeModel } from "./model.ts";
import { clockTime, fieldsText } from "./plain.ts";
import { treeLines } from "./tree.ts";

export interface LiveView {
  record(record: JournalRecord): void;
  log(log: LogRecord): void;
  /** A line of ours that stays above the tree: "cancelling…". */
  say(line: string): void;
  /** Takes the live region away and prints the tree as it ended. */
  end(): void;
}

/** Log lines under the tree. */
const lastLogs = 5;
/** Log lines that stay when the run has ended; all of them are in the run's log. */
const keptLogs = 20;
/** The tree that stays in the scrollback is folded when it is longer than this. */
const longestRemains = 60;

export function makeLiveView(io: Io, detail: "normal" | "verbose"): LiveView {
  const { style } = io;
  const model = makeModel();
  const screen = makeScreen({ write: io.out, columns: io.columns });
  const logs: string[] = [];
  let labelWidth = 0;
  let logged = 0;
  let timer: NodeJS.Timeout | undefined;

  const draw = (): void => {
    const began = performance.now();
    const logRoom = logs.length === 0 ? 0 : Math.min(lastLogs, Math.max(0, Math.floor((io.rows() - 3) / 3)));
    const height = Math.max(3, io.rows() - 1 - (logRoom === 0 ? 0 : logRoom + 1));
    const tree = treeLines(model, { style, width: io.columns() - 1, now: Date.now(), height, labelWidth });
    labelWidth = tree.labelWidth;
    const shownLogs = logRoom === 0 ? [] : ["", ...logs.slice(-logRoom)];
    screen.draw([...tree.lines, ...shownLogs]);
    // Drawing may take a twentieth of the time, not more: the flow runs in this process.
    const pause = Math.max(frameTime, 20 * (performance.now() - began));
    timer = setTimeout(draw, pause);
    timer.unref();
  };
  const wake = (): void => {
    // The first picture soon, so that a quick run shows nothing that is gone before it can be read.
    if (timer === undefined) {
      timer = setTimeout(draw, frameTime);
      timer.unref();
    }
  };
  const restoreCursor = (): void => io.out(showCursor);
  process.once("exit", restoreCursor);

  return {
    record(record) {
      applyRecord(model, record);
      wake();
    },
    log(log) {
      if ((log.level < logLevels.info && detail !== "verbose") || repeatsState(log)) return;
      const task = log.task_run_id === undefined ? undefined : model.tasks.get(log.task_run_id)?.name;
      const paint = paintLevel(log.level, style);
      for (const text of cleanLines(log.message)) {
        const level = log.level === logLevels.info ? "" : `${paint(levelName(log.level))} `;
        const line = `${style.dim(clockTime(log.at))} ${level}${task === undefined ? "" : style.dim(`${task}: `)}${text}${fieldsText(log)}`;
        if (detail === "verbose") {
          screen.print([line]);
        } else {
          logs.push(line);
          logged++;
        }
      }
      if (logs.length > 4 * keptLogs) logs.splice(0, logs.length - keptLogs);
      wake();
    },
    say(line) {
      screen.print([line]);
    },
    end() {
      clearTimeout(timer);
      screen.close();
      process.removeListener("exit", restoreCursor);
      const tree = treeLines(model, { style, width: io.columns() - 1, height: longestRemains });
      io.out(tree.lines.map((line) => `${line}\n`).join(""));
      const last = logs.slice(-keptLogs);
      if (last.length === 0) return;
      const earlier = logged - last.length;
      const note = earlier > 0 ? [style.dim(`… ${earlier} earlier log ${earlier === 1 ? "line" : "lines"}`)] : [];
      io.out(`\n${[...note, ...last].map((line) => `${line}\n`).join("")}`);
    },
  };
}
