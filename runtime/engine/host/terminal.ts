import { fstatSync } from "node:fs";

/** Whether Ctrl-C can come from a terminal. Looks at the file first: `node:tty` is not loaded for a pipe or a file. */
export function stdinIsTerminal(): boolean {
  try {
    if (!fstatSync(0).isCharacterDevice()) return false;
  } catch {
    return false; // Standard input is closed.
  }
  return process.getBuiltinModule("node:tty").isatty(0);
}
