/**
 * SIGHUP says that the terminal was closed. With nohup, in a service or a job of CI there is none, and the run is to go
 * on: Node undoes an inherited "ignore" when it starts, so that cannot be asked for.
 */
import { fstatSync, statSync } from "node:fs";

/** Whether any standard stream may be a terminal. Looks at files only: asking a terminal loads the network modules. */
export function hasTerminal(): boolean {
  if (process.platform === "win32") return true;
  return [0, 1, 2].some(isTerminalFile);
}

function isTerminalFile(descriptor: number): boolean {
  try {
    const file = fstatSync(descriptor);
    return file.isCharacterDevice() && file.rdev !== statSync("/dev/null").rdev;
  } catch {
    return false; // Closed.
  }
}
