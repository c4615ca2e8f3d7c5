/** Files whose rows a page can show. */
import type { Stats } from "node:fs";
import { type RowSource, type Sample, sampleOf } from "./table.ts";

interface OpenTable {
  readonly source: RowSource;
  readonly sample: Sample;
}

const readers: readonly (readonly [pattern: RegExp, open: (file: string) => Promise<RowSource>])[] = [
  [/\.[ct]sv(\.gz)?$/i, async (file) => (await import("./text-file.ts")).openCsv(file)],
  [/\.(ndjson|jsonl)(\.gz)?$/i, async (file) => (await import("./text-file.ts")).openJsonLines(file)],
  [/\.parquet$/i, async (file) => (await import("./parquet-file.ts")).openParquet(file)],
];

export function isTableFile(name: string): boolean {
  return readers.some(([pattern]) => pattern.test(name));
}

/** Files of which the places of rows and the sample are remembered. */
const mostOpen = 8;
const opened = new Map<string, Promise<OpenTable>>();

/**
 * Opened once for each content; pages of it are read with what the pages before have learnt.
 * @param name tells what is in the file
 */
export function openTable(file: string, { size, mtimeMs, ino }: Stats, name = file): Promise<OpenTable> {
  const key = `${file} ${size} ${mtimeMs} ${ino}`;
  const known = opened.get(key) ?? open(file, name);
  opened.delete(key);
  opened.set(key, known);
  known.catch(() => opened.delete(key));
  const [oldest] = opened.keys();
  if (opened.size > mostOpen && oldest !== undefined) opened.delete(oldest);
  return known;
}

async function open(file: string, name: string): Promise<OpenTable> {
  const reader = readers.find(([pattern]) => pattern.test(name));
  if (reader === undefined) throw new Error(`${file} is no table`);
  const source = await reader[1](file);
  return { source, sample: await sampleOf(source) };
}
