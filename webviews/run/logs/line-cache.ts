/**
 * The lines of a log that were read, by their number among those that pass the filter. Lines never change once
 * written, so a chunk that is full is never asked for again; only the last one grows.
 */
import type { LogWindow } from "../../../runtime/protocol/editor-api.ts";
import type { LogRecord } from "../../../runtime/protocol/records.ts";

export const chunkSize = 500;
const keptChunks = 60;
const requestsAtOnce = 2;

export interface LineCacheOptions {
  /** `start` and `count` as the route takes them. */
  readonly ask: (start: number, count: number) => Promise<LogWindow>;
  /** Lines came, or the total has changed. */
  readonly changed: (from: number, lines: readonly LogRecord[]) => void;
  readonly failed: (problem: unknown) => void;
}

export class LineCache {
  readonly #options: LineCacheOptions;
  /** In the order of last use. */
  readonly #chunks = new Map<number, readonly LogRecord[]>();
  readonly #asking = new Set<number>();
  #wanted: readonly number[] = [];
  #total = 0;
  #known = false;
  #stale = false;
  #closed = false;

  constructor(options: LineCacheOptions) {
    this.#options = options;
  }

  get total(): number {
    return this.#total;
  }

  /** False until the first answer: "no lines" is not known before. */
  get known(): boolean {
    return this.#known;
  }

  line(index: number): LogRecord | undefined {
    return this.#chunks.get(Math.floor(index / chunkSize))?.[index % chunkSize];
  }

  /** The rows that are seen now: what was wanted before and is not asked for yet is forgotten. */
  want(from: number, to: number): void {
    const chunks: number[] = [];
    const last = Math.max(0, Math.min(to, this.#total - 1));
    for (let chunk = Math.floor(Math.max(0, from) / chunkSize); chunk * chunkSize <= last; chunk++) chunks.push(chunk);
    this.#wanted = chunks;
    for (const chunk of chunks) this.#touch(chunk);
    this.#pump();
  }

  /** There may be more lines now. The answer tells how many, and is the end of the log. */
  refresh(): void {
    this.#stale = true;
    this.#pump();
  }

  /** Answers that are still under way are ignored. */
  close(): void {
    this.#closed = true;
    this.#wanted = [];
    this.#stale = false;
  }

  #pump(): void {
    if (this.#closed) return;
    if (this.#stale && !this.#asking.has(-1)) {
      this.#stale = false;
      void this.#request(-1);
    }
    for (const chunk of this.#wanted) {
      if (this.#asking.size >= requestsAtOnce) return;
      if (!this.#asking.has(chunk) && !this.#complete(chunk)) void this.#request(chunk);
    }
  }

  /** As many lines as there can be by the total that is known. */
  #complete(chunk: number): boolean {
    const lines = this.#chunks.get(chunk);
    return lines !== undefined && lines.length >= Math.min(chunkSize, this.#total - chunk * chunkSize);
  }

  async #request(chunk: number): Promise<void> {
    this.#asking.add(chunk);
    try {
      const answer = await (chunk === -1
        ? this.#options.ask(-chunkSize, chunkSize)
        : this.#options.ask(chunk * chunkSize, chunkSize));
      if (this.#closed) return;
      this.#known = true;
      this.#total = Math.max(this.#total, answer.total);
      this.#store(answer);
      this.#options.changed(answer.start, answer.lines);
    } catch (problem) {
      if (this.#closed) return;
      // What failed is asked for again only when it is wanted anew: no storm of requests while the service is away.
      this.#wanted = this.#wanted.filter((wanted) => wanted !== chunk);
      this.#options.failed(problem);
    } finally {
      this.#asking.delete(chunk);
    }
    this.#pump();
  }

  /** An answer may begin in the middle of a chunk: what joins with the lines that are there is kept. */
  #store(answer: LogWindow): void {
    let at = answer.start;
    const end = answer.start + answer.lines.length;
    while (at < end) {
      const chunk = Math.floor(at / chunkSize);
      const within = at - chunk * chunkSize;
      const stop = Math.min(end, (chunk + 1) * chunkSize);
      const before = this.#chunks.get(chunk) ?? [];
      if (before.length >= within) {
        const piece = answer.lines.slice(at - answer.start, stop - answer.start);
        const after = before.slice(within + piece.length);
        this.#touch(chunk, [...before.slice(0, within), ...piece, ...after]);
      }
      at = stop;
    }
    while (this.#chunks.size > keptChunks) {
      const oldest = this.#chunks.keys().next().value;
      if (oldest === undefined) break;
      this.#chunks.delete(oldest);
    }
  }

  #touch(chunk: number, lines = this.#chunks.get(chunk)): void {
    if (lines === undefined) return;
    this.#chunks.delete(chunk);
    this.#chunks.set(chunk, lines);
  }
}
