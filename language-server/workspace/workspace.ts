/** All files with flows: those that are open, and those on disk. Unsaved text wins. */
import type { FileFlows } from "../../runtime/protocol/language.ts";
import type { FileFacts } from "../analysis/facts.ts";
import { readFile } from "../analysis/read-file.ts";
import type { Parsers } from "../parser/grammars.ts";
import type { SourceDocument } from "../parser/source-document.ts";
import { DiskIndex } from "./disk-index.ts";
import type { Modules } from "./resolve.ts";
import { sitesOf } from "./sites.ts";
import { candidates, relativeAddress } from "./specifiers.ts";
import { canonical } from "./uris.ts";

export class Workspace implements Modules {
  readonly disk: DiskIndex;
  readonly #parsers: Parsers;
  readonly #open = new Map<string, { readonly document: SourceDocument; facts: FileFacts | undefined }>();

  constructor(parsers: Parsers, log: (message: string) => void) {
    this.#parsers = parsers;
    this.disk = new DiskIndex({ parsers, modules: this, log });
  }

  open(document: SourceDocument): void {
    this.#open.set(canonical(document.uri), { document, facts: undefined });
  }

  close(uri: string): void {
    const key = canonical(uri);
    this.#open.get(key)?.document.close();
    this.#open.delete(key);
  }

  document(uri: string): SourceDocument | undefined {
    return this.#open.get(canonical(uri))?.document;
  }

  documents(): SourceDocument[] {
    return [...this.#open.values()].map(({ document }) => document);
  }

  facts(uri: string): FileFacts | undefined {
    const key = canonical(uri);
    const open = this.#open.get(key);
    if (open === undefined) return this.disk.get(key);
    const { document } = open;
    if (open.facts?.version === document.version) return open.facts;
    open.facts = readFile(document.text, document.version, document.statements(this.#parsers));
    return open.facts;
  }

  sites(uri: string): FileFlows | undefined {
    const facts = this.facts(uri);
    return facts === undefined ? undefined : sitesOf(this, facts);
  }

  /** Every known file once. */
  *files(): Generator<FileFacts> {
    for (const uri of new Set([...this.#open.keys(), ...this.disk.uris()])) {
      const facts = this.facts(uri);
      if (facts !== undefined) yield facts;
    }
  }

  imported(fromUri: string, specifier: string): FileFacts | undefined {
    const address = relativeAddress(canonical(fromUri), specifier);
    if (address === undefined) return undefined;
    for (const candidate of candidates(address)) {
      if (this.#open.has(candidate) || this.disk.has(candidate)) return this.facts(candidate);
    }
    return undefined;
  }

  /** The known files that a change of this one may concern. */
  dependents(uri: string): string[] {
    const key = canonical(uri);
    const found = new Set<string>([key]);
    // What is passed on by a dependent concerns its own dependents too.
    for (const file of found) {
      for (const other of this.files()) {
        const otherKey = canonical(other.uri);
        if (found.has(otherKey)) continue;
        const imports = other.imports.some(({ specifier }) => {
          const address = relativeAddress(otherKey, specifier);
          return address !== undefined && [...candidates(address)].includes(file);
        });
        if (imports) found.add(otherKey);
      }
    }
    found.delete(key);
    return [...found];
  }
}
