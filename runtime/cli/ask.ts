import { createInterface } from "node:readline/promises";
import { MillraceError } from "../protocol/errors.ts";
import type { Io } from "./command.ts";

/** Asks yes or no; "no" unless the person says yes. @throws MillraceError where nobody can be asked. */
export async function confirm(io: Io, question: string): Promise<boolean> {
  if (!io.interactive) {
    throw new MillraceError("bad-usage", `${question} Nobody can be asked here; say --yes if that is meant.`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
