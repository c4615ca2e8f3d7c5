/** Which processes there are and who started whom, as the operating system tells it at one moment. */
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** When it started, in the system's own words: only good for comparing, it tells a pid from its reuse. */
  readonly started: string;
}

export async function listProcesses(platform: NodeJS.Platform = process.platform): Promise<readonly ProcessEntry[]> {
  if (platform === "linux") return listFromProc();
  const listing =
    platform === "win32"
      ? await run("powershell.exe", windowsListing)
      : await run("ps", ["-axo", "pid=,ppid=,lstart="]);
  const entries = platform === "win32" ? parseWindowsList(listing.text) : parsePsList(listing.text);
  // The lister is itself a child of this process.
  return entries.filter((entry) => entry.pid !== listing.pid);
}

/** Everything below `root`, nearest first, without the branches that begin at `except`. */
export function descendantsOf(
  entries: readonly ProcessEntry[],
  root: number,
  except: ReadonlySet<number> = new Set(),
): readonly ProcessEntry[] {
  const children = Map.groupBy(entries, (entry) => entry.parent);
  const found: ProcessEntry[] = [];
  const seen = new Set([root]);
  const open = [root];
  for (let pid = open.shift(); pid !== undefined; pid = open.shift()) {
    for (const child of children.get(pid) ?? []) {
      if (seen.has(child.pid) || except.has(child.pid)) continue;
      seen.add(child.pid);
      found.push(child);
      open.push(child.pid);
    }
  }
  return found;
}

function listFromProc(): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of readdirSync("/proc")) {
    const first = name.charCodeAt(0);
    if (first < 48 || first > 57) continue;
    const entry = readProcEntry(Number(name));
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function readProcEntry(pid: number): ProcessEntry | undefined {
  try {
    return parseProcStat(pid, readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return undefined; // It ended between the listing and the reading.
  }
}

/** The second field is the command's name in brackets and may hold anything: brackets, blanks, line ends. */
export function parseProcStat(pid: number, stat: string): ProcessEntry | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [parent, started] = [fields[1], fields[19]];
  return parent === undefined || started === undefined ? undefined : { pid, parent: Number(parent), started };
}

/** Lines of `ps -axo pid=,ppid=,lstart=`. */
export function parsePsList(text: string): readonly ProcessEntry[] {
  return [...text.matchAll(/^\s*(\d+)\s+(\d+)\s+(\S.*?)\s*$/gm)].map(([, pid, parent, started]) => ({
    pid: Number(pid),
    parent: Number(parent),
    started: started ?? "",
  }));
}

const windowsListing = [
  "-NoProfile",
  "-NonInteractive",
  "-Command",
  "Get-CimInstance Win32_Process | ForEach-Object { '{0} {1} {2}' -f $_.ProcessId, $_.ParentProcessId, $_.CreationDate.Ticks }",
];

/**
 * "pid parent ticks" lines. Windows keeps the parent's number after the parent has ended, and the number may belong to
 * a stranger by then: a parent younger than its child is such a stranger.
 */
export function parseWindowsList(text: string): readonly ProcessEntry[] {
  const entries = [...text.matchAll(/^(\d+) (\d+) (\d*)\s*$/gm)].map(([, pid, parent, started]) => ({
    pid: Number(pid),
    parent: Number(parent),
    started: started ?? "",
  }));
  const startOf = new Map(entries.map((entry) => [entry.pid, entry.started]));
  return entries.map((entry) => {
    const parentStart = startOf.get(entry.parent);
    const stranger =
      parentStart !== undefined && parentStart !== "" && entry.started !== "" && later(parentStart, entry.started);
    return stranger || entry.parent === entry.pid ? { ...entry, parent: 0 } : entry;
  });
}

function later(left: string, right: string): boolean {
  return BigInt(left) > BigInt(right);
}

async function run(command: string, parameters: readonly string[]): Promise<{ text: string; pid: number | undefined }> {
  const { execFile } = await import("node:child_process");
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 64 * 1024 * 1024, windowsHide: true, env: { ...process.env, LC_ALL: "C" } };
    const child = execFile(command, [...parameters], options, (error, text) =>
      error ? reject(error) : resolve({ text, pid: child.pid }),
    );
  });
}
