/**
 * Which lines of a log are wanted, told without parsing most of them. Works on text in which a character is a byte
 * (latin1): what it looks for is ASCII, and places in the text are places in the file. Pure.
 *
 * Inside a JSON text a quote never stands unescaped, so `"task_run_id":"…"` is a field wherever it occurs: the record's
 * own, or - only where there are fields - one of the user's.
 */
import type { LogRecord } from "../../protocol/records.ts";

export interface LineFilter {
  /** The lowest level wanted. */
  readonly level?: number | undefined;
  readonly task_run_id?: string | undefined;
  readonly flow_run_id?: string | undefined;
}

/** Whether the line from `at` to `end` is wanted. To be asked for one line after the other. */
export type LineTest = (at: number, end: number) => boolean;

export function filterKey({ level = 0, task_run_id = "", flow_run_id = "" }: LineFilter): string {
  return `${level} ${task_run_id} ${flow_run_id}`;
}

export function lineTest(text: string, filter: LineFilter): LineTest {
  const tests: LineTest[] = [];
  const { level, task_run_id, flow_run_id } = filter;
  if (task_run_id !== undefined) tests.push(fieldTest(text, "task_run_id", task_run_id));
  if (flow_run_id !== undefined) tests.push(fieldTest(text, "flow_run_id", flow_run_id));
  if (level !== undefined && level > 0) tests.push((at, end) => levelOf(text, at, end) >= level);
  const [only, ...more] = tests;
  if (only === undefined) return (at, end) => end > at;
  return more.length === 0 ? only : (at, end) => tests.every((test) => test(at, end));
}

/** The record in a line. One that cannot be read is shown as it stands: nothing is left out in silence. */
export function readLine(line: string): LogRecord {
  const record = parse(line);
  if (typeof record?.level === "number" && typeof record.message === "string") return record;
  return { at: 0, level: 0, message: line, name: "millrace", flow_run_id: "" };
}

function fieldTest(text: string, field: "task_run_id" | "flow_run_id", value: string): LineTest {
  const wanted = `"${field}":${latin1(JSON.stringify(value))}`;
  let hit = text.indexOf(wanted);
  return (at, end) => {
    if (hit >= 0 && hit < at) hit = text.indexOf(wanted, at);
    if (hit < 0 || hit >= end) return false;
    if (!hasFields(text, at, end)) return true;
    return lineAt(text, at, end)?.[field] === value;
  };
}

function hasFields(text: string, at: number, end: number): boolean {
  return text.slice(at, end).includes('"fields":');
}

const begins = '{"at":';
const levelName = ',"level":';

function levelOf(text: string, at: number, end: number): number {
  if (text.startsWith(begins, at)) {
    const number = endOfNumber(text, at + begins.length);
    if (text.startsWith(levelName, number)) {
      const from = number + levelName.length;
      const to = endOfNumber(text, from);
      if (to > from && to - from < 8) return Number(text.slice(from, to));
    }
  }
  return lineAt(text, at, end)?.level ?? 0;
}

function endOfNumber(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); (code >= 0x30 && code <= 0x39) || code === 0x2e; code = text.charCodeAt(at))
    at++;
  return at;
}

function lineAt(text: string, at: number, end: number): Partial<LogRecord> | undefined {
  return parse(Buffer.from(text.slice(at, end), "latin1").toString("utf8"));
}

function latin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function parse(line: string): LogRecord | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Lines are written by the engine alone; a torn or foreign one fails the checks of whoever reads a field. */
function isRecord(value: unknown): value is LogRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
