import fs from "node:fs";
import { requireSibling } from "../dist-folder.ts";
import { isLoadError, type LoadError } from "./load-error.ts";
import { isTransformed } from "./probe.ts";
import { inNodeModules } from "./resolve.ts";
import type { Transformer, TransformOptions } from "./transform.ts";
import { type CompiledModule, openTransformCache } from "./transform-cache.ts";

export interface Sources {
  /** The module behind a TypeScript file: from the cache, else made here and kept. @throws LoadError */
  compiled(file: string): CompiledModule;
  /** Whether `compiled` will find it in the cache. */
  isPrepared(file: string): boolean;
  text(file: string): string;
  /** Remembers a file that Node reads itself. */
  note(file: string): void;
  list(): readonly { readonly file: string; readonly text: string }[];
  transformed(): number;
  recompileLast(): LoadError | undefined;
  /** The files noted so far belong to nobody's run. */
  forget(): void;
}

export function makeSources(context: {
  readonly home: string;
  readonly dist: string;
  readonly optionsOf: (file: string) => TransformOptions;
  /** The text that stands for what lies at the path. */
  readonly pinned: (file: string) => string | undefined;
}): Sources {
  const cache = openTransformCache(context.home);
  /** File → its text, or undefined for one to be read when somebody asks. */
  const seen = new Map<string, string | undefined>();
  let transformer: Transformer | undefined;
  let transformed = 0;
  let last: string | undefined;
  /** Read ahead by `isPrepared`, moments before they are loaded. */
  const ahead = new Map<string, CompiledModule>();

  function text(file: string): string {
    const content = context.pinned(file) ?? fs.readFileSync(file, "utf8");
    if (!inNodeModules(file)) seen.set(file, content);
    return content;
  }

  /** Loading esbuild takes longer than all the rest together: only on the first miss. */
  function transform(source: string, file: string, options: TransformOptions): CompiledModule {
    transformer ??= requireSibling<typeof import("./transform.ts")>(context.dist, "transform.cjs").makeTransformer(
      context.dist,
    );
    transformed++;
    return transformer.compileSync(source, file, options);
  }

  return {
    isPrepared(file) {
      if (!isTransformed(file)) return true;
      const kept = cache.get(cache.key(file, text(file), context.optionsOf(file)));
      if (kept !== undefined) ahead.set(file, kept);
      return kept !== undefined;
    },
    compiled(file) {
      const waiting = ahead.get(file);
      ahead.delete(file);
      if (waiting !== undefined) return waiting;
      const source = text(file);
      const options = context.optionsOf(file);
      const key = cache.key(file, source, options);
      const kept = cache.get(key);
      if (kept !== undefined) return kept;
      const compiled = transform(source, file, options);
      cache.put(key, compiled);
      return compiled;
    },
    text,
    note(file) {
      last = file;
      if (!inNodeModules(file) && !seen.has(file)) seen.set(file, undefined);
    },
    list: () =>
      [...seen].flatMap(([file, content]) => {
        const kept = content ?? readIfThere(file);
        return kept === undefined ? [] : [{ file, text: kept }];
      }),
    transformed: () => transformed,
    recompileLast() {
      if (last === undefined || !/\.[cm]?js$/i.test(last)) return undefined;
      try {
        transform(fs.readFileSync(last, "utf8"), last, {});
        return undefined;
      } catch (error) {
        return isLoadError(error) ? error : undefined;
      }
    },
    forget() {
      seen.clear();
      ahead.clear();
      last = undefined;
      transformed = 0;
    },
  };
}

function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
