/**
 * The SDK of a home: $MILLRACE_HOME/sdk/<version>/, which the stub packages in people's folders name by its absolute
 * path (link-types.ts). It holds the bundled SDK and its types, so that an editor and a plain `node ingest.ts` find them
 * after the extension's own folder has gone.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { MillraceError, toError } from "../protocol/errors.ts";
import { homePaths } from "../protocol/home.ts";
import { newId } from "../protocol/ids.ts";
import { distFolder, readBuild } from "./install.ts";

export interface InstalledSdk {
  readonly folder: string;
  readonly version: string;
  /** False when this installation carries no types (a build of the programs alone). */
  readonly typed: boolean;
}

/** Says in the SDK's folder what it was made from. */
const markerName = "sdk.json";

/**
 * Copies the SDK into the home unless it is there; another build of the same version takes its place. Whole or not at
 * all: each caller copies to a folder of its own and renames it, so several processes may do this at once.
 * @throws MillraceError "home-unusable" when the home cannot be written.
 */
export function installSdk(home: string, dist: string = distFolder()): InstalledSdk {
  const { version, build } = readBuild(dist);
  const types = path.join(dist, "sdk-types");
  const typed = existsSync(path.join(types, "types.json"));
  const folder = homePaths.sdk(home, version);
  const marker = `${JSON.stringify({ version, build, types: typed ? typesOf(types) : null })}\n`;
  try {
    if (readIfThere(path.join(folder, markerName)) === marker) markUsed(folder);
    else replaceFolder(folder, (temporary) => fill(temporary, dist, typed ? types : undefined, marker));
  } catch (thrown) {
    throw new MillraceError(
      "home-unusable",
      `The types of millrace cannot be put into Millrace's home ${home}: ${toError(thrown).message}. ` +
        "Give yourself write access to it, or set MILLRACE_HOME to another folder.",
      { cause: thrown },
    );
  }
  return { folder, version, typed };
}

function fill(temporary: string, dist: string, types: string | undefined, marker: string): void {
  cpSync(path.join(dist, "sdk"), temporary, { recursive: true });
  // What a run from a plain script needs beside its library: see engine/host/keeper-process.ts and blocks/warehouse.
  for (const name of ["keeper.cjs", "sql-wasm.wasm"])
    if (existsSync(path.join(dist, name))) cpSync(path.join(dist, name), path.join(temporary, name));
  if (types !== undefined) cpSync(types, temporary, { recursive: true });
  writeFileSync(path.join(temporary, markerName), marker);
}

function replaceFolder(folder: string, fillIn: (temporary: string) => void): void {
  const parent = path.dirname(folder);
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const temporary = path.join(parent, `.new-${newId()}`);
  const old = path.join(parent, `.old-${newId()}`);
  try {
    fillIn(temporary);
    if (existsSync(folder)) moveAway(folder, old);
    try {
      renameSync(temporary, folder);
    } catch (thrown) {
      // Another process was quicker, with what is as good; where nothing is in the way the disk has refused.
      if (!existsSync(folder)) throw thrown;
      // Windows does not rename what an editor watches: then file by file, the mark last.
      if (existsSync(temporary) && !isSame(temporary, folder)) overwrite(temporary, folder);
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
    rmQuietly(old);
  }
}

/** Two processes may do this at once: the second finds nothing to move. */
function moveAway(folder: string, old: string): void {
  try {
    renameSync(folder, old);
  } catch {
    // The rename that follows tells whether that matters.
  }
}

function isSame(left: string, right: string): boolean {
  return readIfThere(path.join(left, markerName)) === readIfThere(path.join(right, markerName));
}

function overwrite(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (source) => path.relative(from, source) !== markerName });
  cpSync(path.join(from, markerName), path.join(to, markerName));
}

function typesOf(types: string): string {
  const parsed: unknown = JSON.parse(readFileSync(path.join(types, "types.json"), "utf8"));
  const has = typeof parsed === "object" && parsed !== null && "types" in parsed && typeof parsed.types === "string";
  return has ? String(parsed.types) : "";
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function markUsed(folder: string): void {
  const now = new Date();
  try {
    utimesSync(folder, now, now);
  } catch {
    // Somebody else's, or read-only: it is there all the same.
  }
}

function rmQuietly(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // In use on Windows: it stays as litter.
  }
}
