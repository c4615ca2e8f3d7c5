/**
 * The memory limit of a process run. V8 keeps its heap under it everywhere; on Linux all that the process holds (buffers
 * of files and sockets stand outside of that heap) is looked at too, and one that is over it is ended with its children.
 * A container is limited by its engine instead.
 */
import { readFileSync } from "node:fs";
import { killTree } from "../system/kill-tree.ts";

const lookEvery = 250;

/** @param limit mebibytes */
export function heapFlags(limit: number): string[] {
  return [`--max-old-space-size=${limit}`];
}

export interface MemoryWatch {
  /** Ends it; why the process was ended, when it was over its limit. */
  stop(): string | undefined;
}

export function watchMemory(
  pid: number,
  limit: number,
  resident: (pid: number) => number | undefined = residentMemory,
): MemoryWatch {
  let reason: string | undefined;
  const timer = setInterval(() => {
    const used = resident(pid);
    if (used === undefined || used <= limit || reason !== undefined) return;
    reason = `It used ${Math.round(used)} MiB of memory, and its limit (memory_limit) is ${limit} MiB: it was ended.`;
    void killTree(pid).catch(() => undefined);
  }, lookEvery).unref();
  return {
    stop() {
      clearInterval(timer);
      return reason;
    },
  };
}

/** Mebibytes; undefined where the system does not tell, or the process is gone. */
export function residentMemory(pid: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch {
    return undefined;
  }
}
