/** The process's own streams as an Io. */
import type { Io } from "./command.ts";
import { makeStyle, wantsColor, wantsUnicode } from "./terminal/style.ts";

export function processIo(argv: readonly string[] = []): Io {
  const { stdout, stderr, env } = process;
  // Bound before user code is loaded: a runner that captures the output of tasks replaces `write` later.
  const writeOut = stdout.write.bind(stdout);
  const writeErr = stderr.write.bind(stderr);
  const terminal = Boolean(stdout.isTTY);
  const color = !beforeDashes(argv).includes("--no-color") && wantsColor(terminal, env);
  for (const stream of [stdout, stderr]) stream.on("error", leaveOnBrokenPipe);
  return {
    out: (text) => void writeOut(text),
    err: (text) => void writeErr(text),
    // On a stream that is no terminal glyphs go through pipes, files and other programs: text only.
    style: makeStyle({ color, unicode: terminal && wantsUnicode(env) }),
    terminal: terminal && env["TERM"] !== "dumb",
    // stdin is made when it is first touched, which takes a millisecond or two: only where the answer matters.
    interactive: terminal && !env["CI"] && Boolean(process.stdin.isTTY),
    columns: () => columnsOf(stdout.columns, env["COLUMNS"]),
    rows: () => stdout.rows ?? 24,
    environment: env,
    cwd: process.cwd(),
  };
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

/** `millrace runs ls | head -1`: the reader has gone, which is no error. */
function leaveOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE" || error.code === "EOF") process.exit(0);
  throw error;
}

/** Resolves when what was written has left the process (pipes are asynchronous on Windows). */
export async function flushOutput(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map(
      (stream) => new Promise<void>((resolve) => (stream.writable ? stream.write("", () => resolve()) : resolve())),
    ),
  );
}
