/** Finds the files under a folder that look as if they had flows: a quick look at the text, nothing is loaded. */
import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

const source = /\.(?:[cm]?[jt]s|[jt]sx)$/;
const notSource = /\.d\.[cm]?ts$|\.(?:test|spec)\.[cm]?[jt]sx?$/;
const left: ReadonlySet<string> = new Set(["node_modules", "bower_components"]);
const imports = /(?:\bfrom|\bimport|\brequire\s*\()\s*["']millrace["']/;
/** A file that makes flows calls `flow(`; one that only uses tasks or types does not. */
const makesFlows = /\bflow\s*(?:<[^(]*>)?\(/;
const largest = 2_000_000;

/** Absolute paths, sorted. */
export function filesWithFlows(folder: string): string[] {
  const found: string[] = [];
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const entry of entries(next)) {
      const full = path.join(next, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith(".") && !left.has(entry.name)) open.push(full);
      } else if (entry.isFile() && source.test(entry.name) && !notSource.test(entry.name) && looksLikeFlows(full)) {
        found.push(full);
      }
    }
  }
  return found.sort();
}

function looksLikeFlows(file: string): boolean {
  try {
    if (statSync(file).size > largest) return false;
    const text = readFileSync(file, "utf8");
    return text.includes("millrace") && imports.test(text) && makesFlows.test(text);
  } catch {
    return false;
  }
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // A folder that may not be read has nothing for us.
    return [];
  }
}
