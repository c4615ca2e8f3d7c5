/** What a load reads: files on the disk (an upload, or the objects behind gs://) as an expression of DuckDB. */
import { closeSync, openSync, readSync } from "node:fs";
import type { GcsServer } from "../gcs/server.ts";
import { invalid, notFound, object, text } from "./api.ts";
import type { Run } from "./database.ts";
import { duckType, type Field, fieldOf, fieldsOf, literal, quoted } from "./types.ts";

export interface Source {
  /** A SELECT of all rows. */
  readonly select: string;
  readonly fields: readonly Field[];
  readonly files: number;
}

/** The objects that the addresses name; each may have one "*". */
export function objectFiles(gcs: GcsServer, uris: readonly unknown[]): string[] {
  return uris.flatMap((uri) => {
    const [, bucket = "", pattern = ""] = /^gs:\/\/([^/]+)\/(.+)$/.exec(text(uri)) ?? [];
    if (bucket === "") throw invalid(`Invalid source URI "${text(uri)}".`);
    if (!gcs.store.buckets().some(({ name }) => name === bucket)) throw notFound(`Bucket ${bucket}`);
    const matches = new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`);
    const files = [...gcs.store.objects(bucket).values()]
      .filter(({ name }) => matches.test(name))
      .flatMap(({ name }) => gcs.objectFile(bucket, name) ?? []);
    if (files.length === 0) throw notFound(`URI ${text(uri)}`);
    return files;
  });
}

const escaped = (part: string) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&");

/** `configuration` is that of a load job, or of an external table with its csvOptions. */
export async function readSource(
  run: Run,
  files: readonly string[],
  configuration: Record<string, unknown>,
): Promise<Source> {
  const fields = fieldsOf(configuration["schema"]);
  const source = scan(files, configuration, fields);
  const described = await run(`SELECT * FROM (${source}) LIMIT 0`);
  const found = described.columnNames().map((name, index) => fieldOf(name, described.columnType(index)));
  return { select: source, fields: fields.length > 0 ? fields : found, files: files.length };
}

function scan(files: readonly string[], configuration: Record<string, unknown>, fields: readonly Field[]): string {
  const list = `[${files.map(literal).join(", ")}]`;
  const packed = files.every(isGzip) ? ", compression = 'gzip'" : "";
  const columns = `{${fields.map((field) => `${literal(field.name)}: ${literal(duckType(field))}`).join(", ")}}`;
  switch (configuration["sourceFormat"]) {
    case "PARQUET":
      return `SELECT * FROM read_parquet(${list})`;
    case "NEWLINE_DELIMITED_JSON": {
      const typed = fields.length > 0 ? `, columns = ${columns}` : "";
      return `SELECT * FROM read_json(${list}, format = 'newline_delimited'${packed}${typed})`;
    }
    default: {
      const options = { ...configuration, ...object(configuration["csvOptions"]) };
      const skip = Number(options["skipLeadingRows"] ?? 0);
      const common = `${packed}, delim = ${literal(text(options["fieldDelimiter"]) || ",")}, nullstr = ${literal(text(options["nullMarker"]))}`;
      if (fields.length === 0) return `SELECT * FROM read_csv(${list}${common}, header = true)`;
      if (options["sourceColumnMatch"] === "NAME") {
        const casts = fields.map(
          ({ name, ...field }) => `CAST(${quoted(name)} AS ${duckType({ name, ...field })}) AS ${quoted(name)}`,
        );
        return `SELECT ${casts.join(", ")} FROM read_csv(${list}${common}, header = true, all_varchar = true)`;
      }
      return `SELECT * FROM read_csv(${list}${common}, header = false, skip = ${skip}, auto_detect = false, quote = '"', escape = '"', columns = ${columns})`;
    }
  }
}

function isGzip(file: string): boolean {
  const head = Buffer.alloc(2);
  const descriptor = openSync(file, "r");
  readSync(descriptor, head, 0, 2, 0);
  closeSync(descriptor);
  return head[0] === 0x1f && head[1] === 0x8b;
}
