/** The process's own streams as an Io. */
import { fstatSync, writeSync } from "node:fs";
import type { Io } from "./command.ts";
import { makeStyle, wantsColor, wantsUnicode } from "./terminal/style.ts";

export function processIo(argv: readonly string[] = []): Io {
  const { env } = process;
  const output = makeOutput();
  const terminal = output.stream?.isTTY === true;
  const color = !beforeDashes(argv).includes("--no-color") && wantsColor(terminal, env);
  return {
    out: output.write,
    // Making a stream takes time: the error output is touched when there is an error, the input when somebody is asked.
    err: (text) => writePast(process.stderr, text),
    // On a stream that is no terminal glyphs go through pipes, files and other programs: text only.
    style: makeStyle({ color, unicode: terminal && wantsUnicode(env) }),
    terminal: terminal && env["TERM"] !== "dumb",
    get interactive() {
      return terminal && Boolean(process.stdin.isTTY) && !env["CI"];
    },
    columns: () => columnsOf(output.stream?.columns, env["COLUMNS"]),
    rows: () => output.stream?.rows ?? 24,
    environment: env,
    cwd: process.cwd(),
  };
}

interface Output {
  /** Made at once only where it is needed: a terminal, Windows. */
  readonly stream: NodeJS.WriteStream | undefined;
  readonly write: (text: string) => void;
}

/**
 * Node's stream for a pipe or file loads the network and stream modules, a twentieth of a short run; writing to those
 * is synchronous there too.
 */
function makeOutput(): Output {
  let stream = isPlain(1) ? undefined : openStdout();
  const write = (text: string): void => {
    if (stream === undefined) {
      const rest = writeDirectly(text);
      if (rest === undefined) return;
      // Whoever gave us the pipe set it to refuse what it can't take at once; the stream waits.
      stream = openStdout();
      writePast(stream, rest);
    } else writePast(stream, text);
  };
  return { stream, write };
}

function openStdout(): NodeJS.WriteStream {
  process.stdout.on("error", (error) => onWriteError(error));
  return process.stdout;
}

/** A pipe, a socket in the place of one, a file. */
function isPlain(descriptor: number): boolean {
  if (process.platform === "win32") return false;
  try {
    const found = fstatSync(descriptor);
    return found.isFIFO() || found.isFile() || found.isSocket();
  } catch {
    return false;
  }
}

/** What could not be written without waiting. */
function writeDirectly(text: string): Buffer | undefined {
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(1, bytes, written);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ("code" in error && error.code === "EAGAIN") return bytes.subarray(written);
    onWriteError(error);
  }
  return undefined;
}

/** A runner puts its own `write` on the stream, to keep what tasks print in the run's log; ours goes past it. */
function writePast(stream: NodeJS.WriteStream, text: string | Buffer): void {
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

let onWriteError: (error: NodeJS.ErrnoException) => void = leaveOnBrokenPipe;

/** From now on a reader that goes away does not end the process: a run is worth more than its lines. */
export function outliveReader(): void {
  onWriteError = () => undefined;
}

/** `millrace runs ls | head -1`: the reader has gone, which is no error. */
function leaveOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE" || error.code === "EOF") process.exit(0);
  throw error;
}
