/** The model of a run as the lines of a tree. Pure: the same model, time and size give the same lines. */
import { formatDuration } from "../../protocol/durations.ts";
import { isTerminal } from "../../protocol/states.ts";
import type { Style } from "../terminal/style.ts";
import { oneLine, padEnd, padStart, textWidth, truncate } from "../terminal/width.ts";
import { glyphOf, progressBar, type ShownState, stateLabel } from "./glyphs.ts";
import { errorHeadline } from "./headline.ts";
import { type Branch, type Bucket, type FlowNode, isBucket, type RunModel, type TaskNode } from "./model.ts";

export interface TreeOptions {
  readonly style: Style;
  readonly width: number;
  /** Milliseconds since the epoch; undefined for a still picture (of a run that has ended). */
  readonly now?: number;
  /** At most this many lines: what has completed folds away first. */
  readonly height?: number;
  /** At least this many cells for names, so that a live tree does not jump. */
  readonly labelWidth?: number;
}

export interface Tree {
  readonly lines: readonly string[];
  readonly labelWidth: number;
}

interface Row {
  readonly indent: string;
  readonly glyph: string;
  readonly label: string;
  readonly time: string;
  readonly detail: string;
}

/** How much is folded away: 0 nothing, 1 completed subflows, 2 what completed altogether. */
type Folding = 0 | 1 | 2;

const smallestDetail = 18;
const timeWidth = 7;

export function treeLines(model: RunModel, options: TreeOptions): Tree {
  const { root } = model;
  if (root === undefined) return { lines: [], labelWidth: 0 };
  const height = options.height ?? Number.POSITIVE_INFINITY;
  let rows: Row[] = [];
  for (const folding of [0, 1, 2] as const) {
    rows = flowRows(model, root, folding, options);
    if (rows.length <= height) break;
  }
  if (rows.length > height) rows = cut(rows, height, options.style);
  return layout(rows, options);
}

function flowRows(model: RunModel, root: FlowNode, folding: Folding, options: TreeOptions): Row[] {
  const { style } = options;
  const rows: Row[] = [
    {
      indent: "",
      glyph: glyphOf(root.state, style, options.now),
      label: `${style.bold(oneLine(root.flowName))} ${style.dim(oneLine(root.name))}`,
      time: timeOf(root, options.now),
      detail: flowDetail(root, options),
    },
  ];
  branchRows(model, root.children, "", folding, options, rows, root);
  return rows;
}

function branchRows(
  model: RunModel,
  branch: Branch,
  indent: string,
  folding: Folding,
  options: TreeOptions,
  rows: Row[],
  flow?: FlowNode,
): void {
  const { style } = options;
  const shown = folding < 2 ? branch.entries : branch.entries.filter((entry) => !isDone(entry));
  const hidden = branch.entries.length - shown.length;
  const items: ((own: string, below: string) => void)[] = [];
  if (hidden > 0) {
    items.push((own) =>
      rows.push({
        indent: own,
        glyph: glyphOf({ type: "COMPLETED", name: "Completed" }, style),
        label: style.dim(`${hidden} completed`),
        time: "",
        detail: "",
      }),
    );
  }
  for (const progress of flow?.progress.values() ?? []) {
    items.push((own) =>
      rows.push({
        indent: own,
        glyph:
          progress.fraction >= 1
            ? glyphOf({ type: "COMPLETED", name: "Completed" }, style)
            : style.unicode
              ? style.cyan("◔")
              : padEnd("", 6),
        label: oneLine(progress.label),
        time: "",
        detail: `${progressBar(progress.fraction, barCells(options.width), style)} ${Math.floor(progress.fraction * 100)}%`,
      }),
    );
  }
  for (const entry of shown) {
    items.push((own, below) => {
      if (isBucket(entry)) bucketRows(model, entry, own, below, folding, options, rows);
      else taskRows(model, entry, own, below, folding, options, rows);
    });
  }
  const [tee, corner, bar, gap] = style.unicode ? ["├─ ", "└─ ", "│  ", "   "] : ["|- ", "`- ", "|  ", "   "];
  for (const [index, item] of items.entries()) {
    const last = index === items.length - 1;
    item(indent + (last ? corner : tee), indent + (last ? gap : bar));
  }
}

function taskRows(
  model: RunModel,
  node: TaskNode,
  own: string,
  below: string,
  folding: Folding,
  options: TreeOptions,
  rows: Row[],
): void {
  const { style } = options;
  const child = node.childFlowRunId === undefined ? undefined : model.flows.get(node.childFlowRunId);
  const name = oneLine(child === undefined ? node.name : child.flowName);
  const done = node.state.type === "COMPLETED";
  const folded = folding >= 1 && done && child !== undefined;
  rows.push({
    indent: own,
    glyph: glyphOf(node.state, style, options.now),
    label: child === undefined ? name : `${name} ${style.dim(oneLine(child.name))}`,
    time: node.kept ? "" : timeOf(node, options.now),
    detail: folded && child !== undefined ? style.dim(`${taskCount(child.children)} tasks`) : taskDetail(node, options),
  });
  if (folded) return;
  branchRows(model, node.children, below, folding, options, rows);
  if (child !== undefined) branchRows(model, child.children, below, folding, options, rows, child);
}

function bucketRows(
  model: RunModel,
  bucket: Bucket,
  own: string,
  below: string,
  folding: Folding,
  options: TreeOptions,
  rows: Row[],
): void {
  const { style } = options;
  const total = Math.max(bucket.size, bucket.members.length);
  const ended = bucket.members.length - bucket.active.size;
  const failed = (bucket.counts.get("FAILED") ?? 0) + (bucket.counts.get("CRASHED") ?? 0);
  const state = bucketState(bucket, total);
  const marks = [
    failed > 0 ? style.red(`${failed} failed`) : "",
    bucket.kept > 0 ? style.dim(`${bucket.kept} kept`) : "",
    bucket.cached > 0 ? style.dim(`${bucket.cached} cached`) : "",
  ].filter((mark) => mark !== "");
  const finished = ended >= total;
  const bar = finished ? "" : `${progressBar(total === 0 ? 0 : ended / total, barCells(options.width), style)} `;
  const counts = finished ? "" : `${ended}/${total}`;
  rows.push({
    indent: own,
    glyph: glyphOf(state, style, options.now),
    label: `${oneLine(bucket.label)} ${style.dim(`${style.unicode ? "×" : "x"}${total}`)}`,
    time: bucketTime(bucket, options.now),
    detail: `${bar}${[counts, ...marks].filter((part) => part !== "").join(style.dim(" · "))}`,
  });
  if (folding === 2 && failed === 0) return;
  const interesting = [...bucket.failed.slice(0, 3), ...firstFew(bucket.active, 3, noteworthy)];
  const [tee, corner, bar_, gap] = style.unicode ? ["├─ ", "└─ ", "│  ", "   "] : ["|- ", "`- ", "|  ", "   "];
  for (const [index, node] of interesting.entries()) {
    const last = index === interesting.length - 1;
    taskRows(model, node, below + (last ? corner : tee), below + (last ? gap : bar_), folding, options, rows);
  }
}

/** Within a collapsed bucket only what tells more than the count: retries, waiting, subflows. */
function noteworthy(node: TaskNode): boolean {
  return (
    node.state.type !== "PENDING" &&
    (node.childFlowRunId !== undefined || node.attempt > 1 || node.state.type !== "RUNNING")
  );
}

function firstFew<T>(items: Iterable<T>, limit: number, wanted: (item: T) => boolean): T[] {
  const result: T[] = [];
  let looked = 0;
  for (const item of items) {
    if (result.length >= limit || looked++ > 200) break;
    if (wanted(item)) result.push(item);
  }
  return result;
}

function bucketState(bucket: Bucket, total: number): ShownState {
  const has = (type: ShownState["type"]) => (bucket.counts.get(type) ?? 0) > 0;
  if (has("RUNNING")) return { type: "RUNNING", name: "Running" };
  if (bucket.active.size > 0)
    return [...firstFew(bucket.active, 1, () => true)][0]?.state ?? { type: "PENDING", name: "Pending" };
  if (has("FAILED")) return { type: "FAILED", name: "Failed" };
  if (has("CRASHED")) return { type: "CRASHED", name: "Crashed" };
  if (has("CANCELLED")) return { type: "CANCELLED", name: "Cancelled" };
  return bucket.members.length < total
    ? { type: "PENDING", name: "Pending" }
    : { type: "COMPLETED", name: "Completed" };
}

function bucketTime(bucket: Bucket, now: number | undefined): string {
  const first = bucket.members[0];
  if (first?.startedAt === undefined || (bucket.kept > 0 && bucket.kept === bucket.members.length)) return "";
  if (bucket.active.size > 0) return now === undefined ? "" : formatDuration(Math.max(0, now - first.startedAt));
  const last = bucket.members.reduce((latest, node) => Math.max(latest, node.endedAt ?? 0), 0);
  return last === 0 ? "" : formatDuration(Math.max(0, last - first.startedAt));
}

function isDone(entry: TaskNode | Bucket): boolean {
  if (!isBucket(entry)) return entry.state.type === "COMPLETED";
  const total = Math.max(entry.size, entry.members.length);
  return (entry.counts.get("COMPLETED") ?? 0) === total;
}

function taskCount(branch: Branch): number {
  return branch.entries.reduce((sum, entry) => sum + (isBucket(entry) ? entry.members.length : 1), 0);
}

function timeOf(node: { startedAt?: number; endedAt?: number; state: ShownState }, now: number | undefined): string {
  if (node.startedAt === undefined) return "";
  const end = node.endedAt ?? now;
  return end === undefined ? "" : formatDuration(Math.max(0, end - node.startedAt));
}

function flowDetail(flow: FlowNode, options: TreeOptions): string {
  const { style } = options;
  const parts: string[] = [];
  if (flow.state.type !== "RUNNING" && flow.state.type !== "COMPLETED") parts.push(stateLabel(flow.state));
  if (flow.runCount > 1) parts.push(`execution ${flow.runCount}`);
  if (!isTerminal(flow.state.type) && flow.message !== undefined) parts.push(oneLine(flow.message));
  return style.dim(parts.join(" · "));
}

function taskDetail(node: TaskNode, options: TreeOptions): string {
  const { style } = options;
  const { state } = node;
  const parts: string[] = [];
  if (node.kept) parts.push(style.dim("kept"));
  else if (state.name === "Cached" || state.name === "Skipped") parts.push(style.dim(state.name.toLowerCase()));
  const attempts = node.retries > 0 ? `${node.attempt}/${node.retries + 1}` : `${node.attempt}`;
  if (state.name === "AwaitingRetry") {
    const due =
      node.dueAt !== undefined && options.now !== undefined
        ? ` in ${formatDuration(Math.max(0, node.dueAt - options.now))}`
        : "";
    parts.push(style.yellow(`attempt ${attempts} failed, again${due}`));
  } else if (node.attempt > 1) parts.push(style.yellow(`attempt ${attempts}`));
  if (state.name === "AwaitingConcurrencySlot") parts.push(style.dim(node.message ?? "waiting for a slot"));
  else if (["Paused", "Suspended", "TimedOut", "Cancelled", "Cancelling", "Crashed"].includes(state.name)) {
    parts.push(stateLabel(state).toLowerCase());
  }
  if (node.error !== undefined && state.type !== "COMPLETED") parts.push(style.red(errorHeadline(node.error)));
  return parts.join(style.dim(" · "));
}

function barCells(width: number): number {
  return width < 60 ? 8 : 16;
}

/** The newest lines tell what goes on; the first says which run this is. */
function cut(rows: readonly Row[], height: number, style: Style): Row[] {
  const first = rows[0];
  if (first === undefined || height < 3) return rows.slice(0, Math.max(0, height));
  const kept = rows.slice(rows.length - (height - 2));
  const note = {
    indent: "",
    glyph: style.unicode ? " " : padEnd("", 6),
    label: style.dim(`… ${rows.length - kept.length - 1} lines more`),
    time: "",
    detail: "",
  };
  return [first, note, ...kept];
}

function layout(rows: readonly Row[], options: TreeOptions): Tree {
  const { style, width } = options;
  const left = (row: Row) => textWidth(row.indent) + textWidth(row.glyph) + 1 + textWidth(row.label);
  const widest = rows.reduce((most, row) => Math.max(most, left(row)), options.labelWidth ?? 0);
  // Names give way before durations; on a narrow terminal the detail is what is cut.
  const labelWidth = Math.max(12, Math.min(widest, width - 2 - timeWidth - (width < 60 ? 0 : smallestDetail)));
  const lines = rows.map((row) => {
    const head = truncate(`${style.dim(row.indent)}${row.glyph} ${row.label}`, labelWidth);
    const room = width - labelWidth - timeWidth - 3;
    // A cut that leaves a letter or two tells nothing.
    const detail = textWidth(row.detail) <= room || room >= 8 ? row.detail : "";
    const line = `${padEnd(head, labelWidth)} ${padStart(style.dim(row.time), timeWidth)}  ${detail}`;
    return truncate(line.trimEnd(), width);
  });
  return { lines, labelWidth };
}
