/** Numbers and times as people read them, in pages as in the editor. Pure; times in milliseconds since the epoch. */
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** "just now", "12s ago", "2m ago", "3h ago", "2d ago", "in 5m"; beyond a week the date. */
export function formatRelative(time: number, now: number, locale?: string): string {
  const distance = Math.abs(now - time);
  if (distance >= 7 * day) return formatDate(time, now, locale);
  if (distance < 5000) return "just now";
  const [size, unit] =
    distance < minute ? [1000, "s"] : distance < hour ? [minute, "m"] : distance < day ? [hour, "h"] : [day, "d"];
  const text = `${Math.floor(distance / Number(size))}${unit}`;
  return time > now ? `in ${text}` : `${text} ago`;
}

/** "12 Nov", with the year when it is another one. */
export function formatDate(time: number, now: number, locale?: string): string {
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return new Date(time).toLocaleDateString(locale, {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  });
}

/** The whole of it, for tooltips: "12 Nov 2026, 14:02:07". */
export function formatMoment(time: number, locale?: string): string {
  const key = locale ?? "";
  let format = moments.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
    moments.set(key, format);
  }
  return format.format(time);
}

const moments = new Map<string, Intl.DateTimeFormat>();

/** "1,240,000". The same everywhere: pages are English. */
export function formatCount(count: number): string {
  if (Number.isInteger(count) && Math.abs(count) < 1000) return String(count);
  counts ??= new Intl.NumberFormat("en-US");
  return counts.format(count);
}

/** `toLocaleString` makes one of these each time. The first loads the rules of languages, which no start should wait for. */
let counts: Intl.NumberFormat | undefined;

/** "1 task", "3 tasks", "1,200 tasks". */
export function formatPlural(count: number, one: string, many: string = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
