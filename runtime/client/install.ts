/**
 * The runtime of a home: a copy of dist/ under $MILLRACE_HOME/runtime/<version>+<build>/, made at first use. The
 * orchestrator and the runners run from there, because editors delete old extension folders under running processes.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { errorCode, realDisk } from "../journal/disk.ts";
import { listLiveRuns, readLiveEntry } from "../journal/live.ts";
import { MillraceError, toError } from "../protocol/errors.ts";
import { homePaths } from "../protocol/home.ts";
import { newId } from "../protocol/ids.ts";
import { processState } from "../system/process-identity.ts";

export interface Build {
  readonly version: string;
  readonly build: string;
}

export interface InstalledRuntime extends Build {
  /** The folder that holds orchestrator.cjs, runner.cjs and sdk/. */
  readonly folder: string;
}

/**
 * The dist folder this code belongs to: beside it when it is bundled, the checkout's when it runs from its sources.
 * MILLRACE_DIST points elsewhere.
 */
export function distFolder(): string {
  const chosen = process.env["MILLRACE_DIST"];
  const own = import.meta.dirname;
  const candidates = chosen
    ? [chosen]
    : [own, path.dirname(own), path.join(path.dirname(path.dirname(own)), "dist"), ...runtimesBeside(own)];
  const found = candidates.find((folder) => existsSync(path.join(folder, "build.json")));
  if (found !== undefined) return path.resolve(found);
  throw new MillraceError(
    "internal",
    `Millrace's own programs are not where they should be (looked for build.json in ${candidates.join(", ")}). ` +
      "Install Millrace again, or run `npm run build` in a checkout.",
  );
}

/**
 * The SDK that a home keeps for plain scripts (install-sdk.ts) carries no programs: those are the home's runtimes. The one
 * of its own build comes first, then the one that was used last.
 */
function runtimesBeside(own: string): readonly string[] {
  if (!existsSync(path.join(own, "sdk.json"))) return [];
  const parent = path.dirname(homePaths.runtime(path.dirname(path.dirname(own)), "any"));
  const { version, build }: Partial<Build> = JSON.parse(readFileSync(path.join(own, "sdk.json"), "utf8"));
  const others = existsSync(parent) ? readdirSync(parent).map((name) => path.join(parent, name)) : [];
  const byUse = others
    .map((folder) => ({ folder, used: statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((left, right) => right.used - left.used);
  return [path.join(parent, `${version}+${build}`), ...byUse.map(({ folder }) => folder)];
}

export function readBuild(dist: string): Build {
  const parsed: unknown = JSON.parse(readFileSync(path.join(dist, "build.json"), "utf8"));
  if (
    typeof parsed === "object" &&
    parsed !== null &&
    "version" in parsed &&
    typeof parsed.version === "string" &&
    "build" in parsed &&
    typeof parsed.build === "string"
  ) {
    return { version: parsed.version, build: parsed.build };
  }
  throw new MillraceError("internal", `${path.join(dist, "build.json")} names no version and build.`);
}

/**
 * Copies the runtime into the home unless it is there, and writes the launcher. Safe to call from many processes at
 * once: each copies to a folder of its own, the first rename wins.
 * @throws MillraceError "home-unusable" when the home cannot be written.
 */
export function installRuntime(
  home: string,
  dist: string = distFolder(),
  node: string = process.execPath,
): InstalledRuntime {
  const build = readBuild(dist);
  const folder = homePaths.runtime(home, `${build.version}+${build.build}`);
  try {
    if (existsSync(path.join(folder, "build.json"))) markUsed(folder);
    else {
      copyRuntime(dist, folder);
      pruneRuntimes(home, folder);
    }
    writeLauncher(home, folder, node);
  } catch (thrown) {
    throw new MillraceError(
      "home-unusable",
      `Millrace's home ${home} cannot be written: ${toError(thrown).message}. ${adviceFor(thrown)}, or set MILLRACE_HOME to another folder.`,
      { cause: thrown },
    );
  }
  return { ...build, folder };
}

function adviceFor(thrown: unknown): string {
  const full = ["ENOSPC", "EDQUOT"].includes(errorCode(thrown) ?? "");
  return full ? "Free some space on its disk" : "Give yourself write access to it";
}

/** Of the runtimes that are not in use so many stay, those that were used last. */
const keptRuntimes = 3;

function markUsed(folder: string): void {
  const now = new Date();
  utimesSync(folder, now, now);
}

/**
 * Takes away old runtimes. One that goes is not the orchestrator's, which was started last or is just being started from
 * `current`; a run that is going on may be of any of them, so nothing goes while there is one.
 */
function pruneRuntimes(home: string, current: string): void {
  if (listLiveRuns(realDisk, home).some((runId) => goesOn(home, runId))) return;
  const parent = path.dirname(current);
  const old = readdirSync(parent)
    .map((name) => path.join(parent, name))
    .filter((folder) => folder !== current && existsSync(path.join(folder, "build.json")))
    .map((folder) => ({ folder, used: statSync(folder).mtimeMs }))
    .sort((left, right) => right.used - left.used);
  // Windows keeps what is in use; the next time will do.
  for (const { folder } of old.slice(keptRuntimes)) rmQuietly(folder);
}

function goesOn(home: string, runId: string): boolean {
  const writer = readLiveEntry(realDisk, home, runId)?.writer;
  return writer !== undefined && processState(writer) !== "dead";
}

function rmQuietly(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Tried again with the next version.
  }
}

function copyRuntime(dist: string, folder: string): void {
  mkdirSync(path.dirname(folder), { recursive: true, mode: 0o700 });
  const temporary = path.join(path.dirname(folder), `.new-${newId()}`);
  try {
    cpSync(dist, temporary, { recursive: true, filter: (source) => !isLeftOver(path.relative(dist, source)) });
    copyTransformer(dist, temporary);
    renameSync(temporary, folder);
  } catch (thrown) {
    rmSync(temporary, { recursive: true, force: true });
    // Another process was quicker: its copy is as good as ours. Windows says EPERM for a folder that is there.
    if (existsSync(path.join(folder, "build.json"))) return;
    throw thrown;
  }
}

/** What only the editor needs, types, test summaries and source maps are not for running. */
function isLeftOver(relative: string): boolean {
  return /^(?:types|sdk-types|extension|language-server|webviews)(?:[\\/]|$)|^test-summary-|\.map$/.test(relative);
}

/**
 * esbuild is not bundled (it is a native program): its package goes along, where there is one for this platform.
 * Without it the runner falls back to its built-in transformer.
 */
function copyTransformer(dist: string, target: string): void {
  const packages = [`@esbuild/${process.platform}-${process.arch}`, "esbuild"];
  try {
    const main = path.dirname(findPackage("esbuild", [dist, import.meta.dirname]));
    for (const name of packages) {
      const source = name === "esbuild" ? main : path.dirname(findPackage(name, [main]));
      const destination = path.join(target, "node_modules", name);
      if (existsSync(destination)) continue;
      mkdirSync(path.dirname(destination), { recursive: true });
      // The JavaScript half looks for the native half first beside itself, then in its own bin/, which is a second copy.
      cpSync(source, destination, {
        recursive: true,
        dereference: true,
        filter: (item) => name !== "esbuild" || !path.relative(source, item).startsWith("bin"),
      });
    }
  } catch {
    rmSync(path.join(target, "node_modules"), { recursive: true, force: true });
  }
}

/** The package.json of a package, as the first of the folders that has one sees it. */
function findPackage(name: string, folders: readonly string[]): string {
  return createRequire(path.join(folders[0] ?? "", "package.json")).resolve(`${name}/package.json`, {
    paths: [...folders],
  });
}

/** $MILLRACE_HOME/bin/millrace: starts the runtime that was installed here last, on the Node given. */
function writeLauncher(home: string, folder: string, node: string): void {
  const launcher = homePaths.launcher(home);
  // The editor's own program is Node only when it is told so.
  const electron = process.versions["electron"] !== undefined && node === process.execPath;
  const text = launcherText(node, path.join(folder, "millrace.cjs"), electron, process.platform);
  if (existsSync(launcher) && readFileSync(launcher, "utf8") === text) return;
  mkdirSync(path.dirname(launcher), { recursive: true, mode: 0o700 });
  const temporary = `${launcher}.${newId()}`;
  writeFileSync(temporary, text, { mode: 0o755 });
  try {
    renameSync(temporary, launcher);
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw thrown;
  }
}

/** Paths may hold blanks, quotes and dollar signs. MILLRACE_NODE wins when it is set. */
export function launcherText(node: string, command: string, electron: boolean, platform: NodeJS.Platform): string {
  if (platform === "win32") {
    const percent = (file: string): string => file.replaceAll("%", "%%");
    return [
      "@echo off",
      "setlocal",
      ...(electron ? ["set ELECTRON_RUN_AS_NODE=1"] : []),
      `if not defined MILLRACE_NODE set "MILLRACE_NODE=${percent(node)}"`,
      `"%MILLRACE_NODE%" "${percent(command)}" %*`,
      "",
    ].join("\r\n");
  }
  const quoted = (file: string): string => `'${file.replaceAll("'", "'\\''")}'`;
  return [
    "#!/bin/sh",
    ...(electron ? ["export ELECTRON_RUN_AS_NODE=1"] : []),
    `node=${quoted(node)}`,
    `exec "\${MILLRACE_NODE:-$node}" ${quoted(command)} "$@"`,
    "",
  ].join("\n");
}
