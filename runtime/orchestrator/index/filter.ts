/** A filter as the API takes it, checked and ready: what both stores ask of it. Pure. */
import type { FlowRunFilter } from "../../protocol/api.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { isId } from "../../protocol/ids.ts";
import { insideAny, pathKey } from "./paths.ts";

export const flowRunLimits = { default: 50, most: 1000 } as const;
export const taskRunLimits = { default: 200, most: 10_000 } as const;

/**
 * Runs are listed by id, newest first: ids are UUIDv7, so that is the order in which they came into being, it never
 * changes, and a page's cursor (the last id on it) stays good while runs are added. Times are bounds on ids too.
 */
export interface PreparedFilter {
  readonly ids: readonly string[] | undefined;
  readonly flowName: string | undefined;
  /** Whether a flow's file and export are wanted; undefined when every one is. */
  readonly ofFlow: ((flow: FlowPlace) => boolean) | undefined;
  readonly states: ReadonlySet<string> | undefined;
  /** Lower case. */
  readonly text: string | undefined;
  /** Ids at or above this one. */
  readonly from: string | undefined;
  /** Ids below this one. */
  readonly below: string | undefined;
  readonly deploymentId: string | undefined;
  readonly partitionKey: string | undefined;
  readonly backfillId: string | undefined;
  readonly includeSubflows: boolean;
  readonly limit: number;
}

export interface FlowPlace {
  readonly file: string;
  readonly export?: string | null | undefined;
}

export function prepareFilter(filter: FlowRunFilter): PreparedFilter {
  const before = filter.before === undefined ? undefined : firstIdAt(filter.before, "before");
  const cursor = filter.cursor === undefined ? undefined : checkedCursor(filter.cursor);
  return {
    ids: filter.ids,
    flowName: filter.flow_name,
    ofFlow: flowMatcher(filter),
    states: filter.state_types === undefined ? undefined : new Set(filter.state_types),
    text: filter.text === undefined || filter.text === "" ? undefined : filter.text.toLowerCase(),
    from: filter.after === undefined ? undefined : firstIdAt(filter.after, "after"),
    below: before === undefined || (cursor !== undefined && cursor < before) ? cursor : before,
    deploymentId: filter.deployment_id,
    partitionKey: filter.partition_key,
    backfillId: filter.backfill_id,
    // Runs that are named are wanted, whatever they are.
    includeSubflows: filter.include_subflows ?? filter.ids !== undefined,
    limit: bounded(filter.limit, flowRunLimits),
  };
}

export function flowMatcher({ flow_file, flow_export, under }: FlowRunFilter): PreparedFilter["ofFlow"] {
  if (flow_file === undefined && flow_export === undefined && under === undefined) return undefined;
  const file = flow_file === undefined ? undefined : pathKey(flow_file);
  const isInside = under === undefined ? undefined : insideAny(under);
  return (flow) =>
    (flow_export === undefined || flow.export === flow_export) &&
    (file === undefined || pathKey(flow.file) === file) &&
    (isInside === undefined || isInside(flow.file));
}

export function bounded(
  limit: number | undefined,
  limits: { readonly default: number; readonly most: number },
): number {
  if (limit === undefined) return limits.default;
  if (!Number.isInteger(limit) || limit < 1)
    throw badField("limit", `${limit} is no number of items; give 1 to ${limits.most}`);
  return Math.min(limit, limits.most);
}

/** The smallest id that can be made at this time (milliseconds; sub-millisecond digits do not count). */
function firstIdAt(iso: string, field: string): string {
  const time = Date.parse(iso);
  if (Number.isNaN(time)) throw badField(field, `${JSON.stringify(iso)} is no time; write it as 2026-01-31T12:00:00Z`);
  const hex = Math.max(0, Math.floor(time)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}

function checkedCursor(cursor: string): string {
  if (!isId(cursor)) throw badField("cursor", "this is no cursor that a page of runs gave; begin again without one");
  return cursor;
}

/** The place in a run's list of task runs at which a page begins. */
export function taskRunCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (!/^\d{1,15}$/.test(cursor)) {
    throw badField("cursor", "this is no cursor that a page of task runs gave; begin again without one");
  }
  return Number(cursor);
}

function badField(field: string, message: string): MillraceError {
  return new MillraceError("bad-parameters", `${field}: ${message}`, { fields: [{ path: field, message }] });
}
