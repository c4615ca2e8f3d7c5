/** Logs of any length by line number: windows of lines, and the next line that contains a text. */
import { type FileHandle, open } from "node:fs/promises";
import type { LogWindow } from "../../protocol/editor-api.ts";
import type { LogRecord } from "../../protocol/records.ts";
import { filterKey, type LineFilter } from "./line-filter.ts";
import { type LogView, makeLogView } from "./log-view.ts";

export interface FoundLine {
  readonly index: number | null;
  readonly matches: number;
  /** Which of the matches it is, from 1. */
  readonly position: number | null;
}

export interface RunLogs {
  /** `start` below 0 counts from the end. A file that is not there has no lines. */
  window(file: string, filter: LineFilter, start: number, count: number): Promise<LogWindow>;
  find(file: string, filter: LineFilter, text: string, from: number, backwards: boolean): Promise<FoundLine>;
  /** Views in memory. */
  readonly held: () => number;
  close(): void;
}

export interface RunLogsOptions {
  /** Milliseconds after which a view that nobody asked for is forgotten. */
  readonly idleAfter?: number;
  /** Views kept at the same time. */
  readonly most?: number;
}

interface Held {
  readonly view: LogView;
  /** How the file ended when it was last read: one that outgrew its limit is replaced by one without its middle. */
  mark: Mark;
  used: number;
}

interface Mark {
  readonly size: number;
  readonly bytes: Buffer;
}

const markBytes = 64;

export function createRunLogs({ idleAfter = 60_000, most = 32 }: RunLogsOptions = {}): RunLogs {
  const views = new Map<string, Held>();
  let timer: NodeJS.Timeout | undefined;

  const forgetIdle = (): void => {
    for (const [key, { used }] of views) if (performance.now() - used >= idleAfter) views.delete(key);
    timer = undefined;
    if (views.size > 0) watch();
  };
  function watch(): void {
    timer ??= setTimeout(forgetIdle, idleAfter / 2).unref();
  }

  async function viewOf(file: string, filter: LineFilter, handle: FileHandle): Promise<Held> {
    const key = `${filterKey(filter)} ${file}`;
    const known = views.get(key);
    const held =
      known !== undefined && (await isAsMarked(handle, known.mark))
        ? known
        : { view: makeLogView(filter), mark: { size: 0, bytes: Buffer.alloc(0) }, used: 0 };
    held.used = performance.now();
    // The one asked for last stands last.
    views.delete(key);
    views.set(key, held);
    const [oldest] = views.keys();
    if (views.size > most && oldest !== undefined) views.delete(oldest);
    watch();
    return held;
  }

  async function withView<T>(
    file: string,
    filter: LineFilter,
    work: (view: LogView, handle: FileHandle, size: number) => Promise<T>,
    none: T,
  ): Promise<T> {
    const handle = await open(file, "r").catch(() => undefined);
    if (handle === undefined) return none;
    try {
      const held = await viewOf(file, filter, handle);
      const { size } = await handle.stat();
      const answer = await work(held.view, handle, size);
      if (size > held.mark.size) held.mark = await readMark(handle, size);
      return answer;
    } finally {
      await handle.close();
    }
  }

  return {
    window: (file, filter, start, count) =>
      withView(
        file,
        filter,
        async (view, handle, size): Promise<LogWindow> => {
          await view.advance(handle, size);
          const { total } = view;
          const first = Math.min(total, start < 0 ? Math.max(0, total + start) : start);
          return { start: first, lines: shortened(await view.window(handle, first, count)), total };
        },
        { start: 0, lines: [], total: 0 },
      ),
    find: (file, filter, text, from, backwards) =>
      withView(
        file,
        filter,
        async (view, handle, size): Promise<FoundLine> => {
          const found = await view.matches(handle, size, text);
          const index = found.next(from, backwards);
          return {
            index: index ?? null,
            matches: found.count,
            position: index === undefined ? null : found.upTo(index),
          };
        },
        { index: null, matches: 0, position: null },
      ),
    held: () => views.size,
    close() {
      clearTimeout(timer);
      views.clear();
    },
  };
}

/** Characters of one message, and of all, that an answer has: a page shows lines, it does not carry files. */
const longest = { message: 32 * 1024, tight: 1024, all: 8 * 1024 * 1024 } as const;

/** Pure. */
export function shortened(lines: readonly LogRecord[]): readonly LogRecord[] {
  let all = 0;
  return lines.map((line) => {
    const most = all < longest.all ? longest.message : longest.tight;
    const { message } = line;
    all += Math.min(message.length, most);
    if (message.length <= most) return line;
    return { ...line, message: `${message.slice(0, most)}… (${message.length - most} more characters)` };
  });
}

async function readMark(handle: FileHandle, size: number): Promise<Mark> {
  const length = Math.min(markBytes, size);
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
  return { size, bytes: buffer.subarray(0, bytesRead) };
}

async function isAsMarked(handle: FileHandle, { size, bytes }: Mark): Promise<boolean> {
  return (await readMark(handle, size)).bytes.equals(bytes);
}
