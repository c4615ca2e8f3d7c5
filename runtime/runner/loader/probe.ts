/** Finding the file that people mean: without extensions, with `.js` for `.ts`, a folder for its index. */
import fs from "node:fs";
import path from "node:path";

const extensions = [".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".jsx", ".json"] as const;

/** TypeScript asks for the output's extension in specifiers; these are the sources it may come from. */
const sourcesOf: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx", ".jsx"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};

export const isTransformed = (file: string): boolean => /\.(?:[cm]?ts|tsx|jsx)$/i.test(file);

/** The file behind a path as written in a specifier, or undefined. */
export function probe(candidate: string): string | undefined {
  const found = fs.statSync(candidate, { throwIfNoEntry: false });
  if (found?.isFile()) return candidate;
  const extension = path.extname(candidate);
  const stem = candidate.slice(0, candidate.length - extension.length);
  for (const source of sourcesOf[extension] ?? []) if (isFile(stem + source)) return stem + source;
  for (const added of extensions) if (isFile(candidate + added)) return candidate + added;
  return found?.isDirectory() ? probeFolder(candidate) : undefined;
}

function probeFolder(folder: string): string | undefined {
  const main = mainOf(path.join(folder, "package.json"));
  // A "main" that means the folder itself would go round for ever.
  if (main !== undefined && path.resolve(folder, main) !== path.resolve(folder)) {
    const hit = probe(path.resolve(folder, main));
    if (hit !== undefined) return hit;
  }
  for (const added of extensions) {
    const index = path.join(folder, `index${added}`);
    if (isFile(index)) return index;
  }
  return undefined;
}

function mainOf(packageFile: string): string | undefined {
  try {
    const { main }: { main?: unknown } = JSON.parse(fs.readFileSync(packageFile, "utf8"));
    return typeof main === "string" ? main : undefined;
  } catch {
    return undefined;
  }
}

function isFile(candidate: string): boolean {
  return fs.statSync(candidate, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** The folder of an installed package as seen from a file, or undefined: a walk up, without Node's error on a miss. */
export function packageFolder(name: string, from: string): string | undefined {
  for (let folder = path.dirname(from); ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, "node_modules", name);
    if (fs.statSync(candidate, { throwIfNoEntry: false })?.isDirectory()) return candidate;
    if (folder === path.dirname(folder)) return undefined;
  }
}

/** "@scope/name" or "name" of a bare specifier, and what stands behind it. */
export function splitPackage(specifier: string): { name: string; rest: string } | undefined {
  const match = /^(@[^/\\]+\/[^/\\]+|[^./\\@#][^/\\]*)(?:\/(.*))?$/.exec(specifier);
  return match?.[1] === undefined || match[1].includes(":") ? undefined : { name: match[1], rest: match[2] ?? "" };
}

/** One spelling per file: symlinks followed, and on Windows the drive letter and case as the disk has them. */
export function realPath(file: string): string {
  try {
    return fs.realpathSync.native(file);
  } catch {
    return path.resolve(file);
  }
}
