/** What a snapshot holds: a flow's file and all that it reaches by imports of the user's own. Nothing is executed. */
import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import path from "node:path";
import { sha256 } from "../../protocol/sha256.ts";
import type { SnapshotFile, SnapshotManifest } from "../../protocol/snapshots.ts";
import { distFolder, requireSibling } from "../dist-folder.ts";
import { packageSource } from "./prepare.ts";
import { isTransformed, realPath } from "./probe.ts";
import { inNodeModules, makeResolver } from "./resolve.ts";
import { sdkFiles } from "./sdk-files.ts";
import { openTransformCache } from "./transform-cache.ts";
import { tsconfigReader } from "./tsconfig.ts";

export interface TakenSnapshot {
  readonly hash: string;
  /** The manifest as it is written: its hash is the snapshot's. */
  readonly manifest: string;
  /** By hash. */
  readonly texts: ReadonlyMap<string, string>;
  readonly files: readonly string[];
}

export interface SnapshotOptions {
  readonly home: string;
  readonly dist?: string;
  /** Where files count as lying that are read elsewhere: a commit's, checked out for a moment. */
  readonly place?: (file: string) => string;
}

/** @throws LoadError when a file does not parse; what cannot be read is reported by its error. */
export async function takeSnapshot(entry: string, options: SnapshotOptions): Promise<TakenSnapshot> {
  const { home, dist = distFolder(), place = (file: string) => file } = options;
  const tsconfigOf = tsconfigReader(home, dist, () => undefined);
  const resolver = makeResolver(tsconfigOf);
  const sdk = sdkFiles(dist);
  const cache = openTransformCache(home);
  const { makeTransformer } = requireSibling<typeof import("./transform.ts")>(dist, "transform.cjs");
  const transformer = makeTransformer(dist);
  const files = new Map<string, SnapshotFile | undefined>();
  const texts = new Map<string, string>();

  async function importsOf(file: string, text: string): Promise<readonly string[]> {
    if (!/\.(?:[cm]?[jt]s|[jt]sx)$/i.test(file)) return [];
    const { options: compilerOptions } = tsconfigOf(file);
    // Under the path that it will be loaded from: the runner finds it transformed.
    const key = cache.key(place(file), text, compilerOptions);
    const kept = cache.get(key);
    if (kept !== undefined) return kept.imports;
    try {
      const compiled = await transformer.compile(text, place(file), compilerOptions);
      cache.put(key, compiled);
      return compiled.imports;
    } catch (thrown) {
      // JavaScript that only Node reads is loaded as it stands.
      if (isTransformed(file)) throw thrown;
      return [];
    }
  }

  async function visit(file: string): Promise<void> {
    if (files.has(file)) return;
    files.set(file, undefined);
    const text = await readFile(file, "utf8");
    const hash = sha256(text, "hex");
    texts.set(hash, text);
    const targets = (await importsOf(file, text)).flatMap((specifier) => {
      const target = follow(specifier, file);
      return target === undefined ? [] : [[specifier, target] as const];
    });
    files.set(file, {
      file: place(file),
      hash,
      options: tsconfigOf(file).options,
      imports: Object.fromEntries(targets.map(([specifier, target]) => [specifier, place(target)])),
    });
    await Promise.all(targets.map(([, target]) => visit(target)));
  }

  function follow(specifier: string, parent: string): string | undefined {
    if (isBuiltin(specifier) || sdk.byName(specifier) !== undefined) return undefined;
    const target = resolver.own(specifier, parent, false)?.file ?? packageSource(specifier, parent, resolver);
    const isOurs = target !== undefined && !inNodeModules(target) && !sdk.isOwn(target);
    return isOurs && /\.(?:[cm]?[jt]s|[jt]sx|json)$/i.test(target) ? target : undefined;
  }

  const first = realPath(path.resolve(entry));
  await visit(first);
  const taken = [...files.values()].filter((each) => each !== undefined);
  const manifest: SnapshotManifest = {
    version: 1,
    entry: place(first),
    files: taken.sort((left, right) => (left.file < right.file ? -1 : 1)),
  };
  const text = `${JSON.stringify(manifest)}\n`;
  return { hash: sha256(text, "hex"), manifest: text, texts, files: manifest.files.map(({ file }) => file) };
}
