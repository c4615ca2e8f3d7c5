/** Snapshots on the disk: whole or not there at all, and removed when no version runs them any more. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { placeFile, realDisk } from "../journal/disk.ts";
import { homePaths } from "../protocol/home.ts";
import { newId } from "../protocol/ids.ts";
import { manifestName } from "../runner/loader/pinned.ts";
import type { TakenSnapshot } from "../runner/loader/snapshot-graph.ts";

/** A version names it as soon as this has resolved: by then it must survive a power cut. */
export async function keepSnapshot(home: string, { hash, manifest, texts }: TakenSnapshot): Promise<void> {
  const folder = homePaths.codeSnapshot(home, hash);
  if (existsSync(path.join(folder, manifestName))) return;
  const temporary = `${folder}.${newId()}`;
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  try {
    for (const [name, text] of texts) await placeFile(realDisk, path.join(temporary, name), text, { durable: true });
    await placeFile(realDisk, path.join(temporary, manifestName), manifest, { durable: true });
    await realDisk.syncFolder(temporary);
    renameSync(temporary, folder);
    await realDisk.syncFolder(homePaths.snapshots(home));
  } catch (thrown) {
    rmSync(temporary, { recursive: true, force: true });
    // Another deploy of the same code was quicker.
    if (!existsSync(path.join(folder, manifestName))) throw thrown;
  }
}

/** Removes snapshots that nobody needs, and what a killed process left half made. Returns the hashes removed. */
export function removeSnapshots(home: string, isNeeded: (hash: string) => boolean): string[] {
  const folder = homePaths.snapshots(home);
  if (!existsSync(folder)) return [];
  const gone = readdirSync(folder).filter((name) => !isNeeded(name));
  for (const name of gone) rmSync(path.join(folder, name), { recursive: true, force: true });
  return gone;
}
