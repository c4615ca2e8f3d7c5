/**
 * The file that `runs export` writes: gzip over
 *
 *     {"millrace":"run","version":{"major":1,"minor":0},"run_id":"…","exported":<ms>}\n
 *     then for each file:  {"file":"journal.1.ndjson","size":<bytes>}\n  <the bytes>  {"sha256":"…"}\n
 *     {"end":true,"files":<count>}\n
 *
 * Files are named as in the run's folder: journals (the bytes that count), logs, results, sources. Neither secrets nor
 * tokens are among them: journals refer to blocks, they do not hold them.
 */
import { createHash } from "node:crypto";
import { MillraceError } from "../protocol/errors.ts";

export const archiveVersion = { major: 1, minor: 0 } as const;

/** Names that may stand in an archive: nothing else is read from a run's folder or written into one. */
export function isArchived(file: string): boolean {
  return /^(journal\.\d{1,9}\.ndjson|logs(\.\d{1,9})?\.ndjson|(results|sources)\/[0-9a-f]{64})$/.test(file);
}

export interface ArchiveHead {
  readonly run_id: string;
  readonly exported: number;
}

export interface ArchivedFile {
  readonly file: string;
  readonly size: number;
  /** The bytes in order, in pieces. To be read to the end before the next file is asked for. */
  readonly pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

export async function* writeArchive(head: ArchiveHead, files: Iterable<ArchivedFile>): AsyncGenerator<Uint8Array> {
  yield line({ millrace: "run", version: archiveVersion, ...head });
  let count = 0;
  for (const { file, size, pieces } of files) {
    yield line({ file, size });
    const sha256 = createHash("sha256");
    for await (const piece of pieces) {
      sha256.update(piece);
      yield piece;
    }
    yield line({ sha256: sha256.digest("hex") });
    count++;
  }
  yield line({ end: true, files: count });
}

function line(content: object): Buffer {
  return Buffer.from(`${JSON.stringify(content)}\n`);
}

/**
 * Reads an archive from its (unzipped) bytes; `take` is called for each file in turn and reads its pieces.
 * @throws MillraceError "bad-file" when the bytes are not a whole and sound archive, "home-newer" for a newer version.
 */
export async function readArchive(
  bytes: AsyncIterable<Uint8Array>,
  begin: (head: ArchiveHead) => void,
  take: (file: ArchivedFile) => Promise<void>,
): Promise<void> {
  const reader = byteReader(bytes);
  begin(readHead(await reader.line()));
  for (let count = 0; ; count++) {
    const next = await reader.line();
    if (next["end"] === true) {
      if (next["files"] !== count) throw bad(`it should hold ${next["files"]} files and holds ${count}`);
      return;
    }
    const { file, size } = next;
    if (typeof file !== "string" || !isArchived(file)) throw bad(`it holds a file that belongs to no run: ${file}`);
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) throw bad(`${file} has no size`);
    const sha256 = createHash("sha256");
    await take({ file, size, pieces: hashed(reader.pieces(size), sha256) });
    const digest = sha256.digest("hex");
    const { sha256: expected } = await reader.line();
    if (digest !== expected) throw bad(`${file} is damaged`);
    if (/^(results|sources)\//.test(file) && !file.endsWith(`/${digest}`))
      throw bad(`${file} is not what its name says`);
  }
}

function readHead(head: Readonly<Record<string, unknown>>): ArchiveHead {
  const { millrace, version, run_id, exported } = head;
  if (millrace !== "run" || typeof run_id !== "string" || typeof exported !== "number") {
    throw bad("it does not begin as one");
  }
  const major = typeof version === "object" && version !== null && "major" in version ? version.major : undefined;
  if (typeof major !== "number" || major > archiveVersion.major) {
    throw new MillraceError("home-newer", "the file was exported by a newer Millrace: update Millrace to import it");
  }
  return { run_id, exported };
}

async function* hashed(
  pieces: AsyncIterable<Uint8Array>,
  sha256: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    sha256.update(piece);
    yield piece;
  }
}

const longestLine = 65_536;

function byteReader(bytes: AsyncIterable<Uint8Array>) {
  const iterator = bytes[Symbol.asyncIterator]();
  let rest = Buffer.alloc(0);

  async function more(): Promise<Uint8Array> {
    const { value, done } = await iterator.next();
    if (done === true) throw bad("it is cut short");
    return value;
  }

  return {
    async line(): Promise<Readonly<Record<string, unknown>>> {
      let end = rest.indexOf(0x0a);
      while (end < 0) {
        if (rest.length > longestLine) throw bad("it does not read as one");
        rest = Buffer.concat([rest, await more()]);
        end = rest.indexOf(0x0a);
      }
      const text = rest.toString("utf8", 0, end);
      rest = rest.subarray(end + 1);
      try {
        const content: unknown = JSON.parse(text);
        if (typeof content === "object" && content !== null) return { ...content };
      } catch {
        // Said below.
      }
      throw bad("it does not read as one");
    },
    async *pieces(size: number): AsyncGenerator<Uint8Array> {
      for (let left = size; left > 0; ) {
        const piece = rest.length > 0 ? rest : Buffer.from(await more());
        const part = piece.subarray(0, left);
        rest = piece.subarray(part.length);
        left -= part.length;
        yield part;
      }
    },
  };
}

export function bad(reason: string, cause?: unknown): MillraceError {
  return new MillraceError("bad-file", `the file is not a sound export of a run: ${reason}`, { cause });
}
