/**
 * Who a process is, in a way that survives pid reuse and reboots.
 *
 * `boot_id` begins with the platform, so that a process of Windows and one of WSL on the same machine are told apart.
 * On Linux it goes on with the kernel's boot id and the pid namespace, and `start_time` is in clock ticks since boot.
 * Elsewhere `start_time` is in milliseconds since the epoch, which tells boots apart by itself.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { WriterIdentity } from "../protocol/records.ts";

export type ProcessState = "alive" | "dead" | "unknown";

let own: Omit<WriterIdentity, "millrace"> | undefined;

/** This process. A few small reads on Linux, nothing elsewhere. */
export function currentWriter(versionText: string): WriterIdentity {
  own ??= {
    pid: process.pid,
    start_time: ownStartTime(),
    boot_id: bootId(),
    host: hostname(),
    node: process.version,
  };
  return { ...own, millrace: versionText };
}

function ownStartTime(): string {
  if (process.platform === "linux") return linuxProcess("self")?.startTime ?? "";
  return String(Math.round(performance.timeOrigin));
}

function bootId(): string {
  if (process.platform !== "linux") return process.platform;
  const boot = tryRead(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim());
  const namespace = tryRead(() => readlinkSync("/proc/self/ns/pid"));
  return `linux:${boot}:${namespace}`;
}

/** Whether the process is or was one of this system since its last start: then its pid means something here. */
export function isOfThisSystem(identity: WriterIdentity): boolean {
  const self = currentWriter("");
  return identity.host === self.host && identity.boot_id === self.boot_id;
}

/**
 * "unknown" means that it can't be told from here: another host, another pid namespace (a container, WSL), or a
 * system that would not say. A process with the same pid that started at another time is another one: "dead".
 */
export function processState(identity: WriterIdentity): ProcessState {
  const self = currentWriter("");
  if (identity.host !== self.host) return "unknown";
  if (identity.boot_id !== self.boot_id) return stateInOtherBoot(identity.boot_id, self.boot_id);
  if (identity.pid === self.pid) return sameStart(identity.start_time, self.start_time) ? "alive" : "dead";
  if (process.platform === "linux") {
    const found = linuxProcess(identity.pid);
    if (found === undefined || found.ended) return "dead";
    return identity.start_time === "" ? "unknown" : found.startTime === identity.start_time ? "alive" : "dead";
  }
  if (!pidExists(identity.pid)) return "dead";
  const started = process.platform === "win32" ? windowsStart(identity.pid) : unixStart(identity.pid);
  if (started === undefined || identity.start_time === "") return "unknown";
  return sameStart(identity.start_time, String(started)) ? "alive" : "dead";
}

/** Same host, other boot id: the machine was started anew, unless the two systems or namespaces differ. */
function stateInOtherBoot(theirs: string, ours: string): ProcessState {
  const [theirPlatform, theirBoot] = theirs.split(":");
  const [ourPlatform, ourBoot] = ours.split(":");
  if (theirPlatform !== "linux" || ourPlatform !== "linux" || !theirBoot || !ourBoot) return "unknown";
  return theirBoot === ourBoot ? "unknown" : "dead";
}

/** What the system tells and what the process knows of its start differ by its start-up and by rounding. */
const tolerance = 2500;

function sameStart(one: string, other: string): boolean {
  if (process.platform === "linux") return one === other;
  return Math.abs(Number(one) - Number(other)) <= tolerance;
}

/** Fields of /proc/<pid>/stat; the name before them is in parentheses and may itself hold any character. */
function linuxProcess(pid: number | "self"): { readonly startTime: string; readonly ended: boolean } | undefined {
  const stat = tryRead(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  if (stat === "") return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { startTime: fields[19] ?? "", ended: fields[0] === "Z" || fields[0] === "X" };
}

function tryRead(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Loaded when needed: every run reads this file, and few ever ask about another process. */
function spawner() {
  return process.getBuiltinModule("node:child_process");
}

function unixStart(pid: number): number | undefined {
  const { stdout } = spawner().spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
    timeout: 5000,
  });
  return parseTime(stdout);
}

function windowsStart(pid: number): number | undefined {
  const command = `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().ToString('o')`;
  const { stdout } = spawner().spawnSync("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", command], {
    encoding: "utf8",
    windowsHide: true,
    timeout: 10_000,
  });
  return parseTime(stdout);
}

function parseTime(text: string | null): number | undefined {
  const time = Date.parse(text?.trim() ?? "");
  return Number.isNaN(time) ? undefined : time;
}
