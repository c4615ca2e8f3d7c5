import { fstatSync, statSync } from "node:fs";

/**
 * Whether Ctrl-C can come from a terminal. Looks at the file first: `node:tty`, which brings the network modules
 * along, is not loaded for a pipe, a file or the null device.
 */
export function stdinIsTerminal(): boolean {
  try {
    const input = fstatSync(0);
    if (!input.isCharacterDevice()) return false;
    if (process.platform !== "win32" && input.rdev === statSync("/dev/null").rdev) return false;
  } catch {
    return false; // Standard input is closed.
  }
  return process.getBuiltinModule("node:tty").isatty(0);
}
