/**
 * The module hooks of a process that runs a user's module: one file is one module, TypeScript as people write it,
 * `millrace` by name. Installed once per process and thread; everything is synchronous, one path for import and require.
 */
import fs from "node:fs";
import module from "node:module";
import path from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { pinnedSource, runnerProcess } from "../../protocol/snapshots.ts";
import { commonJsPrelude, gotPrivateRequire } from "./common-js.ts";
import { jsonModule } from "./json-module.ts";
import type { LoadError } from "./load-error.ts";
import { rememberMiss } from "./misses.ts";
import { openSnapshot, type PinnedSources } from "./pinned.ts";
import { isTransformed } from "./probe.ts";
import { inNodeModules, makeResolver } from "./resolve.ts";
import { sdkFiles } from "./sdk-files.ts";
import { makeSources } from "./sources.ts";
import { tsconfigReader } from "./tsconfig.ts";
import { patchWorkers } from "./worker-threads.ts";

export interface LoaderOptions {
  readonly home: string;
  /** Folder of the bundles; the SDK is `sdk/` in it. */
  readonly dist: string;
}

export interface Loader {
  /** The user's own files loaded so far (not node_modules), with the text they were loaded from. */
  sources(): readonly { readonly file: string; readonly text: string }[];
  /** Whether a file's JavaScript is in the cache. */
  isPrepared(file: string): boolean;
  /** How many files were transformed here, because the cache had none. */
  transformed(): number;
  /** What the transformer says about the JavaScript file loaded last: V8 does not tell the place of its SyntaxErrors. */
  recompileLast(): LoadError | undefined;
  /** What was loaded so far is none of the user's. */
  forget(): void;
  /** From now on the sources of this snapshot stand for what lies at their paths. */
  pin(hash: string): void;
}

let installed: Loader | undefined;

export function installLoader(options: LoaderOptions): Loader {
  installed ??= install(options);
  return installed;
}

function install({ home, dist }: LoaderOptions): Loader {
  Reflect.set(globalThis, runnerProcess, true);
  module.setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
  const sdk = sdkFiles(dist);
  const tsconfigOf = tsconfigReader(home, dist, (message) => process.emitWarning(message));
  const resolver = makeResolver(tsconfigOf);
  let pinned: PinnedSources | undefined;
  const sources = makeSources({
    home,
    dist,
    optionsOf: (file) => pinned?.options(file) ?? tsconfigOf(file).options,
    pinned: (file) => pinned?.text(file),
  });

  function resolve(
    specifier: string,
    context: module.ResolveHookContext,
    next: Parameters<module.ResolveHookSync>[2],
  ): module.ResolveFnOutput {
    const bundled = sdk.byName(specifier);
    if (bundled !== undefined) return { url: bundled, format: "module", shortCircuit: true };
    if (module.isBuiltin(specifier)) {
      if (specifier.endsWith("worker_threads")) patchWorkers({ home, dist });
      return next(specifier, context);
    }
    const { parentURL } = context;
    const fixed = pinned === undefined ? undefined : resolvePinned(pinned, specifier, pathOfUrl(parentURL));
    if (fixed !== undefined) return { url: fixed, shortCircuit: true };
    // The SDK's files name each other exactly: asking Node where they are takes longer than loading them.
    if (parentURL !== undefined && sdk.isSdk(parentURL) && /^\.\.?\/.*\.c?js$/.test(specifier)) {
      const format = specifier.endsWith(".cjs") ? "commonjs" : "module";
      return { url: new URL(specifier, parentURL).href, format, shortCircuit: true };
    }
    const parent = pathOfUrl(parentURL);
    // The runner itself asks for the flow's file, in its real spelling, and for the SDK: Node would look both over.
    if (parent !== undefined && sdk.isOwn(parent) && specifier.startsWith("file:")) {
      if (sdk.isSdk(specifier)) return { url: specifier, format: "module", shortCircuit: true };
      if (isTransformed(specifier)) return { url: specifier, shortCircuit: true };
    }
    // An array, or (22.15, for require) a Set.
    const byRequire = [...context.conditions].includes("require");
    if (parent !== undefined && !inNodeModules(parent) && !sdk.isOwn(parent)) {
      const own = resolver.own(specifier, parent, byRequire);
      if (own !== undefined) return { url: pathToFileURL(own.file).href + own.query, shortCircuit: true };
    }
    const fallback = parent === undefined ? undefined : sdk.fallback(specifier, parent);
    if (fallback?.sure) return { url: fallback.url, format: "module", shortCircuit: true };
    try {
      return next(specifier, context);
    } catch (error) {
      if (!isMiss(error)) throw error;
      if (fallback !== undefined) return { url: fallback.url, format: "module", shortCircuit: true };
      const late =
        parent === undefined ? undefined : resolver.afterMiss(specifier, parent, byRequire, missedFile(error));
      if (late === undefined) {
        if (parent !== undefined) rememberMiss(error, { specifier, parent });
        throw error;
      }
      return { url: pathToFileURL(late.file).href + late.query, shortCircuit: true };
    }
  }

  function load(
    url: string,
    context: module.LoadHookContext,
    next: Parameters<module.LoadHookSync>[2],
  ): module.LoadFnOutput {
    // As text: for bytes Node would load its decoders.
    if (sdk.isSdk(url)) return { format: "module", source: fs.readFileSync(new URL(url), "utf8"), shortCircuit: true };
    const file = pathOfUrl(url);
    if (file === undefined || sdk.isOwn(file)) return next(url, context);
    if (isTransformed(file) || (pinned?.has(file) === true && /\.[cm]?js$/i.test(file))) {
      const { format, code } = sources.compiled(file);
      return { format, source: code, shortCircuit: true };
    }
    const byImport = [...context.conditions].includes("import");
    if (byImport && file.endsWith(".json") && context.importAttributes?.["type"] !== "json") {
      return { format: "module", source: jsonModule(sources.text(file), file), shortCircuit: true };
    }
    if (pinned?.has(file) === true) return { format: "json", source: sources.text(file), shortCircuit: true };
    sources.note(file);
    const loaded = next(url, context);
    if (byImport && loaded.format === "commonjs" && gotPrivateRequire && /\.c?js$/i.test(file)) {
      const prelude = commonJsPrelude(fs.readFileSync(file, "utf8"), inNodeModules(file));
      if (prelude !== undefined) return { ...loaded, source: prelude };
    }
    return loaded;
  }

  module.registerHooks({ resolve, load });
  return {
    sources: sources.list,
    isPrepared: sources.isPrepared,
    transformed: sources.transformed,
    recompileLast: sources.recompileLast,
    forget: sources.forget,
    pin(hash) {
      pinned = openSnapshot(home, hash);
      const { text } = pinned;
      Reflect.set(globalThis, pinnedSource, text);
    },
  };
}

/** Files of a snapshot lead to each other as they did then; the runner asks for the first by its path. */
function resolvePinned(pinned: PinnedSources, specifier: string, parent: string | undefined): string | undefined {
  const target = parent === undefined ? undefined : pinned.resolve(specifier, parent);
  if (target !== undefined) return pathToFileURL(target).href + (/[?#].*$/.exec(specifier)?.[0] ?? "");
  const file = pathOfUrl(specifier);
  return file !== undefined && pinned.has(file) ? specifier : undefined;
}

function pathOfUrl(url: string | undefined): string | undefined {
  if (url === undefined || !url.startsWith("file:")) return undefined;
  return fileURLToPath(url.replace(/[?#].*$/, ""));
}

function isMiss(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return /_NOT_FOUND$|^ERR_UNSUPPORTED_DIR_IMPORT$/.test(String(error.code));
}

/** The file that Node looked for and did not find, where its error says. */
function missedFile(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("url" in error) || typeof error.url !== "string") return undefined;
  const file = pathOfUrl(error.url);
  return file === undefined ? undefined : path.normalize(file);
}
