import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Asks for a text that is not shown while it is typed; "" when nothing was. */
export async function askSecret(question: string): Promise<string> {
  process.stdout.write(`${question}: `);
  // What the line editor would echo goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stdout.write("\n");
  }
}
