import type { ByteWriter } from "hyparquet-writer";

/**
 * Parquet's hybrid of runs and packed bits: eight or more equal values in a row are a run, the others are packed in
 * groups of eight.
 */
export function writeBits(writer: ByteWriter, values: Uint32Array | Uint8Array, bitWidth: number): void {
  const { length } = values;
  let packedFrom = -1;
  const flush = (end: number) => {
    if (packedFrom >= 0) pack(writer, values, packedFrom, end, bitWidth);
    packedFrom = -1;
  };
  for (let at = 0; at < length; ) {
    const value = values[at] ?? 0;
    let end = at + 1;
    while (end < length && values[end] === value) end++;
    if (end - at >= 8) {
      flush(at);
      writer.appendVarInt((end - at) * 2);
      for (let bits = 0; bits < bitWidth; bits += 8) writer.appendUint8((value >>> bits) & 255);
      at = end;
    } else {
      if (packedFrom < 0) packedFrom = at;
      at += 8;
    }
  }
  flush(length);
}

/** Packs the values [start, end), filled up with zeros to a multiple of eight. */
function pack(
  writer: ByteWriter,
  values: Uint32Array | Uint8Array,
  start: number,
  end: number,
  bitWidth: number,
): void {
  const groups = Math.ceil((end - start) / 8);
  writer.appendVarInt(groups * 2 + 1);
  const bytes = new Uint8Array(groups * bitWidth);
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (let index = start; index < start + groups * 8; index++) {
    // At most 7 bits wait, and an index has at most 15: all of it fits into 32.
    buffer |= (index < end ? (values[index] ?? 0) : 0) << bits;
    bits += bitWidth;
    while (bits >= 8) {
      bytes[at++] = buffer;
      buffer >>>= 8;
      bits -= 8;
    }
  }
  writer.appendBytes(bytes);
}
