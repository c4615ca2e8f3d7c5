/**
 * Cron texts: five fields (minute, hour, day of month, month, day of week) or one of the aliases. cron-parser reads
 * them behind a strict check, because alone it fills in missing fields, also of an empty text, and draws lots for `H`.
 */
import cronParser from "cron-parser";
import { type CronField, cronAliases, cronFields, fieldProblem, numberOf } from "./cron-fields.ts";

export interface CronOptions {
  /** Only times after this one. */
  readonly after: Date;
  /** IANA name, "Europe/Berlin". There is no default: the machine's own zone would be a surprise elsewhere. */
  readonly timezone: string;
}

/** What is wrong with a cron text, as a sentence that says what to write; undefined when nothing is. */
export function cronProblem(text: string): string | undefined {
  if (wellFormed.has(text)) return undefined;
  const problem = findProblem(text);
  if (problem !== undefined) return problem;
  if (wellFormed.size >= mostRemembered) wellFormed.clear();
  wellFormed.add(text);
  return undefined;
}

/** Thousands of schedules share few texts, and reading one to check it costs as much as finding its next time. */
const wellFormed = new Set<string>();
const mostRemembered = 10_000;

function findProblem(text: string): string | undefined {
  const problem = shapeProblem(text);
  if (problem !== undefined) return problem;
  try {
    cronParser.CronExpressionParser.parse(asParsed(text), { tz: "UTC" }).next();
    return undefined;
  } catch {
    return `"${text}" names a day that never comes.`;
  }
}

/** What can be told without looking for a day that fits. */
function shapeProblem(text: string): string | undefined {
  const plain = text.trim();
  if (plain.startsWith("@")) {
    return plain.toLowerCase() in cronAliases
      ? undefined
      : `"${plain}" is none of the aliases ${Object.keys(cronAliases).join(", ")}.`;
  }
  const parts = plain === "" ? [] : plain.split(/\s+/);
  if (parts.length !== cronFields.length) {
    const count = parts.length === 0 ? "is empty" : `has ${parts.length} field${parts.length === 1 ? "" : "s"}`;
    return `"${text}" ${count}; a cron text has five: minute, hour, day of month, month, day of week ("0 5 1 * *").`;
  }
  for (const [index, field] of cronFields.entries()) {
    const problem = fieldProblem(parts[index] ?? "", field);
    if (problem !== undefined) return `${field.name}: ${problem}`;
  }
  return undefined;
}

/**
 * The times that come next, without end. Around changes of the clock: a time that does not exist comes once, at the
 * first minute that does; a fixed time that exists twice comes once, at the first; "every n minutes" in both passes.
 *
 * @throws TypeError when the text is no cron text or the zone is unknown.
 */
export function* cronTimes(text: string, { after, timezone }: CronOptions): Generator<Date, never> {
  const shape = shapeProblem(text);
  if (shape !== undefined) throw new TypeError(`cron: ${shape}`);
  const clock = localClock(timezone);
  const offset = (time: number): number => offsetAt(time, clock);
  const plain = plainFields(asParsed(text));
  for (let last = after.getTime(); ; ) {
    const quick = plain === undefined ? undefined : quickTime(plain, last, clock);
    if (quick !== undefined) {
      last = quick;
      yield new Date(quick);
      continue;
    }
    // Only here it can be that no day fits, and looking for one would never end.
    const problem = cronProblem(text);
    if (problem !== undefined) throw new TypeError(`cron: ${problem}`);
    let walk = { from: last, end: last + 3 * hours };
    try {
      for (const time of parsedTimes(text, last, timezone)) {
        if (time <= last) continue;
        const odd = (offset(time) - offset(last)) % hours !== 0;
        if (odd) {
          const change = changeBetween(last, time, offset);
          walk = { from: Math.max(last, change - 3 * hours), end: change + 3 * hours };
          break;
        }
        last = time;
        walk = { from: last, end: last };
        yield new Date(time);
        // Behind the change of the clock the short way is open again.
        break;
      }
    } catch {
      // cron-parser loses its way there too.
    }
    // Where a clock is moved by half an hour (Lord Howe Island) cron-parser leaves times out.
    for (const time of walkedTimes(text, walk.from, walk.end, clock)) yield new Date(time);
    last = Math.max(last, walk.end);
  }
}

const minutes = 60_000;
const hours = 60 * minutes;

/** How far the wall is ahead of UTC; it shows whole seconds only. */
function offsetAt(time: number, clock: (time: number) => number): number {
  const second = Math.floor(time / 1000) * 1000;
  return clock(second) - second;
}

/** When the offset becomes what it is at `until`, to the second. */
function changeBetween(after: number, until: number, offset: (time: number) => number): number {
  let [before, behind] = [after, until];
  while (behind - before > 1000) {
    const middle = Math.floor((before + behind) / 2000) * 1000;
    if (offset(middle) === offset(until)) behind = middle;
    else before = middle;
  }
  return behind;
}

function* parsedTimes(text: string, after: number, timezone: string): Generator<number, never> {
  const options = { currentDate: new Date(after), tz: timezone };
  const expression = cronParser.CronExpressionParser.parse(asParsed(text), options);
  const { hour, minute } = expression.fields;
  for (;;) {
    const next = expression.next();
    const skipped = !includes(hour.values, next.getHours()) || !includes(minute.values, next.getMinutes());
    yield skipped ? endOfGap(next.getTime(), localClock(timezone)) : next.getTime();
  }
}

/** The same by looking at every minute: right everywhere, and too slow for everywhere. */
function* walkedTimes(text: string, after: number, until: number, clock: (time: number) => number): Generator<number> {
  const expression = cronParser.CronExpressionParser.parse(asParsed(text), { tz: "UTC" });
  const everyHour = expression.fields.hour.values.length === 24;
  const first = Math.floor(after / minutes) * minutes;
  let before = clock(first);
  for (let time = first + minutes; time <= until; time += minutes) {
    const shown = clock(time);
    const isSecond = [30, 60, 120].some((ago) => clock(time - ago * minutes) === shown);
    let fires = expression.includesDate(new Date(shown)) && (everyHour || !isSecond);
    for (let gap = before + minutes; gap < shown && !everyHour; gap += minutes) {
      fires ||= expression.includesDate(new Date(gap));
    }
    before = shown;
    if (fires && time > after) yield time;
  }
}

interface PlainFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly isDay: (shown: Date) => boolean;
}

/** Fields of numbers, lists, ranges and steps; undefined for those that only cron-parser reads (L, #). */
function plainFields(text: string): PlainFields | undefined {
  const parts = text.split(/\s+/);
  const values = parts.map((part, at) => {
    const field = cronFields[at];
    // "JUL" is a month.
    return field === undefined || (field.name !== "month" && /[L#]/.test(part)) ? undefined : valuesOf(part, field);
  });
  const [minute, hour, day, month, weekday] = values;
  if (minute === undefined || hour === undefined || day === undefined || month === undefined || weekday === undefined) {
    return undefined;
  }
  const [days, dates, inMonths] = [new Set([...weekday].map((value) => value % 7)), new Set(day), new Set(month)];
  const isAny = (part: string | undefined): boolean => part === "*" || part === "?";
  const [anyDate, anyDay] = [isAny(parts[2]), isAny(parts[4])];
  return {
    minutes: minute,
    hours: hour,
    isDay(shown) {
      if (!inMonths.has(shown.getUTCMonth() + 1)) return false;
      const [date, name] = [dates.has(shown.getUTCDate()), days.has(shown.getUTCDay())];
      // Both given: either will do, as in every cron.
      return anyDate || anyDay ? date && name : date || name;
    },
  };
}

function valuesOf(part: string, field: CronField): number[] {
  const values = new Set<number>();
  for (const item of part.split(",")) {
    const [range = "", step = "1"] = item.split("/");
    const [from = "", to] = range.split("-");
    const any = from === "*" || from === "?";
    const first = any ? field.least : (numberOf(from, field) ?? field.least);
    const single = to === undefined && !item.includes("/");
    const last =
      any || (to === undefined && !single) ? field.most : single ? first : (numberOf(to ?? "", field) ?? first);
    for (let value = first; value <= last; value += Number(step)) values.add(value);
  }
  return [...values].sort((left, right) => left - right);
}

const day = 24 * hours;

/**
 * The next time by numbers alone, a hundredth of the work; undefined near a change of the clock, or when it is more than
 * two months away, in which a clock may have been moved there and back.
 */
function quickTime(plain: PlainFields, after: number, clock: (time: number) => number): number | undefined {
  const offset = (time: number): number => offsetAt(time, clock);
  const begin = offset(after - 3 * hours);
  const from = Math.floor((after + begin) / minutes) * minutes + minutes;
  const midnight = Math.floor(from / day) * day;
  for (let days = 0; days < 62; days++) {
    const date = midnight + days * day;
    if (!plain.isDay(new Date(date))) continue;
    for (const hour of plain.hours) {
      if (date + (hour + 1) * hours <= from) continue;
      for (const minute of plain.minutes) {
        const shown = date + hour * hours + minute * minutes;
        if (shown < from) continue;
        const time = shown - begin;
        return offset(time + 3 * hours) === begin && offset(time - 3 * hours) === begin ? time : undefined;
      }
    }
  }
  return undefined;
}

/** cron-parser knows the names of days and months in either case, but "last" as a capital L alone. */
function asParsed(text: string): string {
  const plain = text.trim();
  return cronAliases[plain.toLowerCase()] ?? plain.toUpperCase();
}

function includes(values: readonly (number | string)[], value: number): boolean {
  return values.includes(value);
}

/** The first instant after the clock was put forward. cron-parser moves a time within the gap by the gap's length. */
function endOfGap(time: number, clock: (time: number) => number): number {
  return changeBetween(time - 3 * hours, time, (at) => offsetAt(at, clock));
}

/** What is wrong with the name of a time zone; undefined when nothing is. */
export function timezoneProblem(timezone: string): string | undefined {
  try {
    localClock(timezone);
    return undefined;
  } catch {
    return `"${timezone}" is unknown; write a name such as "Europe/Berlin" or "UTC".`;
  }
}

const clocks = new Map<string, (time: number) => number>();

/** Instant → what the clock on the wall shows, as if it were UTC. @throws TypeError for a zone that is unknown. */
export function localClock(timezone: string): (time: number) => number {
  const known = clocks.get(timezone);
  if (known !== undefined) return known;
  const made = makeLocalClock(timezone);
  clocks.set(timezone, made);
  return made;
}

function makeLocalClock(timezone: string): (time: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: timezone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch (cause) {
    throw new TypeError(`timezone: "${timezone}" is unknown; write a name such as "Europe/Berlin" or "UTC"`, { cause });
  }
  return (time) => {
    const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}
