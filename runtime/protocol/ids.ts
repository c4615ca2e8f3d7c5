import { fillRandom } from "./random.ts";

// UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then 12 bits that count within the millisecond (method 1), then
// 62 random bits. The clock part never goes back within a process, so ids made here sort in the order they were made.
const pool = new Uint8Array(1024);
let used = pool.length;
let lastTime = 0;
let counter = 0;

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function randomByte(): number {
  if (used === pool.length) {
    fillRandom(pool);
    used = 0;
  }
  return pool[used++] ?? 0;
}

/** A new id; `now` is milliseconds since the epoch. */
export function newId(now: number = Date.now()): string {
  if (now > lastTime) {
    lastTime = now;
    counter = randomByte() << 2;
  } else if (++counter > 0xfff) {
    lastTime++;
    counter = 0;
  }
  const time = lastTime.toString(16).padStart(12, "0");
  const high = (0x7000 | counter).toString(16);
  let low = hex[0x80 | (randomByte() & 0x3f)] ?? "";
  for (let index = 1; index < 8; index++) low += hex[randomByte()];
  return `${time.slice(0, 8)}-${time.slice(8)}-${high}-${low.slice(0, 4)}-${low.slice(4)}`;
}

const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isId(text: string): boolean {
  return shape.test(text);
}

/** When the id was made, in milliseconds since the epoch. */
export function idTime(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The day (UTC, yyyy-mm-dd) under which a run's folder lies; it follows from the id alone. */
export function idDay(id: string): string {
  return new Date(idTime(id)).toISOString().slice(0, 10);
}
