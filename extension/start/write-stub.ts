/** Writes the stub package into a folder: only what differs, and never over something that is not ours. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { installSdk } from "../../runtime/client/install-sdk.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import { newId } from "../../runtime/protocol/ids.ts";
import { hasNodeTypes, kindOf } from "./packages.ts";
import { stubFiles } from "./stub.ts";

export interface Written {
  /** node_modules/millrace */
  readonly folder: string;
  /** Names of the files that were written; none when all was as it should be. */
  readonly files: readonly string[];
}

/**
 * @param folder where node_modules is, or comes to be
 * @param dist the folder of the programs; by default those this code belongs to
 * @throws MillraceError "conflict" when the real package, or something else, stands there; "home-unusable".
 */
export function writeStub(home: string, folder: string, dist?: string): Written {
  const target = path.join(folder, "node_modules", "millrace");
  const kind = kindOf(target);
  if (kind === "package" || kind === "foreign") {
    throw new MillraceError(
      "conflict",
      kind === "package"
        ? `${target} is the millrace package itself: it has its own types, so there is nothing to link.`
        : `${target} holds something that Millrace has not put there: move it away to have the types linked.`,
    );
  }
  const sdk = installSdk(home, dist);
  const nodeTypes = hasNodeTypes(folder) ? "own" : "bundled";
  const wanted = stubFiles({ sdk: sdk.folder, version: sdk.version, nodeTypes });
  const files: string[] = [];
  for (const [name, text] of wanted) {
    const file = path.join(target, name);
    if (readIfThere(file) === text) continue;
    if (files.length === 0) mkdirSync(target, { recursive: true });
    writeWhole(file, text);
    files.push(name);
  }
  return { folder: target, files };
}

/** Several windows may write the same: each file is whole at any time. */
function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${newId()}`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
