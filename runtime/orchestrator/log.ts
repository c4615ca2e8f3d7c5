/** orchestrator.log: one line per event, kept below a size by one older generation. Never throws. */
import { appendFileSync, renameSync, statSync } from "node:fs";
import { inspect } from "node:util";

export interface Log {
  info(message: string): void;
  error(message: string, error: unknown): void;
}

export function createLog(file: string, limit = 5 * 1024 * 1024): Log {
  let size = sizeOf(file);
  const write = (level: string, message: string): void => {
    const line = `${new Date().toISOString()} ${level} ${process.pid} ${message}\n`;
    try {
      if (size + line.length > limit) {
        renameSync(file, `${file}.1`);
        size = 0;
      }
      appendFileSync(file, line, { mode: 0o600 });
      size += line.length;
    } catch {
      // A full disk or a home that was taken away must not end what is going on; runs say so in their own way.
    }
  };
  return {
    info: (message) => write("info", message),
    error: (message, error) => write("error", `${message}: ${inspect(error)}`),
  };
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
