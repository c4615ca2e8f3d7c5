/** What stands in the columns of a log line, and what of it is copied. */
import type { LogRecord } from "../../../runtime/protocol/records.ts";
import { type LogLevel, logLevels } from "../../../runtime/protocol/records.ts";
import { stripAnsi } from "./ansi.ts";

/** Lines of one message that are shown before it is expanded. */
export const shownLines = 20;
/** Characters of one line that are shown before it is expanded: the browser breaks down on lines of megabytes. */
export const shownCharacters = 2_000;

export function levelOf(level: number): LogLevel {
  if (level >= logLevels.error) return "error";
  if (level >= logLevels.warn) return "warn";
  return level >= logLevels.info ? "info" : "debug";
}

export const levelWords: Readonly<Record<LogLevel, string>> = {
  debug: "Debug",
  info: "Info",
  warn: "Warning",
  error: "Error",
};

export interface MessageShape {
  readonly text: string;
  readonly lines: number;
  /** Why not all of it is shown: lines or characters left out. */
  readonly hiddenLines: number;
  readonly hiddenCharacters: number;
}

/** The part of a message that is shown. Trailing line ends are no lines. */
export function messageShape(message: string, expanded: boolean): MessageShape {
  const whole = message.replace(/[\r\n]+$/, "");
  const lines = whole.split("\n");
  if (expanded) return { text: whole, lines: lines.length, hiddenLines: 0, hiddenCharacters: 0 };
  let hiddenCharacters = 0;
  const shown = lines.slice(0, shownLines).map((line) => {
    if (line.length <= shownCharacters) return line;
    hiddenCharacters += line.length - shownCharacters;
    return `${line.slice(0, shownCharacters)}…`;
  });
  return { text: shown.join("\n"), lines: shown.length, hiddenLines: lines.length - shown.length, hiddenCharacters };
}

/** Structured fields behind a message: `rows=120 file="a b"`. */
export function fieldsText(fields: LogRecord["fields"]): string {
  if (fields === undefined) return "";
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${fieldText(value)}`)
    .join(" ");
}

function fieldText(value: unknown): string {
  if (typeof value === "string") return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? String(value);
}

export type TimeStyle = "relative" | "absolute";

/** `start` is when the run began; a line of before it (a clock that was set) counts from zero. */
export function timeText(at: number, style: TimeStyle, start: number): string {
  if (style === "absolute") {
    const date = new Date(at);
    const two = (value: number) => String(value).padStart(2, "0");
    return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  }
  const milliseconds = Math.max(0, at - start);
  const seconds = Math.floor(milliseconds / 1000);
  const rest = String(milliseconds % 1000).padStart(3, "0");
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0
    ? `+${hours}:${two(minutes)}:${two(seconds % 60)}.${rest}`
    : `+${minutes}:${two(seconds % 60)}.${rest}`;
}

/** A line as plain text: for the clipboard and for those who hear it. */
export function plainLine(line: LogRecord, task: string, style: TimeStyle, start: number): string {
  const fields = fieldsText(line.fields);
  return [
    timeText(line.at, style, start),
    levelWords[levelOf(line.level)].toUpperCase(),
    ...(task === "" ? [] : [`[${task}]`]),
    stripAnsi(line.message).replace(/\n+$/, ""),
    ...(fields === "" ? [] : [fields]),
  ].join(" ");
}
