/**
 * The lines of one log file that pass a filter, by number. What is remembered is where every few hundredth of them
 * stands, so that any window is read from near its first line; the memory does not grow with the lines' text.
 */
import type { FileHandle } from "node:fs/promises";
import type { LogRecord } from "../../protocol/records.ts";
import { type LineFilter, lineTest, readLine } from "./line-filter.ts";
import { type LineMatches, makeMatches } from "./line-matches.ts";
import { wholeLines } from "./whole-lines.ts";

export interface LogView {
  /** Lines that pass the filter in what was read so far. */
  readonly total: number;
  /** Reads on to `size`. One at a time; whoever comes meanwhile waits. */
  advance(handle: FileHandle, size: number): Promise<void>;
  window(handle: FileHandle, start: number, count: number): Promise<LogRecord[]>;
  /** The lines that contain a text, read on to `size`. */
  matches(handle: FileHandle, size: number, text: string): Promise<LineMatches>;
}

/** A place is remembered for this many lines, or for this many bytes where few lines pass. */
const placeEvery = { lines: 512, bytes: 128 * 1024 } as const;

/** Texts looked for of which the matches are remembered, a bit a line. */
const rememberedTexts = 4;

const firstPiece = 32 * 1024;

export function makeLogView(filter: LineFilter): LogView {
  /** Numbers of lines and where they begin, ascending. */
  const numbers: number[] = [];
  const offsets: number[] = [];
  let total = 0;
  let read = 0;
  let reading: Promise<void> = Promise.resolve();
  const searches = new Map<string, LineMatches>();

  async function readOn(handle: FileHandle, size: number): Promise<void> {
    for await (const { bytes, offset } of wholeLines(handle, { from: read, to: size })) {
      const text = bytes.toString("latin1");
      const isWanted = lineTest(text, filter);
      for (let at = 0, end = text.indexOf("\n"); end >= 0; at = end + 1, end = text.indexOf("\n", at)) {
        if (end === at || !isWanted(at, end)) continue;
        const place = offset + at;
        const far =
          total - (numbers.at(-1) ?? -placeEvery.lines) >= placeEvery.lines ||
          place - (offsets.at(-1) ?? 0) >= placeEvery.bytes;
        if (far) {
          numbers.push(total);
          offsets.push(place);
        }
        total++;
      }
      read = offset + bytes.length;
    }
  }

  /** The last remembered place at or before the line. */
  function placeOf(line: number): number {
    let low = 0;
    let high = numbers.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((numbers[middle] ?? 0) <= line) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  const advance = (handle: FileHandle, size: number): Promise<void> => {
    const next = reading.catch(() => undefined).then(() => readOn(handle, size));
    reading = next;
    return next;
  };

  return {
    get total() {
      return total;
    },
    advance,
    async window(handle, start, count) {
      const end = Math.min(total, start + count);
      const lines: LogRecord[] = [];
      for (let place = placeOf(start); place < numbers.length && start + lines.length < end; place++) {
        let number = numbers[place] ?? 0;
        const until = Math.min(end, numbers[place + 1] ?? end);
        const pieces = wholeLines(handle, { from: offsets[place] ?? 0, to: read, first: firstPiece });
        for await (const { bytes } of pieces) {
          const text = bytes.toString("latin1");
          const isWanted = lineTest(text, filter);
          for (
            let at = 0, stop = text.indexOf("\n");
            stop >= 0 && number < until;
            at = stop + 1, stop = text.indexOf("\n", at)
          ) {
            if (stop === at || !isWanted(at, stop)) continue;
            if (number++ >= start) lines.push(readLine(bytes.toString("utf8", at, stop)));
          }
          if (number >= until) break;
        }
        // The file was cut meanwhile: what is there is all there is.
        if (number < until) break;
      }
      return lines;
    },
    async matches(handle, size, text) {
      const known = searches.get(text) ?? makeMatches(filter, text);
      searches.delete(text);
      searches.set(text, known);
      const [oldest] = searches.keys();
      if (searches.size > rememberedTexts && oldest !== undefined) searches.delete(oldest);
      await known.advance(handle, size);
      return known;
    },
  };
}
