/** What `millrace doctor` looks at. Each check says what it found and, when that is not well, the way out. */
import { accessSync, constants, existsSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import path from "node:path";
import { connect } from "../client/connect.ts";
import { realDisk } from "../journal/disk.ts";
import { listLiveRuns, readLiveEntry } from "../journal/live.ts";
import { prepareHome } from "../journal/prepare-home.ts";
import { walkRun } from "../journal/reading.ts";
import { MillraceError, toError } from "../protocol/errors.ts";
import { homePaths } from "../protocol/home.ts";
import { isTerminal } from "../protocol/states.ts";
import { millraceVersion } from "../protocol/version.ts";
import { distFolder } from "../runner/dist-folder.ts";
import { listenLocal, localSocketAddress, removeLocalSocket } from "../system/local-socket.ts";
import { processState } from "../system/process-identity.ts";
import { checkSecrets } from "./blocks/check-secrets.ts";
import { runIds } from "./runs/list-ids.ts";

export type CheckStatus = "ok" | "warn" | "fail";

export interface Check {
  readonly name: string;
  readonly status: CheckStatus;
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
}

export interface DoctorPlace {
  readonly home: string;
  readonly cwd: string;
}

/** Runs looked through for damage; all of a large home would take minutes. */
const runsRead = 500;

export const checks: readonly (readonly [string, (place: DoctorPlace) => Promise<Omit<Check, "name">>])[] = [
  ["Node", checkNode],
  ["Home folder", checkHome],
  ["Disk space", checkSpace],
  ["Orchestrator", checkOrchestrator],
  ["Local sockets", checkSocket],
  ["esbuild", checkEsbuild],
  ["Live entries", checkLive],
  ["Journals", checkJournals],
  ["Secrets", checkSecrets],
  ["SDK here", checkSdk],
];

async function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const message = `${process.version} at ${process.execPath}`;
  if (major > 22 || (major === 22 && minor >= 15)) return { status: "ok" as const, message };
  return { status: "fail" as const, message, fix: "Install Node 22.15 or newer: https://nodejs.org" };
}

async function checkHome({ home }: DoctorPlace) {
  if (!existsSync(home)) {
    const parent = nearestFolder(home);
    try {
      accessSync(parent, constants.W_OK);
      return { status: "ok" as const, message: `${home} is not there yet; the first run makes it` };
    } catch {
      return {
        status: "fail" as const,
        message: `${home} cannot be made: ${parent} may not be written`,
        fix: "Choose another with MILLRACE_HOME.",
      };
    }
  }
  const warnings: string[] = [];
  const trial = path.join(home, `.doctor.${process.pid}`);
  try {
    if (existsSync(path.join(home, "home.json")))
      await prepareHome(realDisk, home, { warn: (text) => warnings.push(text) });
    writeFileSync(trial, "", { flag: "wx" });
    rmSync(trial);
  } catch (thrown) {
    const error = toError(thrown);
    const fix = thrown instanceof MillraceError ? {} : { fix: "Choose another folder with MILLRACE_HOME." };
    return { status: "fail" as const, message: error.message, ...fix };
  }
  if (warnings.length > 0)
    return {
      status: "warn" as const,
      message: warnings.join("; "),
      fix: "A folder on a local disk is safer: set MILLRACE_HOME.",
    };
  return { status: "ok" as const, message: `${home} can be written` };
}

function nearestFolder(folder: string): string {
  let parent = path.dirname(folder);
  while (!existsSync(parent) && parent !== path.dirname(parent)) parent = path.dirname(parent);
  return parent;
}

async function checkSpace({ home }: DoctorPlace) {
  const folder = existsSync(home) ? home : nearestFolder(home);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const message = `${sizeText(free)} free at ${folder}`;
  const fix = "Delete old runs (millrace db prune --older-than 30d), or move the home with MILLRACE_HOME.";
  if (free < 50e6) return { status: "fail" as const, message, fix };
  return free < 1e9 ? { status: "warn" as const, message, fix } : { status: "ok" as const, message };
}

function sizeText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const unit = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${(bytes / 1000 ** unit).toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`;
}

async function checkOrchestrator({ home }: DoctorPlace) {
  try {
    const client = await connect(home);
    if (client === undefined) return { status: "ok" as const, message: "not up; runs need none, the editor starts it" };
    const { health, outdated } = client;
    client.close();
    const message = `up, version ${health.version}, process ${health.pid}`;
    if (!outdated) return { status: "ok" as const, message };
    return {
      status: "warn" as const,
      message: `${message}; older than this command (${millraceVersion})`,
      fix: "millrace orchestrator start replaces it.",
    };
  } catch (thrown) {
    return { status: "fail" as const, message: toError(thrown).message };
  }
}

async function checkSocket({ home }: DoctorPlace) {
  const address = localSocketAddress(home, `doctor-${process.pid}`);
  const server = createServer();
  try {
    if (!existsSync(home)) return { status: "ok" as const, message: "not tried, as there is no home yet" };
    await listenLocal(server, address);
    return { status: "ok" as const, message: "can be opened" };
  } catch (thrown) {
    return {
      status: "fail" as const,
      message: `${address} cannot be opened: ${toError(thrown).message}`,
      fix: "Choose a home on a local disk with a short path: MILLRACE_HOME.",
    };
  } finally {
    server.close();
    removeLocalSocket(address);
  }
}

async function checkEsbuild() {
  try {
    const require = createRequire(path.join(distFolder(), "transform.cjs"));
    const { version }: { readonly version: string } = require("esbuild");
    require("esbuild").transformSync("let a: number", { loader: "ts" });
    return { status: "ok" as const, message: `version ${version}` };
  } catch (thrown) {
    const reason = toError(thrown).message.split("\n", 1)[0] ?? "";
    return {
      status: "warn" as const,
      message: `not usable (${reason}); TypeScript is transformed by the slower built-in way`,
      fix: "Install it beside Millrace: npm i -D esbuild",
    };
  }
}

/** An entry of a run that has ended is no litter: it waits for the next orchestrator to index the run. */
async function checkLive({ home }: DoctorPlace) {
  const ids = listLiveRuns(realDisk, home);
  const dead = ids.filter((id) => {
    const entry = readLiveEntry(realDisk, home, id);
    return entry === undefined || processState(entry.writer) === "dead";
  });
  const running = ids.length - dead.length;
  const died = dead.slice(-runsRead).filter((id) => hasNoEnd(home, id)).length;
  if (died === 0)
    return { status: "ok" as const, message: running === 0 ? "no run is going on" : `${running} going on` };
  return {
    status: "warn" as const,
    message: `${died} of runs whose process is gone without having ended them${running > 0 ? `, ${running} going on` : ""}`,
    fix: "millrace orchestrator start marks those runs as crashed; millrace runs resume goes on with one.",
  };
}

function hasNoEnd(home: string, id: string): boolean {
  try {
    let rests = false;
    walkRun(realDisk, homePaths.run(home, id), (record) => {
      if (record.kind === "flow-run-state" && record.id === id)
        rests = isTerminal(record.state.type) || record.state.name === "Suspended";
    });
    return !rests;
  } catch {
    return false; // Said of the journals.
  }
}

async function checkJournals({ home }: DoctorPlace) {
  let read = 0;
  const damaged: string[] = [];
  for (const id of runIds(home)) {
    if (read++ >= runsRead) break;
    try {
      const [problem] = walkRun(realDisk, homePaths.run(home, id), () => undefined).problems;
      if (problem !== undefined) damaged.push(problem.message);
    } catch (thrown) {
      if (!(thrown instanceof MillraceError && thrown.code === "not-found")) damaged.push(toError(thrown).message);
    }
  }
  const looked = `the newest ${Math.min(read, runsRead)} runs`;
  if (damaged.length === 0)
    return { status: "ok" as const, message: read === 0 ? "no runs yet" : `${looked} are sound` };
  const more = damaged.length > 1 ? ` (and ${damaged.length - 1} more)` : "";
  return {
    status: "warn" as const,
    message: `${damaged.length} damaged among ${looked}: ${damaged[0]}${more}`,
    fix: "millrace runs show tells what is left of a run; check the disk, then delete it with millrace runs rm.",
  };
}

async function checkSdk({ cwd }: DoctorPlace) {
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, "node_modules", "millrace", "package.json");
    if (existsSync(manifest)) {
      const value: unknown = JSON.parse(readFileSync(manifest, "utf8"));
      const version =
        typeof value === "object" && value !== null && "version" in value ? String(value.version) : "unknown";
      const message = `version ${version} in ${path.dirname(manifest)}`;
      if (version === millraceVersion) return { status: "ok" as const, message };
      return {
        status: "warn" as const,
        message: `${message}; this command is ${millraceVersion}`,
        fix: "npm i -D millrace@latest, or open the folder in VS Code with Millrace.",
      };
    }
    if (folder === path.dirname(folder)) break;
  }
  const fix = "For types and plain node: npm i -D millrace, or open the folder in VS Code with Millrace.";
  return { status: "ok" as const, message: `not installed in ${cwd}; millrace run works without`, fix };
}
