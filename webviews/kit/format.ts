/** Numbers and times as pages write them. Pure; times in milliseconds since the epoch. */
import { formatDuration } from "../../runtime/protocol/durations.ts";

export { formatDuration };

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
  return new Date(time).toLocaleString(locale, { dateStyle: "medium", timeStyle: "medium" });
}

/** "14:02:07.123", for logs. */
export function formatClock(time: number): string {
  const at = new Date(time);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

/** "1,240,000". The same everywhere: pages are English. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** "1 task", "3 tasks", "1,200 tasks". */
export function formatPlural(count: number, one: string, many: string = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** "812 B", "4.2 kB", "1.3 MB": powers of 1,000. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  // 999.95 kB would be written 1000.0 kB.
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? `${Math.round(value)} B` : `${value.toFixed(value < 100 ? 1 : 0)} ${units[unit]}`;
}

/** The path from the innermost of the folders that holds it; the whole path when none does. */
export function relativePath(file: string, folders: readonly string[]): string {
  const inside = folders
    .filter((folder) => isInside(file, folder))
    .sort((left, right) => right.length - left.length)[0];
  return inside === undefined ? file : file.slice(trimEnd(inside).length + 1);
}

function isInside(file: string, folder: string): boolean {
  const start = trimEnd(folder);
  const windows = /^[A-Za-z]:/.test(start);
  const same = windows ? file.slice(0, start.length).toLowerCase() === start.toLowerCase() : file.startsWith(start);
  return same && /[\\/]/.test(file.charAt(start.length));
}

function trimEnd(folder: string): string {
  return folder.replace(/[\\/]+$/, "");
}
