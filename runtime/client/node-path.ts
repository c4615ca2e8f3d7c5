/** Which Node runs the orchestrator and the runs: MILLRACE_NODE, else the user's own, else the editor's. */
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { MillraceError } from "../protocol/errors.ts";

const oldest = [22, 15] as const;

export interface ChosenNode {
  readonly path: string;
  /** Why this one: shown by `millrace doctor` and kept in the orchestrator's log. */
  readonly because: "settings" | "MILLRACE_NODE" | "this process" | "PATH" | "the editor's own";
}

interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly execPath: string;
  readonly version: string;
  readonly electron: boolean;
}

const here = (): Surroundings => ({
  environment: process.env,
  execPath: process.execPath,
  version: process.versions.node,
  electron: process.versions["electron"] !== undefined,
});

/** @throws MillraceError "bad-usage" when MILLRACE_NODE names no Node that is new enough. */
export async function chooseNode(surroundings: Surroundings = here()): Promise<ChosenNode> {
  const { environment, execPath, version, electron } = surroundings;
  const wanted = environment["MILLRACE_NODE"];
  if (wanted) {
    const found = await nodeVersion(wanted);
    if (found !== undefined && isNewEnough(found)) return { path: wanted, because: "MILLRACE_NODE" };
    throw new MillraceError(
      "bad-usage",
      `MILLRACE_NODE=${wanted} ${found === undefined ? "does not start as Node" : `is Node ${found}`}; ` +
        `Millrace needs Node ${oldest.join(".")} or newer. Point it at one, or unset it.`,
    );
  }
  if (!electron && isNewEnough(version)) return { path: execPath, because: "this process" };
  for (const candidate of nodesOnPath(environment)) {
    const found = await nodeVersion(candidate);
    if (found !== undefined && isNewEnough(found)) return { path: candidate, because: "PATH" };
  }
  return { path: execPath, because: electron ? "the editor's own" : "this process" };
}

/** A Node that the settings of an editor name. @throws MillraceError "bad-usage" when it is none or too old. */
export async function chosenNode(program: string): Promise<ChosenNode> {
  const found = await nodeVersion(program);
  if (found !== undefined && isNewEnough(found)) return { path: program, because: "settings" };
  throw new MillraceError(
    "bad-usage",
    `The setting millrace.nodePath names ${program}, which ${found === undefined ? "does not start as Node" : `is Node ${found}`}; ` +
      `Millrace needs Node ${oldest.join(".")} or newer. Point it at one, or set it to "auto".`,
  );
}

export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

function nodesOnPath(environment: Surroundings["environment"]): readonly string[] {
  const windows = process.platform === "win32";
  const folders = (environment["PATH"] ?? environment["Path"] ?? "").split(path.delimiter).filter(path.isAbsolute);
  return folders
    .map((folder) => path.join(folder, windows ? "node.exe" : "node"))
    .filter((file) => {
      try {
        accessSync(file, windows ? constants.F_OK : constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** "22.15.1", or undefined when the program is no Node. */
function nodeVersion(program: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const environment = { ...process.env, ELECTRON_RUN_AS_NODE: "1", NODE_OPTIONS: "" };
    execFile(program, ["--version"], { timeout: 5000, windowsHide: true, env: environment }, (error, stdout) => {
      const match = /^v(\d+\.\d+\.\d+)/.exec(stdout);
      resolve(error ? undefined : match?.[1]);
    });
  });
}
