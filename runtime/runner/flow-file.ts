import fs from "node:fs";
import path from "node:path";
import { MillraceError } from "../protocol/errors.ts";
import { nearNames } from "../protocol/near-names.ts";
import { isTransformed, probe, realPath } from "./loader/probe.ts";

/** The real path of the file that was asked for. @throws MillraceError "bad-file" */
export function findFlowFile(given: string, cwd: string): string {
  const wanted = path.resolve(cwd, given);
  const file = probe(wanted);
  if (file === undefined) throw new MillraceError("bad-file", missing(given, wanted));
  if (!isTransformed(file) && !/\.[cm]?js$/i.test(file)) {
    const kind = path.extname(file) || "a file without an extension";
    throw new MillraceError(
      "bad-file",
      `${given}: flows are written in TypeScript or JavaScript (.ts, .mts, .cts, .tsx, .js, .mjs, .cjs), this is ${kind}`,
    );
  }
  return realPath(file);
}

function missing(given: string, wanted: string): string {
  if (fs.statSync(wanted, { throwIfNoEntry: false })?.isDirectory()) {
    return `${given}: is a folder without an index file; name the file that has the flow`;
  }
  const folder = path.dirname(wanted);
  let names: string[];
  try {
    names = fs.readdirSync(folder);
  } catch {
    return `${given}: there is no such file, nor the folder ${folder}`;
  }
  const near = nearNames(
    path.basename(wanted),
    names.filter((name) => /\.(?:[cm]?[jt]s|[jt]sx)$/i.test(name)),
  );
  const hint = near.length === 0 ? "" : `. Did you mean ${near.map((name) => `"${name}"`).join(" or ")}?`;
  return `${given}: there is no such file in ${folder}${hint}`;
}
