import path from "node:path";
import { toError } from "../protocol/errors.ts";
import { lazyNode } from "../system/lazy-node.ts";
import { isPartName } from "./durable-file.ts";

/** Relative paths of the files in a folder and its folders; none when the folder is not there. */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await lazyNode.files
    .readdir(folder, { recursive: true, withFileTypes: true })
    .catch((thrown: unknown) => {
      const error = toError(thrown);
      if ("code" in error && error.code === "ENOENT") return [];
      throw error;
    });
  return entries
    .filter((entry) => entry.isFile() && !isPartName(entry.name))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}
