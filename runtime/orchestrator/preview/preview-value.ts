/** From a kept value to what a page shows of it. Reads only files that the value itself names. */
import type { Stats } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { valueCodec } from "../../journal/values.ts";
import type { ValuePreview } from "../../protocol/editor-api.ts";
import { toError } from "../../protocol/errors.ts";
import { plainValue } from "../../protocol/fold/plain-values.ts";
import { runPaths } from "../../protocol/home.ts";
import type { ArtifactRecord, ValueRecord } from "../../protocol/records.ts";
import { sha256 } from "../../protocol/sha256.ts";
import { shorten } from "./cells.ts";
import { KeptTable } from "./kept-table.ts";
import { printValue } from "./print.ts";
import { rowsInMemory } from "./rows-in-memory.ts";
import { rowsPreview, sampleOf } from "./table.ts";
import { isTableFile, openTable } from "./table-file.ts";

export interface PreviewTask {
  readonly record: ValueRecord;
  readonly parts?: readonly (ValueRecord | readonly ValueRecord[])[];
  /** The run's folder, with its larger values. */
  readonly folder: string;
  /** What relative paths among the values are relative to. */
  readonly cwd: string | null;
  /** The value is the inputs of a task: one alone is shown as it is. */
  readonly isInputs: boolean;
  readonly artifact: ArtifactRecord["type"] | null;
  readonly offset: number;
  readonly limit: number;
}

/** Characters of a text that a page gets. */
const longestText = 200_000;
const longestImage = 5 * 1024 * 1024;

/** What stands in the way of showing a value, as a sentence. */
class Missing extends Error {}

export async function previewValue(task: PreviewTask): Promise<ValuePreview> {
  try {
    const { value, size } = task.parts === undefined ? await read(task.record, task.folder) : await readParts(task);
    const only = task.isInputs && Array.isArray(value) && value.length === 1;
    return await show(only ? value[0] : value, size, task);
  } catch (thrown) {
    if (thrown instanceof Missing) return missing(thrown.message);
    throw thrown;
  }
}

async function show(value: unknown, size: number, task: PreviewTask): Promise<ValuePreview> {
  if (task.artifact === "image" && isAddress(value)) return image(value.url, task);
  if (typeof value === "string") return text(value, task, size);
  if (value instanceof KeptTable) return keptTable(value, task);
  const rows = rowsInMemory(value, task.artifact === "table");
  if (rows !== undefined) return rowsPreview(rows, await sampleOf(rows), task, { size_bytes: size, file: null });
  return { kind: "json", ...printValue(value, longestText), size_bytes: size };
}

interface Read {
  readonly value: unknown;
  /** Bytes of its JSON text. */
  readonly size: number;
}

async function read(record: ValueRecord, folder: string): Promise<Read> {
  if (record.kind === "none") {
    const begins = record.preview === undefined ? "" : ` It begins with ${shorten(record.preview, 200)}`;
    throw new Missing(`The value was not kept: ${record.reason}.${begins}`);
  }
  if (record.kind === "inline") {
    return { value: decode(record.data, folder), size: Buffer.byteLength(JSON.stringify(record.data)) };
  }
  if (record.sealed === true)
    throw new Missing("******** The value holds a secret: it is kept encrypted, and not shown.");
  const bytes = await readFile(runPaths.result(folder, record.hash)).catch(() => undefined);
  if (bytes === undefined) throw new Missing("The value is gone: its file was removed from the run's folder.");
  if (sha256(bytes, "hex") !== record.hash) throw new Missing("The value's file in the run's folder is damaged.");
  return { value: decode(JSON.parse(bytes.toString("utf8")), folder), size: record.size };
}

async function readParts({ parts = [], folder }: PreviewTask): Promise<Read> {
  const value: unknown[] = [];
  let size = 0;
  for (const part of parts) {
    const all = await Promise.all(("kind" in part ? [part] : part).map((record) => read(record, folder)));
    value.push("kind" in part ? all[0]?.value : all.map((each) => each.value));
    for (const each of all) size += each.size;
  }
  return { value, size };
}

/** With its types; where a class is not known here, as plain JSON. */
function decode(data: unknown, folder: string): unknown {
  try {
    return valueCodec.decode(data, runPaths.results(folder));
  } catch {
    return plainValue({ kind: "inline", data });
  }
}

async function text(value: string, task: PreviewTask, size: number): Promise<ValuePreview> {
  if (value.startsWith("data:image/")) return image(value, task);
  const file = pathIn(value, task.cwd);
  if (file !== undefined && (isTableFile(file) || isImageFile(file))) {
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile() === true) return isTableFile(file) ? table(file, found, task) : image(file, task);
    // Relative, it may be the name of something that is no file here (an object in a bucket).
    if (path.isAbsolute(value)) return missing(`The value is a path, and the file is gone: ${file}`);
  }
  const truncated = value.length > longestText;
  return { kind: "text", text: truncated ? value.slice(0, longestText) : value, truncated, size_bytes: size };
}

/** The path that a text is, if it can be one. */
function pathIn(value: string, cwd: string | null): string | undefined {
  if (value.length > 1024 || /[\n\0]/.test(value)) return undefined;
  try {
    if (/^file:\/\//i.test(value)) return fileURLToPath(value);
  } catch {
    return undefined;
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(value)) return undefined;
  return path.isAbsolute(value) ? value : cwd === null ? undefined : path.resolve(cwd, value);
}

/** A table that was returned: its rows are in a file of the run's folder. */
async function keptTable({ file }: KeptTable, task: PreviewTask): Promise<ValuePreview> {
  const found = file === undefined ? undefined : await stat(file).catch(() => undefined);
  if (file === undefined || found === undefined) {
    return missing("The table is gone: its file was removed from the run's folder.");
  }
  // Nobody is to open or change it: it is the run's own.
  return table(file, found, task, { name: "table.parquet", isShown: false });
}

async function table(
  file: string,
  found: Stats,
  task: PreviewTask,
  { name, isShown }: { readonly name: string; readonly isShown: boolean } = { name: file, isShown: true },
): Promise<ValuePreview> {
  try {
    const { source, sample } = await openTable(file, found, name);
    return await rowsPreview(source, sample, task, { size_bytes: found.size, file: isShown ? file : null });
  } catch (thrown) {
    return missing(`${path.basename(name)} cannot be read: ${toError(thrown).message}`);
  }
}

const imageTypes: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".svg": "image/svg+xml",
};

function isImageFile(file: string): boolean {
  return path.extname(file).toLowerCase() in imageTypes;
}

async function image(address: string, task: PreviewTask): Promise<ValuePreview> {
  const inText = /^data:(image\/[a-z0-9.+-]+)(?:;[a-z0-9=-]+)*?(;base64)?,/i.exec(address);
  if (inText !== null) {
    const [head, media_type = "", isBase64] = inText;
    const rest = address.slice(head.length);
    const bytes = isBase64 === undefined ? Buffer.from(decodeURIComponent(rest), "utf8") : Buffer.from(rest, "base64");
    return asImage(bytes, media_type);
  }
  const file = pathIn(address, task.cwd);
  const media_type = file === undefined ? undefined : imageTypes[path.extname(file).toLowerCase()];
  if (file === undefined || media_type === undefined) {
    return { kind: "text", text: address, truncated: false, size_bytes: address.length };
  }
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return missing(`The image's file is gone: ${file}`);
  return found.size > longestImage ? tooLarge(found.size) : asImage(await readFile(file), media_type);
}

function asImage(bytes: Buffer, media_type: string): ValuePreview {
  if (bytes.length > longestImage) return tooLarge(bytes.length);
  return { kind: "image", media_type, base64: bytes.toString("base64"), size_bytes: bytes.length };
}

function tooLarge(size: number): ValuePreview {
  const megabytes = (bytes: number) => `${Math.round((bytes / 1024 / 1024) * 10) / 10} MB`;
  return missing(`The image has ${megabytes(size)}; images up to ${megabytes(longestImage)} are shown.`);
}

function isAddress(value: unknown): value is { readonly url: string } {
  return typeof value === "object" && value !== null && "url" in value && typeof value.url === "string";
}

function missing(reason: string): ValuePreview {
  return { kind: "missing", reason };
}
