/** The lines of a filtered log that contain a text, whatever its case: a bit for each line. */
import type { FileHandle } from "node:fs/promises";
import { type LineFilter, lineTest, readLine } from "./line-filter.ts";
import { wholeLines } from "./whole-lines.ts";

export interface LineMatches {
  readonly count: number;
  advance(handle: FileHandle, size: number): Promise<void>;
  /** Number of the first matching line at or behind `from`, or the last at or before it; undefined when there is none. */
  next(from: number, backwards: boolean): number | undefined;
  /** Matching lines up to and with this one. */
  upTo(line: number): number;
}

export function makeMatches(filter: LineFilter, wanted: string): LineMatches {
  const lowered = wanted.toLowerCase();
  // As it stands inside the JSON text of a line: what the line's text contains, its JSON text contains in this form.
  const written = JSON.stringify(lowered).slice(1, -1);
  let bits = new Uint32Array(1024);
  let lines = 0;
  let count = 0;
  let read = 0;
  let reading: Promise<void> = Promise.resolve();

  const set = (line: number): void => {
    const word = line >>> 5;
    if (word >= bits.length) {
      const more = new Uint32Array(Math.max(bits.length * 2, word + 1));
      more.set(bits);
      bits = more;
    }
    bits[word] = (bits[word] ?? 0) | (1 << (line & 31));
    count++;
  };
  const has = (line: number): boolean => (((bits[line >>> 5] ?? 0) >>> (line & 31)) & 1) === 1;

  async function readOn(handle: FileHandle, size: number): Promise<void> {
    for await (const { bytes, offset } of wholeLines(handle, { from: read, to: size })) {
      look(bytes);
      read = offset + bytes.length;
    }
  }

  function look(bytes: Buffer): void {
    const text = bytes.toString("latin1");
    const isWanted = lineTest(text, filter);
    // Lower case may be longer than the text it came from; line feeds stay what they are. (Kept as one text and
    // searched in the loop, V8's optimizer makes it lower case once for each line.)
    const lowers = bytes.toString("utf8").toLowerCase().split("\n");
    let at = 0;
    for (const lower of lowers) {
      const end = text.indexOf("\n", at);
      if (end > at && isWanted(at, end)) {
        const hit = lower.indexOf(written);
        if (hit >= 0) {
          const plain = isPlainHit(lower, hit, written.length);
          if (plain || contains(bytes.toString("utf8", at, end), lowered)) set(lines);
        }
        lines++;
      }
      at = end + 1;
    }
  }

  return {
    get count() {
      return count;
    },
    advance(handle, size) {
      const next = reading.catch(() => undefined).then(() => readOn(handle, size));
      reading = next;
      return next;
    },
    next(from, backwards) {
      const step = backwards ? -1 : 1;
      for (let line = Math.min(Math.max(from, 0), lines); line >= 0 && line <= lines; line += step) {
        // Whole words without a match are passed over.
        if ((bits[line >>> 5] ?? 0) === 0) line = backwards ? line & ~31 : line | 31;
        else if (line < lines && has(line)) return line;
      }
      return undefined;
    },
    upTo(line) {
      let sum = 0;
      for (let word = 0; word < line >>> 5; word++) sum += ones(bits[word] ?? 0);
      return sum + ones((bits[line >>> 5] ?? 0) & (0xffffffff >>> (31 - (line & 31))));
    },
  };
}

/** Whether the hit is surely inside the message: of a line as the engine writes it, with no escape before the hit. */
function isPlainHit(lower: string, hit: number, length: number): boolean {
  const name = ',"message":"';
  const begin = lower.indexOf(name) + name.length;
  if (begin < name.length || begin > 60 || hit < begin || lower.slice(begin, hit + length).includes("\\")) return false;
  return lower.indexOf('"', begin) >= hit + length;
}

/** In the message, or in a key or a value of the fields. */
function contains(line: string, lowered: string): boolean {
  const { message, fields = {} } = readLine(line);
  const parts = [message, ...Object.entries(fields).flatMap(([key, value]) => [key, asText(value)])];
  return parts.some((part) => part.toLowerCase().includes(lowered));
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function ones(word: number): number {
  let rest = word - ((word >>> 1) & 0x55555555);
  rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333);
  return (Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24) & 0xff;
}
