import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Runs Node with the arguments to its end; throws with its output when it fails. */
export function runNode(
  args: readonly string[],
  options: SpawnSyncOptions = {},
): { stdout: string; milliseconds: number } {
  const before = performance.now();
  const result = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  const milliseconds = performance.now() - before;
  if (result.status !== 0) {
    throw new Error(
      `node ${args.join(" ")} ended with ${result.status ?? result.signal}:\n${result.stdout}\n${result.stderr}`,
    );
  }
  return { stdout: String(result.stdout), milliseconds };
}

/** Runs `body` with an empty folder that goes away afterwards. */
export async function withFolder<T>(body: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), "millrace-bench-"));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The environment of a measured process: a home of its own, nothing of the bench's. */
export function benchEnvironment(home: string): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...rest } = process.env;
  return { ...rest, MILLRACE_HOME: home };
}
