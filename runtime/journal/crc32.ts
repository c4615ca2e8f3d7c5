/**
 * CRC-32 (ISO 3309, as in zlib) that costs a short process nothing to begin with: loading node:zlib takes longer than
 * the few lines of a small run. After those Node's own does the rest.
 */

/** From here on loading node:zlib pays. Bytes seen by this process. */
const loadAfter = 16_384;

let seen = 0;
let table: Int32Array | undefined;
let native: ((data: Uint8Array) => number) | undefined;

export function crc32(bytes: Uint8Array): number {
  if (native === undefined) {
    seen += bytes.length;
    if (seen <= loadAfter) return crc32Here(bytes);
    native = process.getBuiltinModule("node:zlib").crc32;
  }
  return native(bytes);
}

/** From now on checksums are at their fastest: for a process that waits anyway. */
export function loadChecksum(): void {
  native ??= process.getBuiltinModule("node:zlib").crc32;
}

/** The same, always in JavaScript. */
export function crc32Here(bytes: Uint8Array): number {
  table ??= makeTable();
  let crc = -1;
  for (let at = 0; at < bytes.length; at++) {
    crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  }
  return (crc ^ -1) >>> 0;
}

function makeTable(): Int32Array {
  const made = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    made[byte] = value;
  }
  return made;
}
