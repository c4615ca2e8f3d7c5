/**
 * Hooks that a program registers do not reach its worker threads. When the user's code asks for worker_threads, its
 * Worker becomes one whose threads require dist/worker-hooks.cjs first.
 */
import { createRequire, syncBuiltinESMExports } from "node:module";
import path from "node:path";
import process from "node:process";
import type WorkerThreads from "node:worker_threads";
import type { LoaderOptions } from "./install.ts";

/** Key of the threads' inherited environment data under which they find the loader's options. */
export const environmentKey = "millrace loader";

let patched = false;

export function patchWorkers(options: LoaderOptions): void {
  if (patched) return;
  patched = true;
  const threads: typeof WorkerThreads = createRequire(path.join(options.dist, "runner.cjs"))("node:worker_threads");
  threads.setEnvironmentData(environmentKey, { home: options.home, dist: options.dist });
  const hooks = path.join(options.dist, "worker-hooks.cjs");
  class Worker extends threads.Worker {
    constructor(file: string | URL, given: WorkerThreads.WorkerOptions = {}) {
      super(file, { ...given, execArgv: [...(given.execArgv ?? process.execArgv), "--require", hooks] });
    }
  }
  threads.Worker = Worker;
  syncBuiltinESMExports();
}
