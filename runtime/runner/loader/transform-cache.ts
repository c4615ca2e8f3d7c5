/**
 * Transformed sources on disk, by content: a runner that finds all of its files here never loads a transformer.
 * Several processes read and write it at once; entries are written whole (temporary name, then rename) and never changed.
 */
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { homePaths } from "../../protocol/home.ts";
import { sha256 } from "../../protocol/sha256.ts";

/**
 * Part of every key: change it with every change of what the transform gives, so that entries of before are not found.
 * It names the transformers' versions (a test holds it to what is installed), because nothing else loads them here.
 */
export const transformRevision = "1, esbuild 0.28.2, sucrase 3.35.1";

export type ModuleFormat = "module" | "commonjs";

export interface CompiledModule {
  readonly format: ModuleFormat;
  /** JavaScript with its source map inline. */
  readonly code: string;
  /** Specifiers it imports or requires, as written, types left out. */
  readonly imports: readonly string[];
}

export interface TransformCache {
  key(file: string, source: string, options: Readonly<Record<string, unknown>>): string;
  get(key: string): CompiledModule | undefined;
  put(key: string, compiled: CompiledModule): void;
}

const magic = "millrace transform ";
const end = "\n//end\n";

export function openTransformCache(home: string): TransformCache {
  const folder = homePaths.transforms(home);
  return {
    key: (file, source, options) =>
      sha256(`${transformRevision}\0${file}\0${JSON.stringify(options)}\0${source}`, "hex"),
    get(key) {
      let text: string;
      try {
        text = fs.readFileSync(path.join(folder, key), "utf8");
      } catch {
        return undefined;
      }
      return decodeEntry(text);
    },
    put: (key, compiled) => writeWhole(path.join(folder, key), encodeEntry(compiled)),
  };
}

/** First line: format and imports as JSON. The end mark tells a whole entry from one that a power cut left short. */
export function encodeEntry(compiled: CompiledModule): string {
  return `${magic}${JSON.stringify([compiled.format, ...compiled.imports])}\n${compiled.code}${end}`;
}

export function decodeEntry(text: string): CompiledModule | undefined {
  if (!text.startsWith(magic) || !text.endsWith(end)) return undefined;
  const line = text.indexOf("\n");
  const [format, ...imports]: string[] = JSON.parse(text.slice(magic.length, line));
  if (format !== "module" && format !== "commonjs") return undefined;
  return { format, imports, code: text.slice(line + 1, -end.length) };
}

let written = 0;

/** A cache that can't be written (read-only disk, full disk) only costs time. */
export function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.${written++}`;
  try {
    fs.writeFileSync(temporary, text, { mode: 0o600 });
    fs.renameSync(temporary, file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      if (makeFolder(path.dirname(file))) writeWhole(file, text);
    } else {
      removeIfThere(temporary);
    }
  }
}

function removeIfThere(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // What can't be written to can't be tidied either.
  }
}

/** Whether the folder was missing and is there now. */
function makeFolder(folder: string): boolean {
  try {
    return fs.mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined;
  } catch {
    return false;
  }
}

/** Removes what has not been read or written for so long; looks at most once a day. */
export function pruneTransforms(home: string, maximumAge = 30 * 86_400_000, now = Date.now()): number {
  const folder = homePaths.transforms(home);
  const stamp = path.join(folder, ".pruned");
  const last = fs.statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (now - last < 86_400_000) return 0;
  let removed = 0;
  try {
    fs.writeFileSync(stamp, "", { mode: 0o600 });
    for (const name of fs.readdirSync(folder)) {
      const file = path.join(folder, name);
      const { atimeMs, mtimeMs } = fs.statSync(file);
      if (now - Math.max(atimeMs, mtimeMs) < maximumAge) continue;
      fs.rmSync(file, { force: true });
      removed++;
    }
  } catch {
    // The folder is not there, or another process prunes it at the same time.
  }
  return removed;
}
