/**
 * CRC-32C (Castagnoli), which Cloud Storage keeps of every object. Node's zlib has another polynomial, and the client's
 * own takes one byte a step; eight at once keep pace with a disk.
 */
const tables = makeTables();

function makeTables(): DataView {
  const made = new DataView(new ArrayBuffer(8 * 256 * 4));
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1;
    made.setInt32(byte * 4, sum, true);
  }
  // Table k holds what a byte does to the sum when k further bytes come after it.
  for (let at = 256; at < 8 * 256; at++) {
    const before = made.getInt32((at - 256) * 4, true);
    made.setInt32(at * 4, (before >>> 8) ^ made.getInt32((before & 255) * 4, true), true);
  }
  return made;
}

export class Crc32c {
  #sum: number;

  /** `sum`: the sum of what came before, as `value` gave it. */
  constructor(sum = 0) {
    this.#sum = ~sum;
  }

  update(bytes: Uint8Array): this {
    this.#sum = advance(this.#sum, bytes);
    return this;
  }

  /** The sum so far, as a signed integer. */
  get value(): number {
    return ~this.#sum;
  }

  /** As Cloud Storage writes it: four bytes, the highest first, in base64. */
  toString(): string {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(this.value);
    return bytes.toString("base64");
  }
}

/** Views of data, not arrays: they read words at any address, in the order that is named, on every machine. */
function advance(sum: number, bytes: Uint8Array): number {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = data.byteLength;
  let state = sum;
  let at = 0;
  for (; at + 8 <= end; at += 8) {
    const low = state ^ data.getInt32(at, true);
    const high = data.getInt32(at + 4, true);
    state =
      tables.getInt32(0x1c00 | ((low & 255) << 2), true) ^
      tables.getInt32(0x1800 | ((low >>> 6) & 0x3fc), true) ^
      tables.getInt32(0x1400 | ((low >>> 14) & 0x3fc), true) ^
      tables.getInt32(0x1000 | ((low >>> 22) & 0x3fc), true) ^
      tables.getInt32(0x0c00 | ((high & 255) << 2), true) ^
      tables.getInt32(0x0800 | ((high >>> 6) & 0x3fc), true) ^
      tables.getInt32(0x0400 | ((high >>> 14) & 0x3fc), true) ^
      tables.getInt32((high >>> 22) & 0x3fc, true);
  }
  for (; at < end; at++) state = tables.getInt32(((state ^ data.getUint8(at)) & 255) << 2, true) ^ (state >>> 8);
  return state;
}
