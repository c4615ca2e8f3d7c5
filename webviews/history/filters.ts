/** What the history page shows of all runs: as the user chose it, as it is kept through a reload, as the API takes it. */
import type { FlowRunFilter } from "../../runtime/protocol/api.ts";
import type { HistoryFilter } from "../../runtime/protocol/pages.ts";
import type { StateType } from "../../runtime/protocol/states.ts";

/** States that people tell apart when they look for a run; each stands for some types. */
export const stateGroups = [
  { key: "completed", label: "Completed", types: ["COMPLETED"] },
  { key: "failed", label: "Failed", types: ["FAILED"] },
  { key: "crashed", label: "Crashed", types: ["CRASHED"] },
  { key: "running", label: "Running", types: ["RUNNING", "PENDING", "CANCELLING"] },
  { key: "paused", label: "Paused", types: ["PAUSED"] },
  { key: "scheduled", label: "Scheduled", types: ["SCHEDULED"] },
  { key: "cancelled", label: "Cancelled", types: ["CANCELLED"] },
] as const satisfies readonly { key: string; label: string; types: readonly StateType[] }[];
export type StateGroup = (typeof stateGroups)[number]["key"];

export const timeRanges = [
  { key: "hour", label: "Last hour", milliseconds: 3_600_000 },
  { key: "day", label: "Last 24 hours", milliseconds: 86_400_000 },
  { key: "week", label: "Last 7 days", milliseconds: 7 * 86_400_000 },
  { key: "month", label: "Last 30 days", milliseconds: 30 * 86_400_000 },
  { key: "all", label: "All time", milliseconds: null },
] as const;
export type TimeRange = (typeof timeRanges)[number]["key"];

/** A stretch of time in milliseconds since the epoch: chosen in the chart, within the range. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface ChosenFlow {
  readonly file?: string;
  readonly export?: string;
  readonly name?: string;
}

export interface Choice {
  readonly text: string;
  /** None means every state. */
  readonly states: readonly StateGroup[];
  readonly flow: ChosenFlow | null;
  readonly range: TimeRange;
  readonly span: Span | null;
  /** Runs of all folders, not only of this workspace. */
  readonly everywhere: boolean;
  /** Only the runs of this backfill, wherever they ran. */
  readonly backfill: string | null;
}

export function firstChoice(filter: HistoryFilter): Choice {
  const flow = {
    ...(filter.flow_file === undefined ? {} : { file: filter.flow_file }),
    ...(filter.flow_export === undefined ? {} : { export: filter.flow_export }),
    ...(filter.flow_name === undefined ? {} : { name: filter.flow_name }),
  };
  const chosen = Object.keys(flow).length > 0;
  const backfill = filter.backfill_id ?? null;
  return { text: "", states: [], flow: chosen ? flow : null, range: "all", span: null, everywhere: false, backfill };
}

/** What was kept, as far as it still makes sense. */
export function readChoice(kept: unknown, first: Choice): Choice {
  if (typeof kept !== "object" || kept === null) return first;
  const { text, states, flow, range, span, everywhere, backfill } = kept as Partial<Record<keyof Choice, unknown>>;
  return {
    text: typeof text === "string" ? text : first.text,
    states: Array.isArray(states) ? stateGroups.map(({ key }) => key).filter((key) => states.includes(key)) : [],
    flow: flow === null ? null : (readFlow(flow) ?? first.flow),
    range: timeRanges.find(({ key }) => key === range)?.key ?? first.range,
    span: readSpan(span),
    everywhere: everywhere === true,
    backfill: typeof backfill === "string" || backfill === null ? backfill : first.backfill,
  };
}

function readFlow(kept: unknown): ChosenFlow | null {
  if (typeof kept !== "object" || kept === null) return null;
  const flow: Record<string, string> = {};
  for (const key of ["file", "export", "name"]) {
    const value: unknown = Reflect.get(kept, key);
    if (typeof value === "string") flow[key] = value;
  }
  return Object.keys(flow).length > 0 ? flow : null;
}

function readSpan(kept: unknown): Span | null {
  if (typeof kept !== "object" || kept === null) return null;
  const from: unknown = Reflect.get(kept, "from");
  const to: unknown = Reflect.get(kept, "to");
  return typeof from === "number" && typeof to === "number" && from < to ? { from, to } : null;
}

export interface Asked {
  /** For the chart: every state, and the whole range. */
  readonly around: FlowRunFilter;
  /** For the list. */
  readonly list: FlowRunFilter;
}

/** `folders` are those of the workspace; without any there is nothing to keep to. */
export function askFor(choice: Choice, folders: readonly string[], now: number): Asked {
  const { flow } = choice;
  const text = choice.text.trim();
  const range = timeRanges.find(({ key }) => key === choice.range)?.milliseconds ?? null;
  const common: FlowRunFilter = {
    ...(flow?.file === undefined ? {} : { flow_file: flow.file }),
    ...(flow?.export === undefined ? {} : { flow_export: flow.export }),
    // The name is a label: with file and export it would hide the runs of before it was changed.
    ...(flow?.name === undefined || flow.file !== undefined ? {} : { flow_name: flow.name }),
    ...(choice.everywhere || folders.length === 0 || flow?.file !== undefined || choice.backfill !== null
      ? {}
      : { under: folders }),
    ...(choice.backfill === null ? {} : { backfill_id: choice.backfill }),
    ...(text === "" ? {} : { text }),
  };
  const around = { ...common, ...(range === null ? {} : { after: new Date(now - range).toISOString() }) };
  const types = stateGroups.filter(({ key }) => choice.states.includes(key)).flatMap((group) => group.types);
  const list = {
    ...around,
    ...(types.length === 0 ? {} : { state_types: types }),
    ...(choice.span === null
      ? {}
      : { after: new Date(choice.span.from).toISOString(), before: new Date(choice.span.to).toISOString() }),
  };
  return { around, list };
}

/** Whether "nothing matches" may be the fault of a filter; which folder is shown is none. */
export function isFiltered(choice: Choice): boolean {
  return (
    choice.text.trim() !== "" ||
    choice.states.length > 0 ||
    choice.flow !== null ||
    choice.range !== "all" ||
    choice.span !== null ||
    choice.backfill !== null
  );
}

export function withoutFilters(choice: Choice): Choice {
  return { ...choice, text: "", states: [], flow: null, range: "all", span: null, backfill: null };
}

export function toggleState(choice: Choice, group: StateGroup): Choice {
  const states = choice.states.includes(group)
    ? choice.states.filter((key) => key !== group)
    : [...choice.states, group];
  return { ...choice, states };
}

export function countOf(group: StateGroup, counts: Readonly<Partial<Record<StateType, number>>>): number {
  const types: readonly StateType[] = stateGroups.find(({ key }) => key === group)?.types ?? [];
  return types.reduce((sum, type) => sum + (counts[type] ?? 0), 0);
}
