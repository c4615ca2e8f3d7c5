/**
 * Loads bundles together with V8's code of the functions that an earlier process has called. Node's own compile cache
 * has only what V8 compiles when it reads a file, and not the functions in it: each process would compile those again,
 * which is a fifth of a short run.
 */
import fs from "node:fs";
import module from "node:module";
import path from "node:path";
import vm from "node:vm";
import type { Boot } from "../system/boot-seam.ts";

interface Fresh {
  readonly script: vm.Script;
  readonly target: string;
}

type Wrapped = (
  this: unknown,
  exports: unknown,
  require: NodeJS.Require,
  module: NodeModule,
  filename: string,
  dirname: string,
  boot: Boot,
) => void;

const head = "(function (exports, require, module, __filename, __dirname, __boot) {";
const tail = "\n})";
/** Files of other builds and Nodes that may stay beside those in use. */
const mostFiles = 40;

/** @param folder for this user alone: what lies there is executed */
export function openCodeCache(folder: string, importModule: Boot["importModule"]) {
  const fresh: Fresh[] = [];

  function keepCode(): void {
    for (const { script, target } of fresh.splice(0)) {
      try {
        write(target, script.createCachedData());
      } catch {
        // Later processes are slower, and that is all.
      }
    }
  }

  /** As `require(file)`, for a bundle of ours: CommonJS, ASCII, no `import()`. */
  function load(file: string): unknown {
    const { size, mtimeMs } = fs.statSync(file);
    const target = path.join(folder, `${path.basename(file)}.${fingerprint([size, mtimeMs, ...machine()])}`);
    const cachedData = read(target);
    // One byte a character: what is not ASCII is escaped in a bundle.
    const source = fs.readFileSync(file, "latin1");
    const options = cachedData === undefined ? {} : { cachedData };
    const script = new vm.Script(head + source + tail, { filename: file, columnOffset: -head.length, ...options });
    if (cachedData === undefined || script.cachedDataRejected === true) fresh.push({ script, target });
    const require = module.createRequire(file);
    const made = new module.Module(file);
    made.filename = file;
    require.cache[file] = made;
    const wrapped: Wrapped = script.runInThisContext();
    wrapped.call(made.exports, made.exports, require, made, file, path.dirname(file), { importModule, keepCode });
    made.loaded = true;
    return made.exports;
  }

  return { load, keepCode };
}

/** What V8 would refuse code for; those who differ in it do not overwrite each other's. */
function machine(): readonly (string | undefined)[] {
  return [process.version, process.versions.v8, process.arch, ...process.execArgv, process.env["NODE_OPTIONS"]];
}

/** FNV-1a in two halves: a name for a file, and no more is asked of it than to differ. */
function fingerprint(parts: readonly unknown[]): string {
  const text = parts.join("\n");
  let [low, high] = [0x811c9dc5, 0x9747b28c];
  for (let at = 0; at < text.length; at++) {
    low = Math.imul(low ^ text.charCodeAt(at), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(text.length - 1 - at), 0x01000193);
  }
  return (low >>> 0).toString(16).padStart(8, "0") + (high >>> 0).toString(16).padStart(8, "0");
}

/**
 * V8 does not check what it is given to the last byte, and a changed one ends the process. So the code stands in the
 * file twice: to compare the halves takes the tenth part of a checksum.
 */
function read(file: string): Buffer | undefined {
  let both: Buffer;
  try {
    both = fs.readFileSync(file);
  } catch {
    return undefined;
  }
  const half = both.subarray(0, both.length / 2);
  return half.length > 0 && half.equals(both.subarray(both.length / 2)) ? half : undefined;
}

/** Whole or not at all, also after a crash of the machine. */
function write(target: string, data: Buffer): void {
  const folder = path.dirname(target);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const temporary = `${target}.${process.pid}.tmp`;
  const file = fs.openSync(temporary, "wx", 0o600);
  try {
    for (const half of [data, data]) fs.writeFileSync(file, half);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  try {
    fs.renameSync(temporary, target);
  } catch {
    // Windows: another process reads the file this moment. It has what this one would write.
    fs.rmSync(temporary, { force: true });
  }
  const others = fs.readdirSync(folder).map((name) => path.join(folder, name));
  if (others.length <= mostFiles) return;
  const ages = others.map((name) => ({ name, time: fs.statSync(name).mtimeMs })).sort((a, b) => b.time - a.time);
  for (const { name } of ages.slice(mostFiles / 2)) fs.rmSync(name, { force: true });
}
