import type { Io } from "./command.ts";

/** API objects as a person and a program can read them. */
export function printJson(io: Pick<Io, "out">, value: unknown): void {
  io.out(`${JSON.stringify(value, undefined, 2)}\n`);
}
