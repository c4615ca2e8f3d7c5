/** A duration as users write it: milliseconds, or a number with a unit: "500ms", "10s", "2m", "1h", "1d". */
export type Duration = number | string;

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds, or undefined when the text is no duration. */
export function tryParseDuration(duration: Duration): number | undefined {
  if (typeof duration === "number") return Number.isFinite(duration) && duration >= 0 ? duration : undefined;
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*$/.exec(duration);
  const unit = match?.[2] === undefined ? undefined : units[match[2]];
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
}

/** Milliseconds. @throws TypeError naming the field and the forms that are allowed. */
export function parseDuration(duration: Duration, field = "duration"): number {
  const milliseconds = tryParseDuration(duration);
  if (milliseconds === undefined) {
    throw new TypeError(
      `${field}: ${JSON.stringify(duration)} is not a duration; write milliseconds (500) or a text such as "500ms", "10s", "2m", "1h", "1d"`,
    );
  }
  return milliseconds;
}

/** "850ms", "1.2s", "2m 5s", "1h 3m", "2d 4h": short enough for a tree line. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)}ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)}s`;
  const seconds = Math.round(milliseconds / 1000);
  const parts: readonly [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor((seconds % 86_400) / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "m"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}
