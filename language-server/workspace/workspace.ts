/** All files with flows: those that are open, and those on disk. Unsaved text wins. */
import type { FileFlows } from "../../runtime/protocol/language.ts";
import type { FileFacts } from "../analysis/facts.ts";
import { readFile } from "../analysis/read-file.ts";
import type { Parsers } from "../parser/grammars.ts";
import type { SourceDocument } from "../parser/source-document.ts";
import type { Modules } from "./resolve.ts";
import { sitesOf } from "./sites.ts";

export class Workspace implements Modules {
  readonly #parsers: Parsers;
  readonly #open = new Map<string, { readonly document: SourceDocument; facts: FileFacts | undefined }>();

  constructor(parsers: Parsers) {
    this.#parsers = parsers;
  }

  open(document: SourceDocument): void {
    this.#open.set(document.uri, { document, facts: undefined });
  }

  close(uri: string): void {
    this.#open.get(uri)?.document.close();
    this.#open.delete(uri);
  }

  facts(uri: string): FileFacts | undefined {
    const open = this.#open.get(uri);
    if (open === undefined) return undefined;
    const { document } = open;
    if (open.facts?.version === document.version) return open.facts;
    open.facts = readFile(document.text, document.version, document.statements(this.#parsers));
    return open.facts;
  }

  sites(uri: string): FileFlows | undefined {
    const facts = this.facts(uri);
    return facts === undefined ? undefined : sitesOf(this, facts);
  }

  imported(_fromUri: string, _specifier: string): FileFacts | undefined {
    return undefined;
  }
}
