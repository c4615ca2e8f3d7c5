/** The block's new name in the millrace.json files that declare what uses it, and in the nearest one. */
import { readFileSync, writeFileSync } from "node:fs";
import { nearestFile } from "../../client/millrace-json.ts";
import type { Renaming } from "../../protocol/block-uses.ts";
import type { BlockUsers } from "../../protocol/blocks.ts";
import { renameDeclaredBlock } from "../../protocol/rename-declared-block.ts";

/** Returns the files that it has changed. One that is gone meanwhile is left alone. */
export function renameInFiles(users: BlockUsers | undefined, cwd: string, renaming: Renaming): string[] {
  const { deployments = [], automations = [] } = users ?? {};
  const near = nearestFile(cwd);
  const files = new Set([
    ...[...deployments, ...automations].flatMap(({ declared_in }) => declared_in ?? []),
    ...(near === undefined ? [] : [near]),
  ]);
  return [...files].filter((file) => {
    const before = textOf(file);
    const after = before === undefined ? undefined : renameDeclaredBlock(before, renaming);
    if (after === undefined || after === before) return false;
    writeFileSync(file, after);
    return true;
  });
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
