/** All files with flows: those that are open, and those on disk. Unsaved text wins. */
import type { FileFlows, StaticGraph } from "../../runtime/protocol/language.ts";
import type { FileFacts } from "../analysis/facts.ts";
import { staticGraph } from "../analysis/graph/static-graph.ts";
import { readFile } from "../analysis/read-file.ts";
import type { Parsers } from "../parser/grammars.ts";
import { readText, type SourceDocument } from "../parser/source-document.ts";
import { DiskIndex } from "./disk-index.ts";
import { kindOf, type Modules, resolve } from "./resolve.ts";
import { labelOf, sitesOf } from "./sites.ts";
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

  /** The graph of a flow, by its export or its variable. A file that is not open is read again: its syntax is not kept. */
  async graph(uri: string, flow: string): Promise<StaticGraph | null> {
    const facts = this.facts(uri);
    const index = facts?.definitions.findIndex(({ exports, variable }) => exports.includes(flow) || variable === flow);
    if (facts === undefined || index === undefined || index < 0) return null;
    const open = this.document(uri);
    const closed = open === undefined ? await this.disk.text(uri) : undefined;
    const document = open?.text ?? closed;
    if (document === undefined) return null;
    const statements = open?.statements(this.#parsers) ?? readText(this.#parsers, document.uri, document.getText());
    return staticGraph({
      document,
      version: facts.version,
      statements,
      index,
      flow,
      resolve: (target) => {
        const resolved = resolve(this, facts, target);
        if (resolved?.kind !== "definition") return undefined;
        const kind = kindOf(this, resolved.file, resolved.definition);
        if (kind === undefined) return undefined;
        return { kind: kind === "flow" ? "subflow" : "task", label: labelOf(resolved.definition) };
      },
    });
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
