/** Numbers and times as pages write them. Pure; times in milliseconds since the epoch. */
import { formatDuration } from "../../runtime/protocol/durations.ts";

export * from "../../runtime/protocol/formats.ts";
export { formatDuration };

/** "14:02:07.123", for logs. */
export function formatClock(time: number): string {
  const at = new Date(time);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
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
