/**
 * What user code prints with `console`, or writes to the process's streams, goes to the log of the run and task it
 * runs in. The console is patched once a process; outside runs it is what it was.
 */
import { StringDecoder } from "node:string_decoder";
import { format } from "node:util";
import type { LogLevel } from "../protocol/records.ts";
import { currentScope, type Scope, shared } from "./context.ts";
import { untouchedConsole, writeLog } from "./run.ts";

const methods: Readonly<Record<"debug" | "log" | "info" | "warn" | "error" | "trace", LogLevel>> = {
  debug: "debug",
  log: "info",
  info: "info",
  warn: "warn",
  error: "error",
  trace: "debug",
};

export function captureConsole(): void {
  if (shared.consoleCaptured) return;
  shared.consoleCaptured = true;
  for (const name of ["debug", "log", "info", "warn", "error", "trace"] as const) {
    const original = console[name].bind(console);
    untouchedConsole[name] = original;
    console[name] = (...parts: unknown[]) => {
      const scope = currentScope();
      if (scope === undefined || !shared.runs.has(scope.flowRun.run)) {
        original(...parts);
        return;
      }
      writeLog(scope, methods[name], format(...parts), "console");
      if (scope.flowRun.run.options.echo !== true) return;
      // What the console itself writes to stdout must not be taken for another line.
      shared.printing = true;
      try {
        original(...parts);
      } finally {
        shared.printing = false;
      }
    };
  }
}

interface OpenLine {
  readonly decoder: StringDecoder;
  text: string;
}

type StreamName = "stdout" | "stderr";

const openLines = new WeakMap<Scope, Map<StreamName, OpenLine>>();
/** A progress bar writes no line end for a long time. */
const longestOpenLine = 16_384;

/** See `SdkRuntime.captureOutput`. Lines are put together per task; what is no whole line waits for its end. */
export function captureOutput(stream: "stdout" | "stderr", chunk: string | Uint8Array): boolean {
  const scope = currentScope();
  if (scope === undefined || shared.printing || !shared.runs.has(scope.flowRun.run)) return false;
  const line = openLine(scope, stream);
  line.text += typeof chunk === "string" ? chunk : line.decoder.write(Buffer.from(chunk));
  const lines = line.text.split(/\r?\n/);
  line.text = lines.pop() ?? "";
  for (const text of lines) writeOutput(scope, stream, text);
  if (line.text.length > longestOpenLine) flushOutput(scope);
  return true;
}

/** The end of a task or flow ends its last line too. */
export function flushOutput(scope: Scope): void {
  for (const [stream, line] of openLines.get(scope) ?? []) {
    if (line.text !== "") writeOutput(scope, stream, line.text);
    line.text = "";
  }
}

function openLine(scope: Scope, stream: StreamName): OpenLine {
  let streams = openLines.get(scope);
  if (streams === undefined) {
    streams = new Map();
    openLines.set(scope, streams);
  }
  let line = streams.get(stream);
  if (line === undefined) {
    line = { decoder: new StringDecoder("utf8"), text: "" };
    streams.set(stream, line);
  }
  return line;
}

function writeOutput(scope: Scope, stream: StreamName, text: string): void {
  writeLog(scope, stream === "stderr" ? "warn" : "info", text, stream);
}
