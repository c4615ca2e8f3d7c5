import { type LogLevel, type LogRecord, logLevels } from "../../protocol/records.ts";
import type { Paint, Style } from "../terminal/style.ts";

/** The level at or below the number. */
export function levelName(level: number): LogLevel {
  if (level >= logLevels.error) return "error";
  if (level >= logLevels.warn) return "warn";
  return level >= logLevels.info ? "info" : "debug";
}

export function paintLevel(level: number, style: Style): Paint {
  if (level >= logLevels.error) return style.red;
  if (level >= logLevels.warn) return style.yellow;
  return level >= logLevels.info ? style.blue : style.dim;
}

/** What the engine logs about a retry is shown as the task's state already. */
export function repeatsState(log: LogRecord): boolean {
  return log.name === "millrace" && log.task_run_id !== undefined && / - retry \d+ of \d+ /.test(log.message);
}
