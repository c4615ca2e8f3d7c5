/** Where a specifier leads, as people write them. The hook (install.ts) asks this first and Node for the rest. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { packageFolder, probe, realPath, splitPackage } from "./probe.ts";
import type { LoaderTsconfig } from "./tsconfig.ts";

export interface Resolution {
  readonly file: string;
  /** "?query#hash" of an import, kept so that it makes a module of its own. */
  readonly query: string;
}

export interface Resolver {
  /** A file that the user's own rules (relative, absolute, tsconfig paths) lead to. */
  own(specifier: string, parent: string, byRequire: boolean): Resolution | undefined;
  /** After Node found nothing: sources behind a package's or a map's file that is not built. */
  afterMiss(specifier: string, parent: string, byRequire: boolean, missing: string | undefined): Resolution | undefined;
}

export const inNodeModules = (file: string): boolean => /[\\/]node_modules[\\/]/.test(file);

export function makeResolver(tsconfigOf: (file: string) => LoaderTsconfig): Resolver {
  const found = (file: string | undefined, query: string): Resolution | undefined =>
    file === undefined ? undefined : { file: realPath(file), query };

  /** Specifiers of an import are URLs: they may have a query and escapes. Those of a require are paths. */
  function split(specifier: string, byRequire: boolean): { bare: string; query: string } {
    if (byRequire) return { bare: specifier, query: "" };
    const at = specifier.search(/[?#]/);
    return at <= 0 ? { bare: specifier, query: "" } : { bare: specifier.slice(0, at), query: specifier.slice(at) };
  }

  function relative(specifier: string, parent: string, byRequire: boolean): Resolution | undefined {
    const { bare, query } = split(specifier, byRequire);
    if (bare.startsWith("file:")) return found(probe(pathOfUrl(bare)), query);
    if (!/^\.{0,2}[\\/]|^\.{1,2}$/.test(bare) && !path.isAbsolute(bare)) return undefined;
    const folder = path.dirname(parent);
    if (byRequire) return found(probe(path.resolve(folder, bare)), "");
    return (
      found(probe(path.resolve(folder, decode(bare))), query) ??
      // "#", "?" and "%20" may also stand for themselves in a file's name.
      found(probe(path.resolve(folder, specifier)), "")
    );
  }

  return {
    own(specifier, parent, byRequire) {
      const near = relative(specifier, parent, byRequire);
      if (near !== undefined || isUrlLike(specifier) || specifier.startsWith("#")) return near;
      for (const candidate of tsconfigOf(parent).match(specifier)) {
        const hit = probe(candidate);
        if (hit !== undefined) return found(hit, "");
      }
      return undefined;
    },
    afterMiss(specifier, parent, byRequire, missing) {
      const behind = missing === undefined ? undefined : found(probe(missing), "");
      if (behind !== undefined) return behind;
      const near = relative(specifier, parent, byRequire);
      if (near !== undefined) return near;
      const parts = splitPackage(split(specifier, byRequire).bare);
      const folder = parts === undefined ? undefined : packageFolder(parts.name, parent);
      return folder === undefined ? undefined : found(probe(path.join(folder, parts?.rest ?? "")), "");
    },
  };
}

function isUrlLike(specifier: string): boolean {
  return /^\.{0,2}[\\/]|^\.{1,2}$|^[a-z][a-z0-9+.-]+:/i.test(specifier);
}

function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}

/** A lone "%" is no escape: people have it in folder names. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
