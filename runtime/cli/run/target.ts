/** FILE[:FLOW] → the file and the flow in it. */
import { statSync } from "node:fs";
import path from "node:path";
import { MillraceError } from "../../protocol/errors.ts";
import { findFlowFile } from "../../runner/flow-file.ts";

export interface RunTarget {
  /** Absolute. */
  readonly file: string;
  /** Export or name of the flow; undefined when the file's only one is meant. */
  readonly flow: string | undefined;
}

/**
 * Splits at the last colon that can start a flow's name: not the one of a drive letter, not one inside a path. A file
 * that has a colon in its own name and exists is that file.
 */
export function splitTarget(
  text: string,
  isFile: (file: string) => boolean,
): { file: string; flow: string | undefined } {
  const at = text.lastIndexOf(":");
  const isDrive = at === 1 && /^[a-zA-Z]$/.test(text.charAt(0));
  const rest = text.slice(at + 1);
  if (at <= 0 || isDrive || /[\\/]/.test(rest) || isFile(text)) return { file: text, flow: undefined };
  return { file: text.slice(0, at), flow: rest };
}

/** @throws MillraceError "bad-file" for a file that is not there, "bad-usage" for an empty flow name. */
export function resolveTarget(text: string, cwd: string): RunTarget {
  const isFile = (name: string) => statSync(path.resolve(cwd, name), { throwIfNoEntry: false })?.isFile() ?? false;
  const { file, flow } = splitTarget(text, isFile);
  if (flow === "") {
    throw new MillraceError(
      "bad-usage",
      `"${text}" names no flow after the colon; write ${file}:FLOW, or ${file} alone.`,
    );
  }
  return { file: findFlowFile(file, cwd), flow };
}
