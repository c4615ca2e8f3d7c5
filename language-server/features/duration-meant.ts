import { tryParseDuration } from "../../runtime/protocol/durations.ts";

const words: readonly [RegExp, string][] = [
  [/^(?:ms|msecs?|millis|milliseconds?)$/, "ms"],
  [/^(?:s|secs?|seconds?)$/, "s"],
  [/^(?:m|mins?|minutes?)$/, "m"],
  [/^(?:h|hrs?|hours?)$/, "h"],
  [/^(?:d|days?)$/, "d"],
];

/** "10s" for "10 seconds"; undefined when the text could mean more than one thing. */
export function durationMeant(text: string): string | undefined {
  const [, amount, unit = ""] = /^\s*(\d+(?:[.,]\d+)?)\s*([a-z]+)\.?\s*$/i.exec(text) ?? [];
  const sign = words.find(([word]) => word.test(unit.toLowerCase()))?.[1];
  if (amount === undefined || sign === undefined) return undefined;
  const meant = `${amount.replace(",", ".")}${sign}`;
  return tryParseDuration(meant) === undefined ? undefined : meant;
}
