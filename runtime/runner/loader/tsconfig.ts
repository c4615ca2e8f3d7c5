/** tsconfig.json for the loader, by the folder of the file. Parsing it takes a library; this side reads a kept parse. */
import fs from "node:fs";
import path from "node:path";
import { homePaths } from "../../protocol/home.ts";
import { sha256 } from "../../protocol/sha256.ts";
import { requireSibling } from "../dist-folder.ts";
import { writeWhole } from "./transform-cache.ts";
import type { PathPattern, TsconfigParse } from "./tsconfig-parse.ts";

/** What a tsconfig means for loading. `options` is part of a transform's cache key. */
export interface LoaderTsconfig {
  readonly options: TsconfigParse["options"];
  /** Absolute paths to try for a bare specifier, best first. */
  match(specifier: string): readonly string[];
}

const none: LoaderTsconfig = { options: {}, match: () => [] };

/** Looks configs up for the life of one load; each folder is looked at once. */
export function tsconfigReader(
  home: string,
  dist: string,
  warn: (message: string) => void,
): (file: string) => LoaderTsconfig {
  const folders = new Map<string, LoaderTsconfig>();

  function forFolder(folder: string): LoaderTsconfig {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const file = path.join(folder, "tsconfig.json");
    const parent = path.dirname(folder);
    const config = fs.existsSync(file) ? load(file) : parent === folder ? none : forFolder(parent);
    folders.set(folder, config);
    return config;
  }

  function load(file: string): LoaderTsconfig {
    const kept = path.join(homePaths.transforms(home), `${sha256(file, "hex")}.tsconfig`);
    try {
      const parse = readKept(kept) ?? parseAndKeep(file, kept);
      return { options: parse.options, match: (specifier) => matchPaths(parse, specifier) };
    } catch (error) {
      // A config that TypeScript would complain about too must not stop a run that may not need it.
      warn(`${file}: ${error instanceof Error ? error.message : String(error)}; loading without it`);
      return none;
    }
  }

  function parseAndKeep(file: string, kept: string): TsconfigParse {
    const { parseTsconfigFile } = requireSibling<typeof import("./tsconfig-parse.ts")>(dist, "tsconfig.cjs");
    const parse = parseTsconfigFile(file);
    writeWhole(kept, JSON.stringify(parse));
    return parse;
  }

  return (file) => forFolder(path.dirname(file));
}

/** The kept parse, if none of the files it was made from has changed. */
function readKept(kept: string): TsconfigParse | undefined {
  let parse: TsconfigParse;
  try {
    parse = JSON.parse(fs.readFileSync(kept, "utf8"));
  } catch {
    return undefined;
  }
  const fresh = parse.files.every(({ file, stamp }) => stampOf(file) === stamp);
  return fresh ? parse : undefined;
}

export function stampOf(file: string): string {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  return found === undefined ? "" : `${found.mtimeMs}:${found.size}:${found.ino}`;
}

/** TypeScript's rule: an exact pattern, else the one with the longest prefix before its "*", else `baseUrl`. */
export function matchPaths(parse: Pick<TsconfigParse, "paths" | "baseUrl">, specifier: string): readonly string[] {
  let best: PathPattern | undefined;
  for (const pattern of parse.paths) {
    if (pattern.suffix === undefined) {
      if (pattern.prefix === specifier) return pattern.targets;
    } else if (
      specifier.length >= pattern.prefix.length + pattern.suffix.length &&
      specifier.startsWith(pattern.prefix) &&
      specifier.endsWith(pattern.suffix) &&
      (best === undefined || pattern.prefix.length > best.prefix.length)
    ) {
      best = pattern;
    }
  }
  if (best !== undefined) {
    const star = specifier.slice(best.prefix.length, specifier.length - (best.suffix?.length ?? 0));
    return best.targets.map((target) => target.replace("*", () => star));
  }
  return parse.baseUrl === undefined ? [] : [path.join(parse.baseUrl, specifier)];
}
