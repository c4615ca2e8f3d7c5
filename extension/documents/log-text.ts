/** A run's log as text. Pure. */
import { type LogRecord, logLevels } from "../../runtime/protocol/records.ts";

/** "2026-11-20 14:02:07.123  INFO   fetch-0  message {fields}"; further lines of a message are indented under it. */
export function logText(logs: readonly LogRecord[], taskName: (id: string) => string | undefined): string {
  let text = "";
  for (const log of logs) {
    const task = log.task_run_id === undefined ? undefined : (taskName(log.task_run_id) ?? log.task_run_id);
    const fields = log.fields === undefined ? "" : ` ${JSON.stringify(log.fields)}`;
    const head = `${moment(log.at)}  ${levelWord(log.level).padEnd(5)}  ${task === undefined ? "" : `${task}  `}`;
    text += `${head}${plain(log.message).replaceAll("\n", "\n    ")}${fields}\n`;
  }
  return text;
}

function levelWord(level: number): string {
  if (level >= logLevels.error) return "ERROR";
  if (level >= logLevels.warn) return "WARN";
  return level >= logLevels.info ? "INFO" : "DEBUG";
}

/** Local time, as the log's readers live in it. */
function moment(at: number): string {
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${day} ${clock}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

/** Without terminal colours, which an editor would show as signs. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
  return text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "").trimEnd();
}
