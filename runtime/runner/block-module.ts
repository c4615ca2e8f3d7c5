/** The module of block classes, as it was registered: Millrace's own, a file, or an installed package. */
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { BlocksRuntime } from "../protocol/blocks-runtime.ts";
import { MillraceError } from "../protocol/errors.ts";
import { importModule } from "../system/boot-seam.ts";
import { guardProcess } from "./guard.ts";
import { loadModule, type ModuleNamespace } from "./load-module.ts";
import { installLoader } from "./loader/install.ts";

export const builtInModule = "millrace/blocks";

export interface BlockModule {
  readonly namespace: ModuleNamespace;
  readonly runtime: BlocksRuntime;
  /** As it is registered and imported: an absolute path, or the package's name. */
  readonly module: string;
  readonly version: string;
}

/** @throws MillraceError "bad-file" for one that is not there, "load-failed" for one that cannot be loaded. */
export async function loadBlockModule(
  given: string,
  { home, dist, cwd }: { readonly home: string; readonly dist: string; readonly cwd: string },
): Promise<BlockModule> {
  const own = await loadBlocks(dist);
  if (given === builtInModule) return { ...own, module: given, version: "" };
  const found = findBlockModule(given, cwd);
  process.env["MILLRACE_DESCRIBE"] = "1";
  const loader = installLoader({ home: path.resolve(home), dist });
  const namespace = await loadModule(found.file, loader, guardProcess(found.file).during);
  return { namespace, runtime: own.runtime, module: found.module, version: found.version };
}

async function loadBlocks(dist: string): Promise<{ namespace: ModuleNamespace; runtime: BlocksRuntime }> {
  const url = pathToFileURL(path.join(dist, "sdk", "blocks.js")).href;
  const namespace = await importModule<ModuleNamespace & { readonly blocksRuntime: BlocksRuntime }>(url);
  return { namespace, runtime: namespace.blocksRuntime };
}

interface FoundModule {
  readonly file: string;
  readonly module: string;
  readonly version: string;
}

/** A path is a file of the workspace; anything else is a package, as code in `cwd` would find it. */
export function findBlockModule(given: string, cwd: string): FoundModule {
  const file = path.resolve(cwd, given);
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) return { file, module: file, version: "non-versioned" };
  if (!/^(@[\w.-]+\/)?[\w-][\w.-]*$/.test(given) || /\.[cm]?[jt]sx?$/.test(given)) {
    throw new MillraceError("bad-file", `${file}: there is no such file`);
  }
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, "node_modules", given, "package.json");
    if (existsSync(manifest)) return entryOf(manifest, given);
    if (folder === path.dirname(folder)) break;
  }
  throw new MillraceError(
    "bad-file",
    `"${given}" is neither a file in ${cwd} nor a package installed there; install it, or name the file`,
  );
}

function entryOf(manifest: string, name: string): FoundModule {
  const content: {
    readonly version?: unknown;
    readonly main?: unknown;
    readonly module?: unknown;
    readonly exports?: unknown;
  } = JSON.parse(readFileSync(manifest, "utf8"));
  const named = [exportOf(content.exports), content.module, content.main, "index.js"].find(
    (each) => typeof each === "string",
  );
  const file = path.resolve(path.dirname(manifest), String(named));
  const version = typeof content.version === "string" ? content.version : "non-versioned";
  return { file, module: name, version };
}

/** The first file under the conditions that a module of today is imported with. */
function exportOf(exported: unknown): string | undefined {
  if (typeof exported === "string") return exported;
  if (Array.isArray(exported)) return exported.map(exportOf).find((each) => each !== undefined);
  if (typeof exported !== "object" || exported === null) return undefined;
  for (const [condition, target] of Object.entries(exported)) {
    if (![".", "node", "import", "module-sync", "require", "default"].includes(condition)) continue;
    const found = exportOf(target);
    if (found !== undefined) return found;
  }
  return undefined;
}
