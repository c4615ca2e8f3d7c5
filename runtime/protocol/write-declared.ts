/**
 * Writing deployments into a millrace.json so that everything somebody else has put there stays: comments, order,
 * formatting. Pure: texts in, texts out.
 */
import { applyEdits, type FormattingOptions, getNodeValue, modify, parseTree } from "jsonc-parser";
import { child, type DeclaredEntry, isObject, type ScheduleSettings } from "./declared.ts";
import { type DeploymentSettings, defaultAnchor } from "./deployments.ts";
import { formatDuration, tryParseDuration } from "./durations.ts";

/** The other way round: what stands in a file for these settings. Left out is left out. */
export function entryOf(flow: string, settings: Omit<DeploymentSettings, "flow_file" | "flow_export">): DeclaredEntry {
  const { work_pool_name, work_queue_name, schedules, declared_in: _declared, cwd: _cwd, ...rest } = settings;
  return {
    flow,
    ...rest,
    ...(work_pool_name === undefined ? {} : { work_pool: work_pool_name }),
    ...(work_queue_name === undefined ? {} : { work_queue: work_queue_name }),
    ...(schedules === undefined ? {} : { schedules: schedules.map(scheduleEntry) }),
  };
}

function scheduleEntry({ schedule, ...rest }: ScheduleSettings): DeclaredEntry {
  if ("cron" in schedule) return { ...schedule, ...rest };
  const { interval, anchor_date, timezone } = schedule;
  const text = formatDuration(interval * 1000).replace(/\.0s$/, "s");
  // Only what reads back as the same: "90s" is written as milliseconds rather than rounded to "1m 30s".
  const every = tryParseDuration(text) === interval * 1000 ? text : interval * 1000;
  return {
    interval: every,
    ...(anchor_date === defaultAnchor ? {} : { anchor_date }),
    ...(timezone === "UTC" ? {} : { timezone }),
    ...rest,
  };
}

export interface WriteOptions {
  /** Fields that the entry does not name are removed; otherwise they stay. */
  readonly whole?: boolean;
}

/** The text with this deployment in it: changed where it stood, else added. `undefined` for a file that is not there yet. */
export function writeDeclared(
  text: string | undefined,
  entry: DeclaredEntry,
  { whole = false }: WriteOptions = {},
): string {
  if (text === undefined || text.trim() === "") return `${JSON.stringify({ deployments: [entry] }, undefined, 2)}\n`;
  const formattingOptions = formattingOf(text);
  const index = indexOf(text, entry);
  if (index === undefined) {
    const count = (child(parseTree(text, [], { allowTrailingComma: true }), "deployments")?.children ?? []).length;
    return set(
      text,
      count === 0 ? ["deployments"] : ["deployments", count],
      count === 0 ? [entry] : entry,
      formattingOptions,
      true,
    );
  }
  const before = valueAt(text, ["deployments", index]);
  const after = whole || !isObject(before) ? entry : { ...before, ...entry };
  return sync(text, ["deployments", index], before, after, formattingOptions);
}

/** The text without this deployment. */
export function removeDeclared(text: string, entry: Pick<DeclaredEntry, "flow" | "name">): string {
  const index = indexOf(text, entry);
  return index === undefined ? text : set(text, ["deployments", index], undefined, formattingOf(text));
}

export interface AddedAutomation {
  readonly text: string;
  /** The name's place in the text, without its quotes. */
  readonly nameAt: { readonly offset: number; readonly length: number };
}

/** The text with one automation more, under a name that no other has. */
export function addAutomation(text: string | undefined, rest: DeclaredEntry, wanted: string): AddedAutomation {
  const before = text === undefined || text.trim() === "" ? "{}\n" : text;
  const list: unknown = valueAt(before, ["automations"]);
  const others: readonly unknown[] = Array.isArray(list) ? list : [];
  const taken = others.map((one) => (isObject(one) ? Reflect.get(one, "name") : undefined));
  let name = wanted;
  for (let count = 2; taken.includes(name); count++) name = `${wanted} ${count}`;
  const entry = { name, ...rest };
  const [path, value] = others.length === 0 ? [["automations"], [entry]] : [["automations", others.length], entry];
  const after = set(before, path, value, formattingOf(before), others.length > 0);
  const node = child(
    child(parseTree(after, [], { allowTrailingComma: true }), "automations")?.children?.at(-1),
    "name",
  );
  return { text: after, nameAt: { offset: (node?.offset ?? 0) + 1, length: name.length } };
}

/** Where a deployment of this flow and name stands. */
function indexOf(text: string, { flow, name }: DeclaredEntry): number | undefined {
  const list: unknown = valueAt(text, ["deployments"]);
  if (!Array.isArray(list)) return undefined;
  const at = list.findIndex(
    (one: unknown) => isObject(one) && same(Reflect.get(one, "flow"), flow) && Reflect.get(one, "name") === name,
  );
  return at < 0 ? undefined : at;
}

function same(left: unknown, right: unknown): boolean {
  const plain = (text: unknown) => String(text).replaceAll("\\", "/").replace(/^\.\//, "");
  return plain(left) === plain(right);
}

type Path = (string | number)[];

/** Changes only what differs: a comment beside a field that stays is left alone. */
function sync(text: string, path: Path, before: unknown, after: unknown, format: FormattingOptions): string {
  if (JSON.stringify(before) === JSON.stringify(after)) return text;
  if (Array.isArray(before) && Array.isArray(after) && [...before, ...after].every(isObject)) {
    let changed = text;
    for (let index = before.length - 1; index >= after.length; index--)
      changed = set(changed, [...path, index], undefined, format);
    for (const [index, value] of after.entries()) {
      changed =
        index < before.length
          ? sync(changed, [...path, index], before[index], value, format)
          : set(changed, [...path, index], value, format, true);
    }
    return changed;
  }
  if (!isObject(before) || !isObject(after)) return set(text, path, after, format);
  let changed = text;
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    changed = sync(changed, [...path, key], Reflect.get(before, key), Reflect.get(after, key), format);
  }
  return changed;
}

function set(text: string, path: Path, value: unknown, formattingOptions: FormattingOptions, insert = false): string {
  return applyEdits(
    text,
    modify(text, path, value, {
      formattingOptions,
      ...(insert ? { isArrayInsertion: typeof path.at(-1) === "number" } : {}),
    }),
  );
}

function formattingOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ";
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  return { insertSpaces: !indent.startsWith("\t"), tabSize: indent.startsWith("\t") ? 4 : indent.length, eol };
}

function valueAt(text: string, path: Path): unknown {
  let node = parseTree(text, [], { allowTrailingComma: true });
  for (const part of path) node = typeof part === "number" ? node?.children?.[part] : child(node, part);
  return node === undefined ? undefined : getNodeValue(node);
}
