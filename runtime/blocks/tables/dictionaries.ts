/**
 * Dictionaries of columns: the distinct values in the order in which they come, and for each value its index. A column
 * whose values are mostly different has none, which is seen after the first few thousand of them.
 */

export interface Dictionary {
  readonly size: number;
  /** One per value that is not null. */
  readonly indexes: Uint32Array;
  /** The distinct values, as a page without a dictionary would hold them. */
  readonly bytes: Uint8Array;
}

/** More distinct values make a dictionary that costs more than it saves. */
const mostValues = 32_768;
const slots = 131_072;
/** Columns are judged when so many values were seen. */
const trial = 4096;

/** 32-bit numbers. */
export function numberDictionary(values: Int32Array): Dictionary | undefined {
  const indexes = new Uint32Array(values.length);
  const distinct = new Int32Array(Math.min(mostValues, values.length));
  const table = new Int32Array(slots).fill(-1);
  let size = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    let slot = Math.imul(value, 0x9e3779b1) >>> 15;
    for (;;) {
      const index = table[slot] ?? -1;
      if (index < 0) {
        if (size === mostValues) return undefined;
        table[slot] = size;
        distinct[size] = value;
        indexes[at] = size++;
        break;
      }
      if (distinct[index] === value) {
        indexes[at] = index;
        break;
      }
      slot = (slot + 1) & (slots - 1);
    }
    if (at === trial && size > trial / 2) return undefined;
  }
  return worthIt(size, values.length, 4, indexes, () => bytesOf(distinct.subarray(0, size)));
}

/** 64-bit values as pairs of words: two doubles are the same value when all their bits are. */
export function wordDictionary(words: Int32Array): Dictionary | undefined {
  const length = words.length / 2;
  const indexes = new Uint32Array(length);
  const distinct = new Int32Array(2 * Math.min(mostValues, length));
  const table = new Int32Array(slots).fill(-1);
  let size = 0;
  for (let at = 0; at < length; at++) {
    const low = words[at * 2] ?? 0;
    const high = words[at * 2 + 1] ?? 0;
    let slot = Math.imul(Math.imul(low, 0x85ebca6b) ^ (low >>> 13) ^ high, 0x9e3779b1) >>> 15;
    for (;;) {
      const index = table[slot] ?? -1;
      if (index < 0) {
        if (size === mostValues) return undefined;
        table[slot] = size;
        distinct[size * 2] = low;
        distinct[size * 2 + 1] = high;
        indexes[at] = size++;
        break;
      }
      if (distinct[index * 2] === low && distinct[index * 2 + 1] === high) {
        indexes[at] = index;
        break;
      }
      slot = (slot + 1) & (slots - 1);
    }
    if (at === trial && size > trial / 2) return undefined;
  }
  return worthIt(size, length, 8, indexes, () => bytesOf(distinct.subarray(0, size * 2)));
}

export function textDictionary(
  values: readonly string[],
): (Omit<Dictionary, "bytes"> & { texts: string[] }) | undefined {
  const indexes = new Uint32Array(values.length);
  const known = new Map<string, number>();
  let last: string | undefined;
  let lastIndex = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? "";
    if (value !== last) {
      let index = known.get(value);
      if (index === undefined) {
        if (known.size === mostValues) return undefined;
        index = known.size;
        known.set(value, index);
      }
      last = value;
      lastIndex = index;
    }
    indexes[at] = lastIndex;
    if (at === trial && known.size > trial / 2) return undefined;
  }
  if (known.size === 0 || known.size > values.length / 2) return undefined;
  return { size: known.size, indexes, texts: [...known.keys()] };
}

function worthIt(
  size: number,
  length: number,
  width: number,
  indexes: Uint32Array,
  bytes: () => Uint8Array,
): Dictionary | undefined {
  const withIt = size * width + (length * Math.ceil(Math.log2(size))) / 8;
  return size > 0 && withIt < 0.75 * length * width ? { size, indexes, bytes: bytes() } : undefined;
}

function bytesOf(values: Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
