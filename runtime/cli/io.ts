/** The process's own streams as an Io. */
import type { Io } from "./command.ts";
import { makeStyle, wantsColor, wantsUnicode } from "./terminal/style.ts";

export function processIo(argv: readonly string[] = []): Io {
  const { stdout, env } = process;
  stdout.on("error", leaveOnBrokenPipe);
  const terminal = Boolean(stdout.isTTY);
  const color = !beforeDashes(argv).includes("--no-color") && wantsColor(terminal, env);
  return {
    out: (text) => writePast(stdout, text),
    // Making a stream takes time: the error output is touched when there is an error, the input when somebody is asked.
    err: (text) => writePast(process.stderr, text),
    // On a stream that is no terminal glyphs go through pipes, files and other programs: text only.
    style: makeStyle({ color, unicode: terminal && wantsUnicode(env) }),
    terminal: terminal && env["TERM"] !== "dumb",
    get interactive() {
      return terminal && Boolean(process.stdin.isTTY) && !env["CI"];
    },
    columns: () => columnsOf(stdout.columns, env["COLUMNS"]),
    rows: () => stdout.rows ?? 24,
    environment: env,
    cwd: process.cwd(),
  };
}

/** A runner puts its own `write` on the stream, to keep what tasks print in the run's log; ours goes past it. */
function writePast(stream: NodeJS.WriteStream, text: string): void {
  const prototype: Pick<NodeJS.WriteStream, "write"> = Object.getPrototypeOf(stream);
  prototype.write.call(stream, text);
}

/** Arguments up to "--". */
export function beforeDashes(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf("--");
  return at < 0 ? argv : argv.slice(0, at);
}

function columnsOf(columns: number | undefined, fromEnvironment: string | undefined): number {
  const told = Number(fromEnvironment);
  return columns || (Number.isInteger(told) && told > 0 ? told : 80);
}

/** From now on a reader that goes away does not end the process: a run is worth more than its lines. */
export function outliveReader(): void {
  process.stdout.removeListener("error", leaveOnBrokenPipe);
  process.stdout.on("error", () => {});
}

/** `millrace runs ls | head -1`: the reader has gone, which is no error. */
function leaveOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE" || error.code === "EOF") process.exit(0);
  throw error;
}
