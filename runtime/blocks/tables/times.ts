/** Times in texts: read from bytes (the hot path of a CSV file) and written for CSV and SQL. Always UTC. */

const dayMilliseconds = 86_400_000;

/** How `01/02/2021` is meant: the first of February ("day-first") or the second of January ("month-first"). */
export type SlashDates = "day-first" | "month-first";

/** Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant's days_from_civil). */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function monthLength(year: number, month: number): number {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return leap ? 29 : (monthLengths[month - 1] ?? 0);
}

/** A reader of bytes that remembers where it is; one per parse would cost an allocation per cell, so it is reused. */
let bytes: Uint8Array = new Uint8Array(0);
let at = 0;
let limit = 0;

/** Up to `digits` digits, -1 when there is none. */
function number(digits: number): number {
  let value = 0;
  const start = at;
  while (at < limit && at - start < digits) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
    at++;
  }
  return at === start ? -1 : value;
}

function take(code: number): boolean {
  if (at >= limit || bytes[at] !== code) return false;
  at++;
  return true;
}

/**
 * Milliseconds since the epoch; NaN when the text is no time. Read are ISO 8601 (`2021-01-31`, `2021-01-31 23:59`,
 * `2021-01-31T23:59:59.123Z`, `…+01:00`) and, with `slashDates`, `31/01/2021 23:59[:59]` with one or two digits for
 * day, month and hour. Without an offset it is UTC.
 */
export function parseTime(source: Uint8Array, start: number, end: number, slashDates: SlashDates | undefined): number {
  bytes = source;
  at = start;
  limit = end;
  let year = number(4);
  let month = 0;
  let day = 0;
  if (at - start === 4 && take(45)) {
    month = number(2);
    if (!take(45)) return Number.NaN;
    day = number(2);
  } else if (slashDates !== undefined && at - start <= 2 && take(47)) {
    const first = year;
    const second = number(2);
    if (!take(47)) return Number.NaN;
    const yearStart = at;
    year = number(4);
    if (at - yearStart !== 4) return Number.NaN;
    [day, month] = slashDates === "day-first" ? [first, second] : [second, first];
  } else return Number.NaN;
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > monthLength(year, month)) return Number.NaN;
  const midnight = daysSinceEpoch(year, month, day) * dayMilliseconds;
  if (at === limit) return midnight;
  if (!take(32) && !take(84)) return Number.NaN;
  return midnight + timeOfDay();
}

function timeOfDay(): number {
  const hour = number(2);
  if (!take(58)) return Number.NaN;
  const minute = number(2);
  let second = 0;
  let fraction = 0;
  if (take(58)) {
    second = number(2);
    if (take(46)) {
      const start = at;
      const digits = number(9);
      if (digits < 0) return Number.NaN;
      fraction = Math.floor((digits * 1000) / 10 ** (at - start));
    }
  }
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return Number.NaN;
  return ((hour * 60 + minute) * 60 + second) * 1000 + fraction - offset();
}

/** The offset at the end of the text in milliseconds; NaN when something else stands there. */
function offset(): number {
  if (at === limit) return 0;
  if (take(90)) return at === limit ? 0 : Number.NaN;
  const sign = bytes[at] === 43 ? 1 : bytes[at] === 45 ? -1 : 0;
  if (sign === 0) return Number.NaN;
  at++;
  const hours = number(2);
  take(58);
  const minutes = at === limit ? 0 : number(2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || at !== limit) return Number.NaN;
  return sign * (hours * 60 + minutes) * 60_000;
}

// The texts of a file's rows share few days: the last one is kept.
let lastDay = Number.NaN;
let lastDayText = "";

/** "2021-01-31" */
export function formatDate(milliseconds: number): string {
  const day = Math.floor(milliseconds / dayMilliseconds);
  if (day !== lastDay) {
    lastDayText = new Date(day * dayMilliseconds).toISOString().replace(/T.*/, "");
    lastDay = day;
  }
  return lastDayText;
}

const two = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, "0"));

/** "2021-01-31 23:59:00", with ".123" when there are milliseconds: sorts, and SQL's date functions read it. */
export function formatTimestamp(milliseconds: number): string {
  const date = formatDate(milliseconds);
  const rest = milliseconds - Math.floor(milliseconds / dayMilliseconds) * dayMilliseconds;
  const seconds = Math.floor(rest / 1000);
  const fraction = rest - seconds * 1000;
  const text = `${date} ${two[Math.floor(seconds / 3600)]}:${two[Math.floor(seconds / 60) % 60]}:${two[seconds % 60]}`;
  return fraction === 0 ? text : `${text}.${String(fraction).padStart(3, "0")}`;
}
