/** The sources of a snapshot, for the loader: read and checked as they are needed. */
import fs from "node:fs";
import path from "node:path";
import { MillraceError } from "../../protocol/errors.ts";
import { homePaths } from "../../protocol/home.ts";
import { sha256 } from "../../protocol/sha256.ts";
import type { SnapshotFile, SnapshotManifest } from "../../protocol/snapshots.ts";

export interface PinnedSources {
  has(file: string): boolean;
  /** Undefined for a file that is not in the snapshot. */
  text(file: string): string | undefined;
  options(file: string): SnapshotFile["options"] | undefined;
  /** The file of the snapshot that a specifier leads to. */
  resolve(specifier: string, parent: string): string | undefined;
}

export const manifestName = "manifest.json";

/** @throws MillraceError "not-found" when the home has no such snapshot, "load-failed" when it is damaged. */
export function openSnapshot(home: string, hash: string): PinnedSources {
  const folder = homePaths.codeSnapshot(home, hash);
  const files = new Map(readManifest(folder, hash).files.map((each) => [each.file, each]));
  const texts = new Map<string, string>();

  const text = (file: string): string | undefined => {
    const found = files.get(file);
    if (found === undefined) return undefined;
    let content = texts.get(file);
    if (content === undefined) {
      content = read(path.join(folder, found.hash), hash);
      if (sha256(content, "hex") !== found.hash) throw damaged(hash, `what it keeps of ${file} was changed`);
      texts.set(file, content);
    }
    return content;
  };
  return {
    has: (file) => files.has(file),
    text,
    options: (file) => files.get(file)?.options,
    resolve: (specifier, parent) => {
      const imports = files.get(parent)?.imports;
      return imports !== undefined && Object.hasOwn(imports, specifier) ? imports[specifier] : undefined;
    },
  };
}

export function readManifest(folder: string, hash: string): SnapshotManifest {
  const text = read(path.join(folder, manifestName), hash);
  if (sha256(text, "hex") !== hash) throw damaged(hash, "its list of files was changed");
  return JSON.parse(text);
}

function read(file: string, hash: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (cause) {
    throw new MillraceError(
      "not-found",
      `The code snapshot ${hash.slice(0, 12)} is not in this home (any more): deploy again, or run the working copy.`,
      { cause },
    );
  }
}

function damaged(hash: string, what: string): MillraceError {
  return new MillraceError("load-failed", `The code snapshot ${hash.slice(0, 12)} is damaged: ${what}. Deploy again.`);
}
