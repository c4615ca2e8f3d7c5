/**
 * Ends a process and everything it has started: by number from a fresh listing, never by name. A number is only
 * signalled while it still belongs to the process that was listed, so a recycled one is left alone.
 */
import { descendantsOf, listProcesses, type ProcessEntry } from "./process-tree.ts";

export interface KillOptions {
  /** Leave the root itself alone: a process that takes its own children along before it ends. */
  readonly keepRoot?: boolean;
  /** Processes that stay, with what is below them: a keeper is a child of the runner that it ends. */
  readonly except?: readonly number[];
}

/** Resolves with the numbers of the processes that were signalled; empty when there was nothing left to end. */
export async function killTree(root: number, options: KillOptions = {}): Promise<readonly number[]> {
  if (process.platform === "win32" && options.keepRoot !== true && options.except === undefined) {
    return (await taskkill(root)) ? [root] : [];
  }
  const except = new Set(options.except);
  const doomed = new Map<number, ProcessEntry>();
  // A process that is being ended may still start others: stop what is known, look again, until nothing new appears.
  for (let round = 0; round < 8; round++) {
    const entries = await listProcesses();
    const rootEntry = entries.find((entry) => entry.pid === root);
    const tree = [
      ...(rootEntry === undefined || options.keepRoot ? [] : [rootEntry]),
      ...descendantsOf(entries, root, except),
      // Children of what was already found stay known even when their parent has gone and they were handed to init.
      ...[...doomed.keys()].flatMap((pid) => descendantsOf(entries, pid, except)),
    ];
    const fresh = tree.filter((entry) => entry.pid !== process.pid && doomed.get(entry.pid)?.started !== entry.started);
    if (fresh.length === 0) break;
    for (const entry of fresh) {
      doomed.set(entry.pid, entry);
      if (process.platform !== "win32") signal(entry.pid, "SIGSTOP");
    }
  }
  const now = new Map((await listProcesses()).map((entry) => [entry.pid, entry.started]));
  return [...doomed.values()]
    .filter((entry) => now.get(entry.pid) === entry.started)
    .filter((entry) => signal(entry.pid, "SIGKILL"))
    .map((entry) => entry.pid);
}

/** True when the signal was delivered; false when the process is gone or not ours. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

async function taskkill(pid: number): Promise<boolean> {
  const { execFile } = await import("node:child_process");
  return new Promise((resolve) => {
    execFile("taskkill.exe", ["/PID", String(pid), "/T", "/F"], { windowsHide: true }, (error) => resolve(!error));
  });
}
