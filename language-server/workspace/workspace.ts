/** All files with flows: those that are open, and those on disk. Unsaved text wins. */
import type { FileFlows, StaticGraph } from "../../runtime/protocol/language.ts";
import type { FileFacts } from "../analysis/facts.ts";
import { staticGraph } from "../analysis/graph/static-graph.ts";
import { readFile } from "../analysis/read-file.ts";
import type { Parsers } from "../parser/grammars.ts";
import { readText, type SourceDocument } from "../parser/source-document.ts";
import { aliasedAddresses } from "./aliases.ts";
import { DiskIndex } from "./disk-index.ts";
import { kindOf, type Modules, resolve } from "./resolve.ts";
import { labelOf, sitesOf } from "./sites.ts";
import { candidates, relativeAddress } from "./specifiers.ts";
import { canonical } from "./uris.ts";

const keptGraphs = 20;

export class Workspace implements Modules {
  readonly disk: DiskIndex;
  readonly #parsers: Parsers;
  /** The last graphs that could be drawn. */
  readonly #graphs = new Map<string, StaticGraph>();
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
    const key = `${canonical(uri)} ${flow}`;
    const statements = open?.statements(this.#parsers) ?? readText(this.#parsers, document.uri, document.getText());
    const graph = staticGraph({
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
    // While the flow's text is torn it looks as it did before.
    if (graph === null) return this.#graphs.get(key) ?? null;
    this.#graphs.delete(key);
    this.#graphs.set(key, graph);
    for (const oldest of this.#graphs.keys()) if (this.#graphs.size > keptGraphs) this.#graphs.delete(oldest);
    return graph;
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
    for (const candidate of this.#candidates(canonical(fromUri), specifier)) {
      if (this.#open.has(candidate) || this.disk.has(candidate)) return this.facts(candidate);
    }
    return undefined;
  }

  *#candidates(fromUri: string, specifier: string): Generator<string> {
    const relative = relativeAddress(fromUri, specifier);
    const addresses = relative === undefined ? aliasedAddresses(this.disk.aliases, fromUri, specifier) : [relative];
    for (const address of addresses) yield* candidates(address);
  }

  /** The known files that changes of these may concern: those that import them, or what passes them on. */
  dependents(changed: Iterable<string>): string[] {
    const importers = new Map<string, Set<string>>();
    for (const file of this.files()) {
      const importer = canonical(file.uri);
      for (const { specifier } of file.imports) {
        // All that it may mean: the file that it meant may be the one that is gone.
        for (const candidate of this.#candidates(importer, specifier)) {
          const known = importers.get(candidate);
          if (known === undefined) importers.set(candidate, new Set([importer]));
          else known.add(importer);
        }
      }
    }
    const given = new Set([...changed].map(canonical));
    const reached = new Set(given);
    for (const uri of reached) for (const importer of importers.get(uri) ?? []) reached.add(importer);
    return [...reached].filter((uri) => !given.has(uri));
  }
}

/** What other files see of this one; undefined for a file that is not known. */
export function outside(file: FileFacts | undefined): string | undefined {
  if (file === undefined) return undefined;
  const definitions = file.definitions.map(({ callee, name, exports, variable }) => [callee, name, exports, variable]);
  return JSON.stringify([[...file.exports], file.stars, definitions]);
}
