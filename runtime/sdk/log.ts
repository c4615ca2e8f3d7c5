import { type LogFields, logMessage } from "../engine/logging.ts";

/**
 * Writes to the run's log, with the task that wrote it. Outside a run it prints.
 *
 * @param message a text; anything else is written as `util.inspect` shows it.
 * @param fields values beside the text, as JSON; errors keep their stack.
 * @example
 * log.info("rows loaded", { table: "trips", rows: 1_369_769 });
 */
type Log = (message: unknown, fields?: LogFields) => void;

/** The run's log. Levels are debug, info, warn and error; `console` inside a run goes to the same log. */
export const log: { readonly debug: Log; readonly info: Log; readonly warn: Log; readonly error: Log } = {
  debug: (message, fields) => logMessage("debug", message, fields),
  info: (message, fields) => logMessage("info", message, fields),
  warn: (message, fields) => logMessage("warn", message, fields),
  error: (message, fields) => logMessage("error", message, fields),
};
