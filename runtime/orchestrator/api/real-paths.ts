/** Runs know files by their real paths; an editor may have opened the folder through a link. */
import { realpathSync } from "node:fs";
import type { FlowRunFilter } from "../../protocol/api.ts";

/** The path itself when nothing is there (any more). */
export function realPath(file: string): string {
  try {
    return realpathSync.native(file);
  } catch {
    return file;
  }
}

/** The same filter with the folders and the file as runs know them. */
export function withRealPaths(filter: FlowRunFilter): FlowRunFilter {
  const { under, flow_file } = filter;
  return {
    ...filter,
    ...(under === undefined ? {} : { under: [...new Set(under.flatMap((folder) => [folder, realPath(folder)]))] }),
    ...(flow_file === undefined ? {} : { flow_file: realPath(flow_file) }),
  };
}
