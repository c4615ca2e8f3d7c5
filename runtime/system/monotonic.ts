/**
 * Milliseconds on the monotonic clock, for durations only. The same clock as `performance.now()`, whose first use
 * loads modules for a millisecond.
 */
export function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
