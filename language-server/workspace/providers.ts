/** Which files without the word "millrace" matter too: they import from, or pass on, files that have it. */
import type { FileFacts } from "../analysis/facts.ts";
import { blocksModule, millraceModule } from "../analysis/targets.ts";
import { type Modules, resolve } from "./resolve.ts";

/**
 * Whether a module passes on something that flows are defined with. Files that import it may define flows without the
 * word "millrace" in them.
 */
export function isProvider(modules: Modules, file: FileFacts, seen = new Set<FileFacts>()): boolean {
  if (seen.has(file)) return false;
  seen.add(file);
  for (const star of file.stars) {
    if (star === millraceModule || star === blocksModule) return true;
    const module = modules.imported(file.uri, star);
    if (module !== undefined && isProvider(modules, module, seen)) return true;
  }
  for (const target of file.exports.values()) {
    if (target.kind === "module" && target.name === "*" && target.specifier === millraceModule) return true;
    const kind = target.kind === "definition" ? undefined : resolve(modules, file, target)?.kind;
    if (kind === "api" || kind === "block" || kind === "factory") return true;
  }
  return false;
}

/** What an import of the file ends with: "mill" of …/mill.ts and of …/mill/index.ts */
export function stemOf(uri: string): string {
  const parts = uri.split("/");
  const name = (parts.at(-1) ?? "").replace(/\.[cm]?[jt]sx?$/, "");
  const stem = name === "index" ? (parts.at(-2) ?? name) : name;
  try {
    return decodeURIComponent(stem);
  } catch {
    return stem;
  }
}

/** Whether a file only seems to pass on others: then it matters when these do. */
export function passesOn(bytes: Buffer): boolean {
  return (
    bytes.includes("export") &&
    bytes.includes("from") &&
    /\bexport\s*(?:\*|\{)[^;]*?\bfrom\b/.test(bytes.toString("latin1"))
  );
}

/** Whether it imports a module whose name ends with one of the stems. */
export function mentions(bytes: Buffer, stems: ReadonlySet<string>): boolean {
  if (stems.size === 0) return false;
  for (const [, specifier = ""] of bytes.toString("utf8").matchAll(/["']([^"'\n]*\/[^"'\n]*|\.{1,2})["']/g)) {
    if (stems.has(stemOf(specifier)) || specifier === "." || specifier === "..") return true;
  }
  return false;
}
