/** One measured figure. `limit` is the most (or, with `atLeast`, the least) that is accepted; undefined: for information. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly limit?: number;
  readonly ok: boolean;
  /** What the limit was made from, measured in the same run: "1.3 x 0.131 ms". */
  readonly floor?: string;
}

export function atMost(name: string, value: number, unit: string, limit: number, floor?: string): BenchRow {
  return { name, value: round(value), unit, limit: round(limit), ok: value <= limit, ...(floor ? { floor } : {}) };
}

export function information(name: string, value: number, unit: string, floor?: string): BenchRow {
  return { name, value: round(value), unit, ok: true, ...(floor ? { floor } : {}) };
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Nearest-rank percentile; `share` from 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

export function round(value: number): number {
  const digits = Math.abs(value) < 10 ? 3 : Math.abs(value) < 100 ? 2 : 1;
  return Number(value.toFixed(digits));
}

export function table(rows: readonly BenchRow[]): string {
  const cells = rows.map((row) => [
    row.ok ? "ok" : "MISSED",
    row.name,
    `${row.value} ${row.unit}`,
    row.limit === undefined ? "" : `≤ ${row.limit} ${row.unit}`,
    row.floor ?? "",
  ]);
  const header = ["", "what", "measured", "limit", "made from"];
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  return [header, ...cells]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
