/**
 * Runs under a debugger. Alive means that the process is there: a breakpoint stops its event loop for as long as somebody
 * thinks, so nothing has a time limit. The debugger's Stop kills the process; that is a wish and no crash.
 */
import { makeState, type State } from "./states.ts";

/** Stands in the run's notes. */
export const timeLimitsOff = "debugging: time limits are off";

export const debuggerStopped = "The debugger was stopped.";

/** What became of a run whose process is gone and that did not end by itself. `at` in milliseconds since the epoch. */
export function stateAfterDebugger(at: number): State {
  return makeState("CANCELLED", at, { message: debuggerStopped });
}

/** Environment variable with a DebugRequest: the debugger shows what it starts, and arguments would fill its console. */
export const debugRequestVariable = "MILLRACE_DEBUG_REQUEST";

/** What the editor gives a runner that VS Code's debugger starts, as a text that no shell and no editor expands. */
export interface DebugRequest {
  readonly home: string;
  readonly run_id: string;
  /** Absolute. */
  readonly file: string;
  /** Export or name; may be left out when the file has one flow. */
  readonly flow?: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly cwd: string;
  /** On top of the process's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

export function encodeDebugRequest(request: DebugRequest): string {
  return Buffer.from(JSON.stringify(request)).toString("base64url");
}

export function decodeDebugRequest(text: string): DebugRequest {
  const request: DebugRequest = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  return request;
}
