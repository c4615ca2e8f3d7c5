/** What the warehouses' `load` is given: which format it has, and how its bytes come onto this machine. */
import { createWriteStream } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { MillraceError } from "../../protocol/errors.ts";
import { lazyNode } from "../../system/lazy-node.ts";
import type { TableSource } from "../tables/sources.ts";
import type { LoadFormat } from "../warehouse.ts";

const formats: readonly (readonly [RegExp, LoadFormat])[] = [
  [/\.parquet$/i, "parquet"],
  [/\.csv(\.gz)?$/i, "csv"],
  [/\.(ndjson|jsonl)(\.gz)?$/i, "ndjson"],
];

/** @throws MillraceError "bad-usage" when the name tells nothing. */
export function formatOf(name: string, given: LoadFormat | undefined): LoadFormat {
  const format = given ?? formats.find(([pattern]) => pattern.test(name))?.[1];
  if (format !== undefined) return format;
  throw new MillraceError(
    "bad-usage",
    `${name}: the name tells no format; load it with format: "csv", "ndjson" or "parquet"`,
  );
}

/** Runs `work` with a copy of the object on this machine, whose name ends as the object's does; it may lie here already. */
export async function withLocalCopy<T>(source: TableSource, work: (file: string) => Promise<T>): Promise<T> {
  if (source.path !== undefined) return work(source.path);
  return withTemporaryFile(path.posix.basename(source.name), async (file) => {
    await lazyNode.streams.pipeline(await source.open(), createWriteStream(file));
    return work(file);
  });
}

/** Runs `work` with the path of a file that is gone afterwards. */
export async function withTemporaryFile<T>(name: string, work: (file: string) => Promise<T>): Promise<T> {
  const folder = await lazyNode.files.mkdtemp(path.join(tmpdir(), "millrace-load-"));
  try {
    return await work(path.join(folder, name.replaceAll(/[^\w.-]/g, "_")));
  } finally {
    await lazyNode.files.rm(folder, { recursive: true, force: true });
  }
}
