/**
 * SHA-256 that costs a short process nothing to begin with: loading node:crypto takes longer than all that a small run
 * has to hash. After the first kilobytes Node's own does the rest. FIPS 180-4 §6.2.
 */

/** From here on loading node:crypto pays. Bytes hashed by this process. */
const loadAfter = 4096;

let hashed = 0;
let native: typeof import("node:crypto") | undefined;

export function sha256(data: string | Uint8Array, encoding: "hex" | "base64url"): string {
  if (native === undefined) {
    hashed += data.length;
    if (hashed <= loadAfter) return sha256Here(data).toString(encoding);
    native = process.getBuiltinModule("node:crypto");
  }
  return native.hash("sha256", data, encoding);
}

/** From now on hashing is at its fastest: for a process that waits anyway. */
export function loadHashing(): void {
  native ??= process.getBuiltinModule("node:crypto");
}

/** The first bits of the fractional part of a root of each of the first primes. */
function rootBits(count: number, root: (prime: number) => number): Int32Array {
  const bits = new Int32Array(count);
  for (let candidate = 2, found = 0; found < count; candidate++) {
    if (!isPrime(candidate)) continue;
    const value = root(candidate);
    bits[found++] = (value - Math.floor(value)) * 2 ** 32;
  }
  return bits;
}

function isPrime(candidate: number): boolean {
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) return false;
  return true;
}

const schedule = new Int32Array(64);
let constants: { readonly initial: Int32Array; readonly rounds: Int32Array } | undefined;

/** The same, always in JavaScript. */
export function sha256Here(data: string | Uint8Array): Buffer {
  constants ??= { initial: rootBits(8, Math.sqrt), rounds: rootBits(64, Math.cbrt) };
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  // The message, a 1 bit, zeros, and its length in bits in the last 8 bytes of a block of 64.
  const padded = Buffer.alloc((bytes.length + 72) & ~63);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  padded.writeUInt32BE(Math.floor(bytes.length / 2 ** 29), padded.length - 8);
  padded.writeUInt32BE((bytes.length << 3) >>> 0, padded.length - 4);
  const state = constants.initial.slice();
  for (let at = 0; at < padded.length; at += 64) addBlock(state, constants.rounds, padded, at);
  const digest = Buffer.alloc(32);
  for (let word = 0; word < 8; word++) digest.writeInt32BE(state[word] ?? 0, word * 4);
  return digest;
}

function addBlock(state: Int32Array, rounds: Int32Array, block: Buffer, at: number): void {
  const w = schedule;
  for (let t = 0; t < 16; t++) w[t] = block.readInt32BE(at + t * 4);
  for (let t = 16; t < 64; t++) {
    const near = w[t - 2] ?? 0;
    const far = w[t - 15] ?? 0;
    const s1 = ((near >>> 17) | (near << 15)) ^ ((near >>> 19) | (near << 13)) ^ (near >>> 10);
    const s0 = ((far >>> 7) | (far << 25)) ^ ((far >>> 18) | (far << 14)) ^ (far >>> 3);
    w[t] = s1 + (w[t - 7] ?? 0) + s0 + (w[t - 16] ?? 0);
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + s1 + ((e & f) ^ (~e & g)) + (rounds[t] ?? 0) + (w[t] ?? 0)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  const sums = [a, b, c, d, e, f, g, h];
  for (let word = 0; word < 8; word++) state[word] = (state[word] ?? 0) + (sums[word] ?? 0);
}
