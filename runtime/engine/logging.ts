/** `log`, and what user code prints: lines of the run's log, attributed to the task that wrote them. */
import { inspect } from "node:util";
import type { LogLevel } from "../protocol/records.ts";
import { currentScope } from "./context.ts";
import { printLine, writeLog } from "./run.ts";

export type LogFields = Readonly<Record<string, unknown>>;

export function logMessage(level: LogLevel, message: unknown, fields: LogFields | undefined): void {
  const text = typeof message === "string" ? message : inspect(message);
  const scope = currentScope();
  const plain = fields === undefined ? undefined : plainFields(fields);
  if (scope === undefined) printLine(level, text, plain);
  else writeLog(scope, level, text, "log", plain);
}

/** Fields as JSON can hold them: a log line must never fail for what stands in it. */
function plainFields(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, plainField(value)]));
}

function plainField(value: unknown): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack };
  try {
    const text = typeof value === "object" ? JSON.stringify(value) : undefined;
    return text === undefined ? inspect(value, { depth: 3 }) : JSON.parse(text);
  } catch {
    return inspect(value, { depth: 3 });
  }
}
