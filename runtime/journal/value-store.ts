/** Keeps values: small ones stand in the record, larger ones in a file named by their content. */
import path from "node:path";
import { hiddenSecret } from "../protocol/blocks.ts";
import { MillraceError } from "../protocol/errors.ts";
import { runPaths } from "../protocol/home.ts";
import type { ValueFile, ValueRecord } from "../protocol/records.ts";
import { sha256 } from "../protocol/sha256.ts";
import { rememberSecret, secretsWithin } from "../system/redaction.ts";
import { diskTrouble, isMissing, placeFile } from "./disk.ts";
import { isSealed, open, seal } from "./secrets/box.ts";
import { readKey, takeKey } from "./secrets/key.ts";
import type { Disk, ValueStore } from "./types.ts";
import { holds, temporaryResults } from "./value-files.ts";
import { type EncodedValue, valueCodec } from "./values.ts";

/** Bytes of JSON up to which a value stands in its record. */
export const inlineLimit = 65_536;
const previewLength = 200;

export interface DiskValueStoreOptions {
  /** "process": files are not synced. */
  readonly durability?: "disk" | "process";
  /** Whose key seals values with secrets; the home that the run's folder is in, when left out. */
  readonly home?: string;
}

/** The store of the run in `folder`. */
export function diskValueStore(disk: Disk, folder: string, options: DiskValueStoreOptions = {}): ValueStore {
  const durable = options.durability !== "process";
  const home = options.home ?? path.resolve(folder, "..", "..", "..");
  const results = runPaths.results(folder);
  /** Writes under way, so that equal values at the same time are written once and both wait for the sync. */
  const writing = new Map<string, Promise<void>>();
  let resultsFolder: Promise<void> | undefined;

  /** The folder's own entry is synced once, also when it was there: who made it may not have come that far. */
  function makeResultsFolder(): Promise<void> {
    disk.makeFolder(results);
    return durable ? disk.syncFolder(folder) : Promise.resolve();
  }

  async function write(name: string, bytes: Buffer): Promise<void> {
    const file = runPaths.result(folder, name);
    try {
      resultsFolder ??= makeResultsFolder();
      if (!holds(disk, file, name, bytes.length)) await placeFile(disk, file, bytes, { durable });
      if (durable) await Promise.all([resultsFolder, disk.syncFolder(results)]);
    } catch (error) {
      throw new MillraceError("journal-failed", `a value could not be written to ${file}: ${diskTrouble(error)}`, {
        cause: error,
      });
    }
  }

  function place(
    text: string,
    rest: { readonly preview: string; readonly sealed?: true; readonly files?: readonly ValueFile[] },
  ): Promise<ValueRecord> {
    const bytes = Buffer.from(text);
    const name = sha256(bytes, "hex");
    const record: ValueRecord = { kind: "file", hash: name, size: bytes.length, ...rest };
    let written = writing.get(name);
    if (written === undefined) {
      written = write(name, bytes).finally(() => writing.delete(name));
      writing.set(name, written);
    }
    return written.then(() => record);
  }

  /**
   * A resume gets it back as it was, and nobody else: ciphertext has files of its own, which go with the run. Its secrets
   * are sealed with it, so that whoever reads it keeps them out of logs.
   */
  async function placeSealed({ text, files }: EncodedValue, secrets: readonly string[]): Promise<ValueRecord> {
    const key = await takeKey(disk, home);
    return place(JSON.stringify(seal(key, JSON.stringify({ text, secrets }), sealedPurpose)), {
      preview: hiddenSecret,
      sealed: true,
      ...withFiles(files),
    });
  }

  function openSealed(bytes: Uint8Array): string {
    const sealed: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    const key = readKey(disk, home);
    if (key === undefined || !isSealed(sealed)) {
      throw new MillraceError("not-found", "a kept value holds a secret, and the key of this home is gone");
    }
    const { text, secrets }: { text: string; secrets: readonly string[] } = JSON.parse(
      open(key, sealed, sealedPurpose),
    );
    for (const secret of secrets) rememberSecret(secret);
    return text;
  }

  function keepEncoded(encoded: EncodedValue): ValueRecord | Promise<ValueRecord> {
    const { data, text, files } = encoded;
    const secrets = secretsWithin(text);
    if (secrets !== undefined) return placeSealed(encoded, secrets);
    if (text.length <= inlineLimit / 3 || Buffer.byteLength(text) <= inlineLimit) {
      return files === undefined ? { kind: "inline", data } : { kind: "inline", data, files };
    }
    return place(text, { preview: text.slice(0, previewLength), ...withFiles(files) });
  }

  async function keepWithFiles(value: unknown, what: string, keepFiles: () => Promise<void>): Promise<ValueRecord> {
    resultsFolder ??= makeResultsFolder();
    await resultsFolder;
    await keepFiles();
    return keepEncoded(valueCodec.encode(value, what, results));
  }

  const hasFiles = (files: readonly ValueFile[] = []): boolean =>
    files.every(({ hash, size }) => holds(disk, runPaths.result(folder, hash), hash, size));

  /** Sound, and of the key that the home has. */
  function isReadable({ hash, size, sealed }: FileRecord): boolean {
    const file = runPaths.result(folder, hash);
    if (!holds(disk, file, hash, size)) return false;
    if (sealed !== true) return true;
    try {
      openSealed(disk.readFile(file));
      return true;
    } catch (error) {
      if (error instanceof MillraceError) return false;
      throw error;
    }
  }

  return {
    keep(value, what) {
      const encoded = valueCodec.encode(value, what, results);
      return encoded.keepFiles === undefined ? keepEncoded(encoded) : keepWithFiles(value, what, encoded.keepFiles);
    },
    read: (record) => readValue(record, results, (name) => readFile(disk, runPaths.result(folder, name)), openSealed),
    verify: (record) =>
      record.kind !== "none" && (record.kind === "inline" || isReadable(record)) && hasFiles(record.files),
  };
}

/** For tests of flows: the same forms and the same refusals, nothing on a disk but the tables among the values. */
export function memoryValueStore(): ValueStore {
  const kept = new Map<string, Buffer>();
  const results = temporaryResults();
  const keepEncoded = ({ text, files }: EncodedValue): ValueRecord => {
    // Through JSON, as a record on a disk goes: what was returned may change later.
    if (Buffer.byteLength(text) <= inlineLimit) return { kind: "inline", data: JSON.parse(text), ...withFiles(files) };
    const bytes = Buffer.from(text);
    const name = sha256(bytes, "hex");
    kept.set(name, bytes);
    return { kind: "file", hash: name, size: bytes.length, preview: text.slice(0, previewLength), ...withFiles(files) };
  };
  return {
    keep(value, what) {
      const encoded = valueCodec.encode(value, what, results.folder);
      if (encoded.keepFiles === undefined) return keepEncoded(encoded);
      results.make();
      return encoded.keepFiles().then(() => keepEncoded(valueCodec.encode(value, what, results.folder)));
    },
    read: (record) => readValue(record, results.folder, (name) => kept.get(name)),
    verify: (record) => record.kind === "inline" || (record.kind === "file" && kept.has(record.hash)),
  };
}

function withFiles(files: readonly ValueFile[] | undefined): { readonly files?: readonly ValueFile[] } {
  return files === undefined ? {} : { files };
}

type FileRecord = Extract<ValueRecord, { readonly kind: "file" }>;

const sealedPurpose = "value";

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}

function readValue(
  record: ValueRecord,
  results: string,
  bytesOf: (name: string) => Uint8Array | undefined,
  openSealed: (bytes: Uint8Array) => string = textOf,
): unknown {
  if (record.kind === "inline") return valueCodec.decode(record.data, results);
  if (record.kind === "none") throw new MillraceError("not-found", `the value was not kept: ${record.reason}`);
  const bytes = bytesOf(record.hash);
  if (bytes === undefined || bytes.length !== record.size || sha256(bytes, "hex") !== record.hash) {
    const state = bytes === undefined ? "is missing" : "is damaged";
    throw new MillraceError("not-found", `the kept value results/${record.hash} (${record.size} bytes) ${state}`);
  }
  return valueCodec.decode(JSON.parse(record.sealed === true ? openSealed(bytes) : textOf(bytes)), results);
}

function readFile(disk: Disk, file: string): Uint8Array | undefined {
  try {
    return disk.readFile(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
