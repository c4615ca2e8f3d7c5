import { fillRandom } from "./random.ts";

// UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then 12 bits that count within the millisecond (method 1), then
// 62 random bits. The clock part never goes back within a process, so ids made here sort in the order they were made.
let pool = Buffer.alloc(0);
/** The pool as hexadecimal digits. */
let digits = "";
/** Bytes of the pool that ids were made of. */
let used = 0;
let lastTime = 0;
/** `lastTime` as it stands in an id. */
let clock = "";
let counter = 0;

/** The first pool is small because a short run needs few ids; asking the system for each few would cost a long one. */
const poolSize = { first: 1024, later: 16_384 } as const;

function refill(): void {
  if (pool.length < poolSize.later) pool = Buffer.alloc(pool.length === 0 ? poolSize.first : poolSize.later);
  fillRandom(pool);
  digits = pool.toString("hex");
  used = 0;
}

/** A new id; `now` is milliseconds since the epoch. */
export function newId(now: number = Date.now()): string {
  // Eight bytes for the id, one for the counter's start.
  if (used + 9 > pool.length) refill();
  const at = used * 2;
  const variant = "89ab"[((pool[used] ?? 0) >> 4) & 3];
  used += 8;
  if (now > lastTime) {
    setClock(now);
    counter = (pool[used++] ?? 0) << 2;
  } else if (++counter > 0xfff) {
    setClock(lastTime + 1);
    counter = 0;
  }
  // Fifteen of the sixteen digits: the first one has given the variant.
  const high = (0x7000 | counter).toString(16);
  return `${clock}${high}-${variant}${digits.slice(at + 1, at + 4)}-${digits.slice(at + 4, at + 16)}`;
}

function setClock(time: number): void {
  lastTime = time;
  const text = time.toString(16).padStart(12, "0");
  clock = `${text.slice(0, 8)}-${text.slice(8)}-`;
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
