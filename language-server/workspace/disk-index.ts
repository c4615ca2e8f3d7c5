/** What the files on disk hold, read in the background and kept up with what the editor says changes. */
import { readFile as readBytes, stat } from "node:fs/promises";
import path from "node:path";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { FileFacts } from "../analysis/facts.ts";
import { readFile } from "../analysis/read-file.ts";
import { millraceModule } from "../analysis/targets.ts";
import { grammarOf, type Parsers } from "../parser/grammars.ts";
import { maximumLength, readText } from "../parser/source-document.ts";
import { type Alias, readAliases } from "./aliases.ts";
import { matcher } from "./globs.ts";
import { isLeftOut, listFiles, relativeTo } from "./list-files.ts";
import { isProvider, mentions, passesOn, stemOf } from "./providers.ts";
import type { Modules } from "./resolve.ts";
import { filePath, fileUri } from "./uris.ts";

export interface DiskIndexOptions {
  readonly parsers: Parsers;
  readonly modules: Modules;
  readonly log: (message: string) => void;
}

export class DiskIndex {
  readonly #options: DiskIndexOptions;
  readonly #facts = new Map<string, FileFacts>();
  /** What imports of modules end with that pass millrace on, and of all that are known. */
  #providers = new Set<string>();
  #stems = new Set<string>();
  #aliases: readonly Alias[] = [];
  #configs: ReadonlySet<string> = new Set();
  #folders: readonly string[] = [];
  #excluded: (relative: string) => boolean = () => false;
  #round = 0;

  constructor(options: DiskIndexOptions) {
    this.#options = options;
  }

  /** Of all folders' tsconfig.json. */
  get aliases(): readonly Alias[] {
    return this.#aliases;
  }

  /** Addresses of these and of what they extend. */
  get configs(): ReadonlySet<string> {
    return this.#configs;
  }

  get(uri: string): FileFacts | undefined {
    return this.#facts.get(uri);
  }

  has(uri: string): boolean {
    return this.#facts.has(uri);
  }

  uris(): Iterable<string> {
    return this.#facts.keys();
  }

  /**
   * Reads all folders anew. A later call ends an earlier one.
   * @returns how many source files there are, or undefined when another call took over.
   */
  async read(folders: readonly string[], exclude: readonly string[]): Promise<number | undefined> {
    const round = ++this.#round;
    const cancelled = () => round !== this.#round;
    this.#folders = folders;
    this.#excluded = matcher(exclude);
    const read = folders.map(readAliases);
    this.#aliases = read.flatMap(({ aliases }) => aliases);
    this.#configs = new Set(read.flatMap(({ configs }) => configs));
    const found = new Set<string>();
    const visited = new Set<string>();
    let others: { readonly file: string; readonly passesOn: boolean }[] = [];
    let count = 0;
    for (const folder of folders) {
      const walk = listFiles(folder, { excluded: this.#excluded, cancelled, visited, report: this.#options.log });
      await eachOf(walk, async (file) => {
        if (cancelled()) return;
        count++;
        const bytes = await this.#bytes(file);
        if (bytes === undefined) return;
        if (!bytes.includes(millraceModule)) others.push({ file, passesOn: passesOn(bytes) });
        else if (this.#keep(file, bytes)) found.add(fileUri(file));
      });
      if (cancelled()) return undefined;
    }
    for (const uri of this.#facts.keys()) if (!found.has(uri)) this.#facts.delete(uri);
    // Modules that pass millrace on, then those that pass these on; a chain longer than this is none.
    for (let pass = 0, size = -1; pass < 5 && size !== this.#facts.size; pass++) {
      size = this.#facts.size;
      this.#gatherStems();
      const rest = new Set(others);
      await eachOf(others, async (other) => {
        if (cancelled() || (this.#providers.size === 0 && !other.passesOn)) return;
        const bytes = await this.#bytes(other.file);
        if (bytes !== undefined && this.#matters(bytes) && this.#keep(other.file, bytes)) rest.delete(other);
      });
      if (cancelled()) return undefined;
      others = [...rest];
    }
    return count;
  }

  /** The text of a file as it is now. */
  async text(uri: string): Promise<TextDocument | undefined> {
    const file = filePath(uri);
    const bytes = file === undefined ? undefined : await this.#bytes(file);
    return bytes === undefined ? undefined : TextDocument.create(uri, "", 0, decoded(bytes));
  }

  /** Reads files that were made or changed, and forgets those that are gone. @returns the addresses that changed. */
  async update(files: readonly string[]): Promise<string[]> {
    const changed: string[] = [];
    for (const file of files) {
      const root = this.#folders.find((folder) => isBelow(folder, file));
      if (root === undefined || isLeftOut(relativeTo(root, file), this.#excluded)) continue;
      const uri = fileUri(file);
      const before = this.#facts.has(uri);
      const bytes = grammarOf(file) === undefined ? undefined : await this.#bytes(file);
      const found = bytes !== undefined && this.#matters(bytes) && this.#keep(file, bytes);
      if (!found) this.#facts.delete(uri);
      if (before || found) changed.push(uri);
    }
    this.#gatherStems();
    return changed;
  }

  /** Forgets a file, or all files of a folder that is gone. @returns the addresses that were known. */
  remove(file: string): string[] {
    const uri = fileUri(file);
    const gone = [...this.#facts.keys()].filter((known) => known === uri || known.startsWith(`${uri}/`));
    for (const known of gone) this.#facts.delete(known);
    return gone;
  }

  #gatherStems(): void {
    this.#providers = new Set();
    this.#stems = new Set();
    for (const file of this.#facts.values()) {
      this.#stems.add(stemOf(file.uri));
      if (isProvider(this.#options.modules, file)) this.#providers.add(stemOf(file.uri));
    }
  }

  #matters(bytes: Buffer): boolean {
    if (bytes.includes(millraceModule) || mentions(bytes, this.#providers)) return true;
    return passesOn(bytes) && mentions(bytes, this.#stems);
  }

  /** Undefined for what is too long, no text, or cannot be read. */
  async #bytes(file: string): Promise<Buffer | undefined> {
    try {
      const { size } = await stat(file);
      // A character has at most three bytes for each of its UTF-16 units.
      if (size > maximumLength * 3) return undefined;
      const bytes = await readBytes(file);
      return bytes.subarray(0, 8000).includes(0) ? undefined : bytes;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code !== "ENOENT" && code !== "EISDIR") this.#options.log(`${file} cannot be read (${String(error)}).`);
      return undefined;
    }
  }

  /** False when it is too long. */
  #keep(file: string, bytes: Buffer): boolean {
    const text = decoded(bytes);
    if (text.length > maximumLength) {
      this.#options.log(`${file} is too long to be read: flows in it are not found.`);
      return false;
    }
    const uri = fileUri(file);
    const { parsers } = this.#options;
    this.#facts.set(uri, readFile(TextDocument.create(uri, "", 0, text), null, readText(parsers, uri, text)));
    return true;
  }
}

/** Without the mark that some editors put first, which the editor leaves out too. */
function decoded(bytes: Buffer): string {
  return bytes.toString("utf8").replace(/^\uFEFF/, "");
}

function isBelow(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== "" && !relative.startsWith("..") && !path.isAbsolute(relative);
}

/** Works on eight at a time: enough to keep the disk busy, few enough to answer a keystroke in between. */
async function eachOf<Item>(items: AsyncIterable<Item> | Iterable<Item>, work: (item: Item) => Promise<void>) {
  const running = new Set<Promise<void>>();
  for await (const item of items) {
    const one = work(item).finally(() => running.delete(one));
    running.add(one);
    if (running.size >= 8) await Promise.race(running);
  }
  await Promise.all(running);
}
