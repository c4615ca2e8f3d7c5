import type { FlowReference } from "../records.ts";

/**
 * The id of a flow. A flow is known by file and export (DESIGN §7), so its id follows from them, on every machine the
 * same for the same path; its name counts only where there is no file. Form: UUID version 8 (RFC 9562 §5.8).
 */
export function flowId(flow: FlowReference): string {
  const identity = flow.file === "" ? `\u0000${flow.name}` : `${flow.file}\u0000${flow.export ?? flow.name}`;
  const known = ids.get(identity);
  if (known !== undefined) return known;
  const words = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f].map((seed) => hash32(identity, seed));
  const hex = words.map((word) => word.toString(16).padStart(8, "0")).join("");
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  if (ids.size > 10_000) ids.clear();
  ids.set(identity, id);
  return id;
}

const ids = new Map<string, string>();

/** MurmurHash3's mixing over UTF-16 code units: no secret, only spread. */
function hash32(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0xcc9e2d51);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
