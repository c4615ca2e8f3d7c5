/** Which rows are kept, said so that every engine can do it: columns with what their values must be. */
import { MillraceError } from "../../protocol/errors.ts";
import type { Cell, Columns, Row } from "./columns.ts";
import { formatTimestamp } from "./times.ts";

/** All that is given must hold. A null is other than every value (`not` keeps it), and neither more nor less than one. */
export interface Condition<T> {
  readonly is?: T | null;
  readonly not?: T | null;
  readonly in?: readonly T[];
  readonly atLeast?: T;
  readonly atMost?: T;
  readonly above?: T;
  readonly below?: T;
}

export type Conditions<C extends Columns> = { readonly [Name in keyof C]?: Condition<NonNullable<Row<C>[Name]>> };

type AnyCondition = Condition<NonNullable<Cell>>;

/** The same conditions as a function of a row. */
export function keeps<C extends Columns>(conditions: Conditions<C>): (row: Row<C>) => boolean {
  const names: (keyof C)[] = Object.keys(conditions);
  const tests = names.map((name) => [name, test(conditions[name] ?? {})] as const);
  return (row) => tests.every(([name, holds]) => holds(row[name]));
}

function test(condition: AnyCondition): (cell: Cell) => boolean {
  const { is, not, in: among, atLeast, atMost, above, below } = plain(condition);
  return (cell) => {
    const value = cell instanceof Date ? cell.getTime() : cell;
    if (is !== undefined && value !== is) return false;
    if (not !== undefined && value === not) return false;
    if (among !== undefined && (value === null || !among.includes(value))) return false;
    if (atLeast !== undefined && (value === null || !(value >= atLeast))) return false;
    if (atMost !== undefined && (value === null || !(value <= atMost))) return false;
    if (above !== undefined && (value === null || !(value > above))) return false;
    return below === undefined || (value !== null && value < below);
  };
}

type Comparable = Exclude<Cell, Date | null>;

function plain(condition: AnyCondition): Condition<Comparable> {
  const entries = Object.entries(condition).map(([key, value]) => [
    key,
    Array.isArray(value) ? value.map(comparable) : comparable(value),
  ]);
  return Object.fromEntries(entries);
}

function comparable(value: unknown): unknown {
  return value instanceof Date ? value.getTime() : value;
}

const operators = { atLeast: ">=", atMost: "<=", above: ">", below: "<" } as const;

/** The same conditions as SQL; "true" when there are none. */
export function conditionsSql<C extends Columns>(conditions: Conditions<C>, quoted: (name: string) => string): string {
  const parts: string[] = [];
  for (const [name, condition] of Object.entries<AnyCondition | undefined>(conditions)) {
    const { is, not, in: among, ...bounds } = condition ?? {};
    const column = quoted(name);
    if (is !== undefined) parts.push(`${column} IS NOT DISTINCT FROM ${literal(is)}`);
    if (not !== undefined) parts.push(`${column} IS DISTINCT FROM ${literal(not)}`);
    if (among !== undefined)
      parts.push(among.length === 0 ? "false" : `${column} IN (${among.map(literal).join(", ")})`);
    for (const key of ["atLeast", "atMost", "above", "below"] as const) {
      const bound = bounds[key];
      if (bound !== undefined) parts.push(`${column} ${operators[key]} ${literal(bound)}`);
    }
  }
  return parts.length === 0 ? "true" : parts.join(" AND ");
}

/** @throws MillraceError "bad-usage" for a condition on a column that is not read. */
export function checkConditions<C extends Columns>(conditions: Conditions<C>, columns: C): void {
  const unknown = Object.keys(conditions).find((name) => !Object.hasOwn(columns, name));
  if (unknown === undefined) return;
  throw new MillraceError(
    "bad-usage",
    `where: there is no column "${unknown}"; it has ${Object.keys(columns).join(", ")}`,
  );
}

function literal(value: Cell): string {
  if (value === null) return "NULL";
  if (value instanceof Date) return `TIMESTAMP '${formatTimestamp(value.getTime())}'`;
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}
