/** Pages of a bucket's list, with prefix and delimiter. */
import { type Call, invalid } from "./api.ts";

export interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxResults: number;
  /** Names up to here were on earlier pages. */
  readonly after: string;
  readonly startOffset: string;
  readonly endOffset: string;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly prefixes: readonly string[];
  /** The last name of this page when there are more. */
  readonly last: string | undefined;
}

export function listQuery({ query }: Call): ListQuery {
  const maxResults = Number(query.get("maxResults") ?? 1000);
  if (!Number.isInteger(maxResults) || maxResults < 1) throw invalid("Invalid value for maxResults");
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    maxResults: Math.min(maxResults, 1000),
    after: decodeToken(query.get("pageToken")),
    startOffset: query.get("startOffset") ?? "",
    endOffset: query.get("endOffset") ?? "",
  };
}

/** Names come in the order of their UTF-8 bytes, as from the service. */
export function listPage<T extends { readonly name: string }>(objects: Iterable<T>, query: ListQuery): ListPage<T> {
  const sorted = [...objects].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  const items: T[] = [];
  const prefixes: string[] = [];
  let last: string | undefined;
  for (const object of sorted) {
    const { name } = object;
    const cut = query.delimiter === "" ? -1 : name.indexOf(query.delimiter, query.prefix.length);
    const entry = cut < 0 ? name : name.slice(0, cut + query.delimiter.length);
    const isWanted =
      name.startsWith(query.prefix) &&
      name >= query.startOffset &&
      (query.endOffset === "" || name < query.endOffset) &&
      !(query.after !== "" && Buffer.compare(Buffer.from(entry), Buffer.from(query.after)) <= 0);
    if (!isWanted || entry === prefixes.at(-1)) continue;
    if (items.length + prefixes.length === query.maxResults) return { items, prefixes, last };
    if (cut < 0) items.push(object);
    else prefixes.push(entry);
    last = entry;
  }
  return { items, prefixes, last: undefined };
}

export function encodeToken(last: string): string {
  return Buffer.from(last).toString("base64url");
}

function decodeToken(token: string | null): string {
  if (token === null) return "";
  const name = Buffer.from(token, "base64url").toString();
  if (encodeToken(name) !== token) throw invalid("Invalid value for pageToken");
  return name;
}
