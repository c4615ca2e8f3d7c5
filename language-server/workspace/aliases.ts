/** Names of imports that a folder's tsconfig.json leads elsewhere: `"@app/*": ["./source/*"]`. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseTsconfig } from "get-tsconfig";
import { parse } from "jsonc-parser";
import { fileUri } from "./uris.ts";

export interface Alias {
  /** Address of the folder that it holds for. */
  readonly folder: string;
  /** What a specifier begins and ends with. */
  readonly prefix: string;
  readonly suffix: string;
  /** Addresses with "*" for what stands between. */
  readonly targets: readonly string[];
}

export interface FoundAliases {
  readonly aliases: readonly Alias[];
  /** Addresses of the files that say so: the tsconfig.json and what it extends, also where that is not there yet. */
  readonly configs: readonly string[];
}

/** The aliases of a workspace folder; none when there is no tsconfig.json or it has none. */
export function readAliases(folder: string): FoundAliases {
  const file = path.join(folder, "tsconfig.json");
  const looked = new Map<string, string>();
  const options = withExtended(file, looked) ?? onItsOwn(file);
  const { baseUrl } = options;
  const base = path.resolve(folder, typeof baseUrl === "string" ? baseUrl : pathsBase(options));
  const aliases = Object.entries(record(options["paths"])).flatMap(([pattern, value]) => {
    const [prefix = "", suffix, ...more] = pattern.split("*");
    const targets = Array.isArray(value) ? value.filter((target) => typeof target === "string") : [];
    if (more.length > 0 || targets.length === 0) return [];
    const addresses = targets.map((target) => fileUri(path.resolve(base, target)).replace("%2A", "*"));
    return [{ folder: fileUri(folder), prefix, suffix: suffix ?? "", targets: addresses }];
  });
  return { aliases, configs: [...new Set([file, ...filesOf(looked)])].map(fileUri) };
}

type Options = Readonly<Record<string, unknown>>;

function withExtended(file: string, looked: Map<string, string>): Options | undefined {
  try {
    return { ...parseTsconfig(file, looked).compilerOptions };
  } catch {
    // It is not there, or extends what nobody has installed yet.
    return undefined;
  }
}

function onItsOwn(file: string): Options {
  try {
    return record(record(parse(readFileSync(file, "utf8"), [], { allowTrailingComma: true }))["compilerOptions"]);
  } catch {
    return {};
  }
}

/** Where `paths` of an extended config count from: get-tsconfig keeps that folder under a symbol of its own. */
function pathsBase(options: Options): string {
  for (const symbol of Object.getOwnPropertySymbols(options)) {
    const value: unknown = Reflect.get(options, symbol);
    if (typeof value === "string") return value;
  }
  return ".";
}

/** get-tsconfig keys its cache "<operation>:<path>[:<encoding>]". */
function filesOf(looked: ReadonlyMap<string, unknown>): readonly string[] {
  return [...looked.keys()].flatMap((key) => /^readFileSync:(.*?)(?::utf-?8)?$/i.exec(key)?.[1] ?? []);
}

/** The addresses that an aliased specifier may mean. */
export function aliasedAddresses(aliases: readonly Alias[], fromUri: string, specifier: string): string[] {
  return aliases.flatMap(({ folder, prefix, suffix, targets }) => {
    if (!fromUri.startsWith(`${folder}/`) || specifier.length < prefix.length + suffix.length) return [];
    if (!specifier.startsWith(prefix) || !specifier.endsWith(suffix)) return [];
    if (!targets.some((target) => target.includes("*")) && specifier !== prefix + suffix) return [];
    const between = specifier.slice(prefix.length, specifier.length - suffix.length);
    const encoded = between.split("/").map(encodeURIComponent).join("/");
    return targets.map((target) => target.replace("*", encoded));
  });
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
