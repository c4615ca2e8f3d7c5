/** The texts of the sources that a run loaded, by content, in its folder sources/: old runs show the code they ran. */
import path from "node:path";
import { runPaths } from "../protocol/home.ts";
import type { SourcesRecord } from "../protocol/records.ts";
import { sha256 } from "../protocol/sha256.ts";
import { isMissing, replaceFile } from "./disk.ts";
import type { Disk } from "./types.ts";

/**
 * Writes the texts and returns the record that lists them. Not synced: a source lost in a crash of the machine costs
 * a view of old code, never a result.
 */
export async function keepSources(
  disk: Disk,
  folder: string,
  sources: readonly { readonly file: string; readonly text: string }[],
  at: number,
): Promise<SourcesRecord> {
  const sourcesFolder = runPaths.sources(folder);
  disk.makeFolder(sourcesFolder);
  const files = sources.map(({ file, text }) => ({ file, hash: sha256(text, "hex"), text }));
  for (const { hash: name, text } of files) {
    const kept = path.join(sourcesFolder, name);
    if (!disk.exists(kept)) await replaceFile(disk, kept, text, { durable: false });
  }
  return { kind: "sources", files: files.map(({ file, hash: name }) => ({ file, hash: name })), at };
}

/** The kept text, or undefined when it is gone or not what it was. */
export function readSource(disk: Disk, folder: string, name: string): string | undefined {
  try {
    const text = Buffer.from(disk.readFile(path.join(runPaths.sources(folder), path.basename(name)))).toString("utf8");
    return sha256(text, "hex") === name ? text : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
