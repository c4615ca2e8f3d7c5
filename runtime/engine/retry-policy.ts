import { type Duration, parseDuration } from "../protocol/durations.ts";

/** How long to wait before a further attempt. See `TaskOptions.retryDelay`. */
export type RetryDelay = Duration | readonly Duration[] | ((attempt: number) => Duration);

/** Milliseconds before attempt `attempt + 1`, counting attempts from 1. A list's last entry repeats. */
export type DelayOf = (attempt: number) => number;

/** @throws TypeError for what is no whole number from 0. */
export function compileRetries(retries: number | undefined, field: string): number {
  if (retries === undefined) return 0;
  if (!Number.isInteger(retries) || retries < 0) {
    throw new TypeError(`${field}: retries must be a whole number from 0, not ${String(retries)}`);
  }
  return retries;
}

export function compileDelay(delay: RetryDelay | undefined, jitter: number | undefined, field: string): DelayOf {
  if (jitter !== undefined && !(jitter > 0))
    throw new TypeError(`${field}: retryJitter must be more than 0, not ${jitter}`);
  const base = baseDelay(delay, field);
  return jitter === undefined ? base : (attempt) => clampedPoissonInterval(base(attempt), jitter);
}

function baseDelay(delay: RetryDelay | undefined, field: string): DelayOf {
  if (delay === undefined) return () => 0;
  if (typeof delay === "function")
    return (attempt) => parseDuration(delay(attempt), `${field}: retryDelay(${attempt})`);
  if (Array.isArray(delay)) {
    const list = delay.map((entry: Duration, index) => parseDuration(entry, `${field}: retryDelay[${index}]`));
    return (attempt) => list[Math.min(attempt, list.length) - 1] ?? 0;
  }
  if (typeof delay === "string" || typeof delay === "number") {
    const fixed = parseDuration(delay, `${field}: retryDelay`);
    return () => fixed;
  }
  throw new TypeError(`${field}: retryDelay must be a duration, a list of durations or a function of the attempt`);
}

/**
 * An exponential variate whose mean stays about `average`, never above average × (1 + factor) and cut below so that
 * the mean holds. Prefect's `clamped_poisson_interval` (utilities/math.py): spreads retries that failed together.
 */
export function clampedPoissonInterval(average: number, factor: number, random: () => number = Math.random): number {
  if (average <= 0) return 0;
  const upper = 1 + factor;
  const lower = upper >= 50 ? 0 : Math.log2(2 ** upper / (2 ** upper - 1));
  const low = 1 - Math.exp(-Math.max(0, lower));
  const high = 1 - Math.exp(-upper);
  return -Math.log(Math.max(1 - (low + (high - low) * random()), 1e-10)) * average;
}
