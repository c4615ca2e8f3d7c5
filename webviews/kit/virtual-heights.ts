/**
 * Heights of a million rows when only a few are known: each is one base height, and what differs is kept by chunk, so
 * that finding a row's place costs one step per chunk that holds a difference.
 */
const chunkSize = 512;

export class RowHeights {
  readonly base: number;
  #count = 0;
  #extra = 0;
  readonly #chunks = new Map<number, { extra: number; rows: Map<number, number> }>();
  #order: readonly number[] | undefined;

  constructor(base: number) {
    this.base = base;
  }

  get count(): number {
    return this.#count;
  }

  get total(): number {
    return this.#count * this.base + this.#extra;
  }

  /** Rows behind the new end lose what was known about them. */
  resize(count: number): void {
    if (count < this.#count) {
      for (const [key, chunk] of this.#chunks) {
        for (const row of chunk.rows.keys()) if (row >= count) this.#put(key, row, 0);
      }
    }
    this.#count = count;
  }

  clear(): void {
    this.#chunks.clear();
    this.#order = undefined;
    this.#extra = 0;
  }

  height(row: number): number {
    return this.base + (this.#chunks.get(Math.floor(row / chunkSize))?.rows.get(row) ?? 0);
  }

  /** True when that changed anything. */
  set(row: number, height: number): boolean {
    if (row < 0 || row >= this.#count || height === this.height(row)) return false;
    this.#put(Math.floor(row / chunkSize), row, height - this.base);
    return true;
  }

  /** Distance of the row's upper edge from the top of all rows. */
  top(row: number): number {
    const last = Math.floor(row / chunkSize);
    let extra = 0;
    for (const key of this.#sorted()) {
      if (key > last) break;
      const chunk = this.#chunks.get(key);
      if (chunk === undefined) continue;
      if (key < last) extra += chunk.extra;
      else for (const [at, more] of chunk.rows) if (at < row) extra += more;
    }
    return row * this.base + extra;
  }

  /** The row that covers this distance from the top; the last one behind the end, 0 before the start. */
  rowAt(distance: number): number {
    if (this.#count === 0) return 0;
    let low = 0;
    let high = this.#count - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.top(middle) <= distance) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #put(key: number, row: number, extra: number): void {
    const chunk = this.#chunks.get(key) ?? { extra: 0, rows: new Map<number, number>() };
    const before = chunk.rows.get(row) ?? 0;
    if (extra === 0) chunk.rows.delete(row);
    else chunk.rows.set(row, extra);
    chunk.extra += extra - before;
    this.#extra += extra - before;
    if (chunk.rows.size === 0) this.#chunks.delete(key);
    else this.#chunks.set(key, chunk);
    this.#order = undefined;
  }

  #sorted(): readonly number[] {
    this.#order ??= [...this.#chunks.keys()].sort((a, b) => a - b);
    return this.#order;
  }
}
