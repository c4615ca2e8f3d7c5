/**
 * What the long-lived parent does when a flow file is opened or saved, so that the click finds everything transformed:
 * it follows the imports and fills the cache. Nothing is executed.
 */
import { readFile } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import { distFolder, requireSibling } from "../dist-folder.ts";
import { isTransformed, packageFolder, realPath, splitPackage } from "./probe.ts";
import { inNodeModules, makeResolver, type Resolver } from "./resolve.ts";
import { sdkFiles } from "./sdk-files.ts";
import type { Transformer } from "./transform.ts";
import { type CompiledModule, openTransformCache, pruneTransforms } from "./transform-cache.ts";
import { tsconfigReader } from "./tsconfig.ts";

let transformer: Transformer | undefined;

/**
 * Resolves with the number of files whose JavaScript is in the cache now. A file that does not parse, or is not there,
 * counts as none: whoever runs it will be told.
 */
export async function prepareGraph(file: string, home: string, dist?: string): Promise<number> {
  return (await prepareFiles(file, home, dist)).length;
}

/** For a process that is to be a run: what transforms does not stay. */
export async function prepareOnce(file: string, home: string, dist: string): Promise<void> {
  await prepareFiles(file, home, dist);
  await transformer?.stop();
}

/** The same, with the files themselves: what the module is made of, as far as it is the user's own. */
export async function prepareFiles(
  file: string,
  home: string,
  dist: string = distFolder(),
): Promise<readonly string[]> {
  const cache = openTransformCache(home);
  // Looked up afresh each time: configs change while this process lives.
  const tsconfigOf = tsconfigReader(home, dist, () => undefined);
  const resolver = makeResolver(tsconfigOf);
  const sdk = sdkFiles(dist);
  const seen = new Set<string>();
  const prepared: string[] = [];

  async function visit(found: string): Promise<void> {
    if (seen.has(found) || !isTransformed(found) || sdk.isOwn(found)) return;
    seen.add(found);
    let compiled: CompiledModule;
    try {
      compiled = await compile(found);
    } catch {
      return;
    }
    prepared.push(found);
    await Promise.all(compiled.imports.map((specifier) => follow(specifier, found)));
  }

  async function compile(found: string): Promise<CompiledModule> {
    const source = await readFile(found, "utf8");
    const { options } = tsconfigOf(found);
    const key = cache.key(found, source, options);
    const kept = cache.get(key);
    if (kept !== undefined) return kept;
    transformer ??= requireSibling<typeof import("./transform.ts")>(dist, "transform.cjs").makeTransformer(dist);
    const compiled = await transformer.compile(source, found, options);
    cache.put(key, compiled);
    return compiled;
  }

  async function follow(specifier: string, parent: string): Promise<void> {
    if (isBuiltin(specifier) || sdk.byName(specifier) !== undefined) return;
    const own = inNodeModules(parent) ? undefined : resolver.own(specifier, parent, false);
    const target = own?.file ?? packageSource(specifier, parent, resolver);
    if (target !== undefined) await visit(target);
  }

  await visit(realPath(file));
  pruneTransforms(home);
  return prepared;
}

/** The entry of a linked workspace package, or of a package that ships TypeScript; undefined for all others. */
export function packageSource(specifier: string, parent: string, resolver: Resolver): string | undefined {
  const parts = splitPackage(specifier);
  const folder = parts === undefined ? undefined : packageFolder(parts.name, parent);
  if (folder === undefined || inNodeModules(`${realPath(folder)}/`)) return undefined;
  try {
    return realPath(createRequire(parent).resolve(specifier));
  } catch {
    return resolver.afterMiss(specifier, parent, false, undefined)?.file;
  }
}
