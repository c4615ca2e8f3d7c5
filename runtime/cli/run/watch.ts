/** `millrace run --watch`: a fresh process for each run, started again when a source that it loaded changes. */
import { type ChildProcess, spawn } from "node:child_process";
import { type FSWatcher, readFileSync, watch } from "node:fs";
import path from "node:path";
import { exitCodes } from "../../protocol/errors.ts";
import type { CommandContext } from "../command.ts";
import { shortPath } from "../view/error-lines.ts";
import { resolveTarget } from "./target.ts";

/** Editors save in several steps, formatters save again. */
const debounceTime = 120;
/** How long a run may take to stop by itself before the next one starts. */
const stopTime = 5000;

/** Resolves when the user stops watching (Ctrl-C), to the exit code of the last run. */
export async function watchRuns(argv: readonly string[], context: CommandContext): Promise<number> {
  const { io } = context;
  const { file } = resolveTarget(context.input.arguments[0] ?? "", io.cwd);
  const args = argv.filter((argument) => argument !== "--watch");
  const say = (text: string) => io.err(`${io.style.dim(text)}\n`);
  let child: ChildProcess | undefined;
  let lastExit: number = exitCodes.completed;

  return new Promise<number>((resolve) => {
    const sources = watchSources((changed) => void again(changed));
    sources.add([file]);
    let changing = false;

    const start = (): void => {
      const script = process.argv[1];
      const command = script === undefined ? [] : [script];
      const started = spawn(process.execPath, [...process.execArgv, ...command, "run", ...args], {
        stdio: ["inherit", "inherit", "inherit", "ipc"],
        env: { ...process.env, MILLRACE_WATCH: "1" },
      });
      child = started;
      let told = false;
      started.on("message", (message) => {
        told = true;
        sources.add(sourcesIn(message));
      });
      started.on("exit", (code) => {
        if (child === started) child = undefined;
        lastExit = code ?? exitCodes.crashed;
        if (!told) sources.anyChange();
        if (!changing) say(`Watching ${sources.count()} ${sources.count() === 1 ? "file" : "files"}; Ctrl-C stops.`);
      });
    };
    const again = async (changed: string): Promise<void> => {
      if (changing) return;
      changing = true;
      const running = child;
      if (running !== undefined) await stop(running);
      say(`\n${shortPath(changed, io.cwd)} changed, running again.`);
      changing = false;
      start();
    };
    const leave = (): void => {
      sources.close();
      // The terminal sends Ctrl-C to the run as well; it tells how it ended before we go.
      if (child === undefined) resolve(lastExit);
      else child.once("exit", (code) => resolve(code ?? exitCodes.crashed));
    };
    process.once("SIGINT", leave);
    process.once("SIGTERM", () => {
      child?.kill("SIGTERM");
      leave();
    });
    start();
  });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), stopTime);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    if (child.connected) child.send("stop", () => {});
  });
}

function sourcesIn(message: unknown): string[] {
  if (typeof message !== "object" || message === null || !("sources" in message) || !Array.isArray(message.sources))
    return [];
  return message.sources.filter((file): file is string => typeof file === "string" && path.isAbsolute(file));
}

interface SourceWatch {
  add(files: readonly string[]): void;
  count(): number;
  /** What could not be loaded did not say what it imports: from now on the next change beside it counts, of any source. */
  anyChange(): void;
  close(): void;
}

/** Watches folders, not files: editors replace a file by a new one of its name, which a watch on the file loses. */
function watchSources(onChange: (file: string) => void): SourceWatch {
  const files = new Map<string, string>();
  const folders = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let any = false;
  const check = (changed: string): void => {
    if (any && /\.(?:[cm]?[jt]sx?|json)$/.test(changed)) {
      any = false;
      for (const file of files.keys()) files.set(file, read(file) ?? "");
      onChange(changed);
      return;
    }
    for (const [file, known] of files) {
      const text = read(file);
      // While a file is being replaced it is not there for a moment.
      if (text === undefined || text === known) continue;
      files.set(file, text);
      onChange(file);
      return;
    }
  };
  return {
    add(added) {
      for (const file of added) {
        if (files.has(file)) continue;
        files.set(file, read(file) ?? "");
        const folder = path.dirname(file);
        if (folders.has(folder)) continue;
        const watcher = watch(folder, (_, name) => {
          clearTimeout(timer);
          timer = setTimeout(() => check(path.join(folder, name ?? "")), debounceTime);
        });
        // A folder that goes away ends its watch; the others go on.
        watcher.on("error", () => watcher.close());
        folders.set(folder, watcher);
      }
    },
    count: () => files.size,
    anyChange: () => {
      any = true;
    },
    close() {
      clearTimeout(timer);
      for (const watcher of folders.values()) watcher.close();
    },
  };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
