/** `flow` of a launch configuration: `etl.ts`, `flows/etl.ts:etlParent`. Pure. */
import path from "node:path";

export interface FlowText {
  /** Absolute. */
  readonly file: string;
  readonly flow: string | undefined;
}

export interface Surroundings {
  /** The workspace folder's path, or the file's where there is none. */
  readonly folder: string;
  /** The file in the editor. */
  readonly activeFile: string | undefined;
}

/** Undefined when it names no file that can hold a flow. */
export function readFlowText(text: string, surroundings: Surroundings): FlowText | undefined {
  // A drive's colon is no separator: what follows the last one must not look like a path.
  const match = /^(.+\.[cm]?[jt]sx?)(?::([^:\\/]+))?$/i.exec(expand(text.trim(), surroundings));
  const file = match?.[1];
  if (file === undefined) return undefined;
  return { file: path.resolve(surroundings.folder, file), flow: match?.[2] };
}

/**
 * The editor expands these itself, but only after a configuration has been resolved, and then inside of what is encoded.
 * Others are left as they are.
 */
export function expand(text: string, { folder, activeFile }: Surroundings): string {
  const values: Readonly<Record<string, string | undefined>> = {
    workspaceFolder: folder,
    file: activeFile,
    relativeFile: activeFile === undefined ? undefined : path.relative(folder, activeFile),
    fileDirname: activeFile === undefined ? undefined : path.dirname(activeFile),
    fileBasename: activeFile === undefined ? undefined : path.basename(activeFile),
  };
  return text.replace(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
