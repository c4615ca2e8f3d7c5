/** What a folder has installed, as Node and TypeScript look for it: from a file's folder upwards. Reads the disk only. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { isStubManifest, stubFileNames } from "./stub.ts";

/** "foreign": something stands there that is neither the real package nor ours. */
export type Found = "package" | "stub" | "foreign";

export interface FoundPackage {
  readonly kind: Found;
  readonly folder: string;
}

/** What `import "millrace"` meets from this folder; undefined when nothing does. */
export function findMillrace(from: string): FoundPackage | undefined {
  for (const folder of upwards(from)) {
    const candidate = path.join(folder, "node_modules", "millrace");
    const kind = kindOf(candidate);
    if (kind !== undefined) return { kind, folder: candidate };
  }
  return undefined;
}

/** What stands at this place; undefined for nothing, or for a stub that was cut short while it was written. */
export function kindOf(folder: string): Found | undefined {
  const manifest = readIfThere(path.join(folder, "package.json"));
  if (manifest !== undefined) return isStubManifest(manifest) ? "stub" : "package";
  const names = listIfThere(folder);
  return names === undefined || names.every((name) => stubFileNames.has(name)) ? undefined : "foreign";
}

export function hasNodeTypes(from: string): boolean {
  return upwards(from).some((folder) =>
    existsSync(path.join(folder, "node_modules", "@types", "node", "package.json")),
  );
}

/** The nearest folder that is a project of some package manager, not above `top`. */
export function projectFolder(from: string, top: string): string | undefined {
  const within = upwards(from).filter((folder) => folder === top || folder.startsWith(top + path.sep));
  return within.find((folder) => ["package.json", ".pnp.cjs"].some((name) => existsSync(path.join(folder, name))));
}

/** The command line that installs millrace, for the package manager whose lock file lies here or above. */
export function installCommand(from: string): string {
  for (const folder of upwards(from)) {
    const has = (name: string): boolean => existsSync(path.join(folder, name));
    if (has("pnpm-lock.yaml")) return "pnpm add -D millrace";
    if (has("yarn.lock") || has(".pnp.cjs")) return "yarn add -D millrace";
    if (has("bun.lock") || has("bun.lockb")) return "bun add -d millrace";
    if (has("package-lock.json")) break;
  }
  return "npm i -D millrace";
}

function upwards(from: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    folders.push(folder);
    if (path.dirname(folder) === folder) return folders;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function listIfThere(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}
