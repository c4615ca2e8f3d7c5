/** dist/transform.cjs: TypeScript to JavaScript, loaded on the first cache miss only. esbuild, else sucrase. */

import { createRequire } from "node:module";
import path from "node:path";
import type * as Esbuild from "esbuild";
import { requireSibling } from "../dist-folder.ts";
import { finishModule, type TransformOutput } from "./compile.ts";
import { esbuildError, isAboutSource } from "./esbuild-error.ts";
import type { CompiledModule } from "./transform-cache.ts";

export type TransformOptions = Readonly<Record<string, unknown>>;

export interface Transformer {
  readonly name: "esbuild" | "sucrase";
  /** @throws LoadError with file, line and column when the source does not parse. */
  compileSync(source: string, file: string, options: TransformOptions): CompiledModule;
  /** The same, several at once: for the long-lived process that prepares. */
  compile(source: string, file: string, options: TransformOptions): Promise<CompiledModule>;
  /** Ends the process behind `compile`. */
  stop(): Promise<void>;
}

/** @param dist folder of the bundles: where esbuild is looked for, and the fallback. */
export function makeTransformer(dist: string): Transformer {
  let fallback: Transformer | undefined;
  const withoutEsbuild = (): Transformer => {
    fallback ??= requireSibling<typeof import("./sucrase.ts")>(dist, "sucrase.cjs").makeSucraseTransformer();
    return fallback;
  };
  const esbuild = findEsbuild(dist);
  if (esbuild === undefined) return withoutEsbuild();
  return {
    name: "esbuild",
    stop: () => esbuild.stop(),
    compileSync(source, file, options) {
      if (fallback !== undefined) return fallback.compileSync(source, file, options);
      try {
        return finish(source, file, options, esbuild.transformSync(source, esbuildOptions(file, options)));
      } catch (error) {
        if (isAboutSource(error)) throw esbuildError(error, source, file);
        return withoutEsbuild().compileSync(source, file, options);
      }
    },
    async compile(source, file, options) {
      if (fallback !== undefined) return fallback.compile(source, file, options);
      try {
        return finish(source, file, options, await esbuild.transform(source, esbuildOptions(file, options)));
      } catch (error) {
        if (isAboutSource(error)) throw esbuildError(error, source, file);
        return withoutEsbuild().compile(source, file, options);
      }
    },
  };
}

/** esbuild is a dependency, but its binary is a download per platform: it may be missing, or fail to start. */
function findEsbuild(dist: string): typeof Esbuild | undefined {
  try {
    const esbuild: typeof Esbuild = createRequire(path.join(dist, "transform.cjs"))("esbuild");
    return esbuild;
  } catch {
    return undefined;
  }
}

/** What esbuild can't give is said where it will be missed: when the file is loaded, also from the cache. */
function finish(source: string, file: string, options: TransformOptions, output: TransformOutput): CompiledModule {
  const misses = options["emitDecoratorMetadata"] === true && output.code.includes("__decorateClass(");
  const warning = `emitDecoratorMetadata is not supported: the decorators in ${file} get no design:type metadata`;
  return finishModule(source, file, output, misses ? `process.emitWarning(${JSON.stringify(warning)});` : "");
}

/**
 * Always for the oldest Node we run on, so that one cache serves all. JSX has to go, whatever a config for a bundler
 * ("preserve") says.
 */
function esbuildOptions(file: string, options: TransformOptions): Esbuild.TransformOptions {
  const keepsJsx = options["jsx"] === "preserve" || options["jsx"] === "react-native";
  return {
    loader: /x$/i.test(file) ? "tsx" : "ts",
    sourcefile: file,
    sourcemap: "external",
    sourcesContent: false,
    target: "node22",
    platform: "node",
    charset: "utf8",
    logLevel: "silent",
    tsconfigRaw: { compilerOptions: keepsJsx ? { ...options, jsx: "react-jsx" } : { ...options } },
  };
}
