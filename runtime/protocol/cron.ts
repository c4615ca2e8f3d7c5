/**
 * Cron texts: five fields (minute, hour, day of month, month, day of week) or one of the aliases. cron-parser reads
 * them behind a strict check, because alone it fills in missing fields, also of an empty text, and draws lots for `H`.
 */
import cronParser from "cron-parser";
import { cronAliases, cronFields, fieldProblem } from "./cron-fields.ts";

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
  try {
    cronParser.CronExpressionParser.parse(asParsed(plain), { tz: "UTC" }).next();
    return undefined;
  } catch {
    return `"${text}" names a day that never comes.`;
  }
}

/**
 * The times that come next, without end. Around changes of the clock: a time that does not exist comes once, at the
 * first minute that does; a fixed time that exists twice comes once, at the first; "every n minutes" in both passes.
 *
 * @throws TypeError when the text is no cron text or the zone is unknown.
 */
export function* cronTimes(text: string, { after, timezone }: CronOptions): Generator<Date, never> {
  const problem = cronProblem(text);
  if (problem !== undefined) throw new TypeError(`cron: ${problem}`);
  const clock = localClock(timezone);
  const offset = (time: number): number => clock(time) - time;
  for (let last = after.getTime(); ; ) {
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
        walk = { from: last, end: last + 3 * hours };
        yield new Date(time);
      }
    } catch {
      // cron-parser loses its way there too.
    }
    // Where a clock is moved by half an hour (Lord Howe Island) cron-parser leaves times out.
    for (const time of walkedTimes(text, walk.from, walk.end, clock)) yield new Date(time);
    last = walk.end;
  }
}

const minutes = 60_000;
const hours = 60 * minutes;

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
  return changeBetween(time - 3 * hours, time, (at) => clock(at) - at);
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
