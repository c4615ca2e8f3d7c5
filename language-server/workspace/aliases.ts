/** Names of imports that a folder's tsconfig.json leads elsewhere: `"@app/*": ["./source/*"]`. */
import { readFile } from "node:fs/promises";
import path from "node:path";
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

/** The aliases of a workspace folder; none when there is no tsconfig.json or it has none. `extends` is not followed. */
export async function readAliases(folder: string): Promise<Alias[]> {
  const text = await readFile(path.join(folder, "tsconfig.json"), "utf8").catch(() => "");
  const options = record(record(parse(text, [], { allowTrailingComma: true }))["compilerOptions"]);
  const base = path.resolve(folder, typeof options["baseUrl"] === "string" ? options["baseUrl"] : ".");
  return Object.entries(record(options["paths"])).flatMap(([pattern, value]) => {
    const [prefix = "", suffix, ...more] = pattern.split("*");
    const targets = Array.isArray(value) ? value.filter((target) => typeof target === "string") : [];
    if (more.length > 0 || targets.length === 0) return [];
    const addresses = targets.map((target) => fileUri(path.resolve(base, target)).replace("%2A", "*"));
    return [{ folder: fileUri(folder), prefix, suffix: suffix ?? "", targets: addresses }];
  });
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
