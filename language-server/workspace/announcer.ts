/** Tells the editor which flows there are, and only what has changed. */
import type { FileFlows } from "../../runtime/protocol/language.ts";

/** Of a large workspace, so many files go into one message. */
const filesAtOnce = 200;

export class Announcer {
  readonly #sites: (uri: string) => FileFlows | undefined;
  readonly #send: (files: readonly FileFlows[]) => void;
  readonly #told = new Map<string, string>();

  constructor(sites: (uri: string) => FileFlows | undefined, send: (files: readonly FileFlows[]) => void) {
    this.#sites = sites;
    this.#send = send;
  }

  /** Says what these files hold now. */
  announce(uris: Iterable<string>): void {
    const changed: FileFlows[] = [];
    for (const uri of new Set(uris)) {
      const file = this.#sites(uri) ?? { uri, version: null, flows: [], tasks: [], calls: [] };
      const isEmpty = file.flows.length === 0 && file.tasks.length === 0 && file.calls.length === 0;
      const text = isEmpty ? undefined : JSON.stringify({ ...file, version: null });
      if (this.#told.get(uri) === text) continue;
      if (text === undefined) this.#told.delete(uri);
      else this.#told.set(uri, text);
      changed.push(file);
    }
    for (let at = 0; at < changed.length; at += filesAtOnce) this.#send(changed.slice(at, at + filesAtOnce));
  }

  /** Files that the editor believes to have flows. */
  told(): string[] {
    return [...this.#told.keys()];
  }
}
