/**
 * Where the records of a text file begin: every few thousandth of them is remembered, so that any page of a file of
 * gigabytes is read from near its first row.
 */

const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

const rememberEvery = 4096;

/** Counts records in the bytes it is fed. Blank lines are none. A quoted field (CSV) may hold line feeds. */
export class RecordOffsets {
  /** Records that are whole so far. */
  count = 0;
  /** Bytes seen. */
  seen = 0;
  readonly #offsets: number[];
  readonly #quoted: boolean;
  readonly #delimiter: number;
  #inQuotes = false;
  #fieldBegins = true;
  /** The byte before ended a quoted field, or is the first of two quotes that stand for one. */
  #justClosed = false;
  #lineStart: number;
  #lastByte = 0;

  /** @param from where the first record begins; `quoted` a CSV file with this delimiter */
  constructor(from: number, quoted?: { readonly delimiter: string }) {
    this.seen = from;
    this.#lineStart = from;
    this.#offsets = [from];
    this.#quoted = quoted !== undefined;
    this.#delimiter = quoted?.delimiter.charCodeAt(0) ?? 0;
  }

  feed(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const base = this.seen;
    if (!this.#quoted || (!this.#inQuotes && !bytes.includes(quote))) {
      for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1))
        this.#endLine(base + at, bytes[at - 1] ?? this.#lastByte);
      this.#justClosed = false;
      this.#fieldBegins = bytes.at(-1) === lineFeed || bytes.at(-1) === this.#delimiter;
    } else {
      this.#feedQuoted(bytes, base);
    }
    this.#lastByte = bytes.at(-1) ?? 0;
    this.seen = base + bytes.length;
  }

  /** No more bytes come: a last line without its line feed is a record. */
  end(): void {
    if (this.seen > this.#lineStart) this.#endLine(this.seen, this.#lastByte);
  }

  /** The remembered record at or before the one given. */
  before(record: number): { readonly record: number; readonly offset: number } {
    const place = Math.min(Math.floor(record / rememberEvery), this.#offsets.length - 1);
    return { record: place * rememberEvery, offset: this.#offsets[place] ?? 0 };
  }

  #feedQuoted(bytes: Uint8Array, base: number): void {
    let inQuotes = this.#inQuotes;
    let fieldBegins = this.#fieldBegins;
    let justClosed = this.#justClosed;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === quote) {
        // In a field that began without one, a quote is a character like any other.
        const opens = !inQuotes && (fieldBegins || justClosed);
        justClosed = inQuotes;
        inQuotes = opens;
        fieldBegins = false;
      } else if (!inQuotes) {
        if (byte === lineFeed) this.#endLine(base + at, bytes[at - 1] ?? this.#lastByte);
        fieldBegins = byte === lineFeed || byte === this.#delimiter;
        justClosed = false;
      }
    }
    this.#inQuotes = inQuotes;
    this.#fieldBegins = fieldBegins;
    this.#justClosed = justClosed;
  }

  #endLine(at: number, before: number): void {
    const length = at - this.#lineStart - (before === carriageReturn ? 1 : 0);
    if (length > 0) {
      if (this.count % rememberEvery === 0) this.#offsets[this.count / rememberEvery] = this.#lineStart;
      this.count++;
    }
    this.#lineStart = at + 1;
  }
}
