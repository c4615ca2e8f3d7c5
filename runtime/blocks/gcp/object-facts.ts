/** What the service tells of an object. */
import { isRecord } from "../documents.ts";

export interface ObjectFacts {
  /** The whole name in the bucket. */
  readonly name: string;
  readonly size: number;
  /** Of this content; another upload makes another one. */
  readonly generation: string;
  readonly updated: Date;
  readonly crc32c: string | undefined;
  /** Composed objects have none. */
  readonly md5: string | undefined;
  readonly contentEncoding: string | undefined;
}

/** @throws TypeError when the answer is of another service. */
export function objectFacts(answer: unknown): ObjectFacts {
  const fields = isRecord(answer) ? answer : {};
  const text = (name: string) => {
    const value = fields[name];
    return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
  };
  const [name, size, generation] = [text("name"), text("size"), text("generation")];
  if (name === undefined || size === undefined || generation === undefined) {
    throw new TypeError("the answer is no description of an object; is the endpoint Cloud Storage's?");
  }
  return {
    name,
    size: Number(size),
    generation,
    updated: new Date(text("updated") ?? 0),
    crc32c: text("crc32c"),
    md5: text("md5Hash"),
    contentEncoding: text("contentEncoding"),
  };
}
