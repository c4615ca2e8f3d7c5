/**
 * Writing deployments into a millrace.json so that everything somebody else has put there stays: comments, order,
 * formatting. Pure: texts in, texts out.
 */
import { getNodeValue, parseTree } from "jsonc-parser";
import { child, type DeclaredEntry, isObject, type ScheduleSettings } from "./declared.ts";
import { type DeploymentSettings, defaultAnchor } from "./deployments.ts";
import { formatDuration, tryParseDuration } from "./durations.ts";
import { type JsonPath, setJson } from "./edit-json.ts";

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
  const index = indexOf(text, entry);
  if (index === undefined) return addTo(text, "deployments", entry);
  const before = valueAt(text, ["deployments", index]);
  const after = whole || !isObject(before) ? entry : { ...before, ...entry };
  return sync(text, ["deployments", index], before, after);
}

/** The text without this deployment. */
export function removeDeclared(text: string, entry: Pick<DeclaredEntry, "flow" | "name">): string {
  const index = indexOf(text, entry);
  return index === undefined ? text : setJson(text, ["deployments", index], undefined);
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
  const after = addTo(before, "automations", entry);
  const node = child(
    child(parseTree(after, [], { allowTrailingComma: true }), "automations")?.children?.at(-1),
    "name",
  );
  return { text: after, nameAt: { offset: (node?.offset ?? 0) + 1, length: name.length } };
}

/** Behind what the list holds; what stands there instead of a list gives way. */
function addTo(text: string, key: string, entry: DeclaredEntry): string {
  const list: unknown = valueAt(text, [key]);
  return Array.isArray(list) ? setJson(text, [key, list.length], entry) : setJson(text, [key], [entry]);
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

/** Changes only what differs: a comment beside a field that stays is left alone. */
function sync(text: string, path: JsonPath, before: unknown, after: unknown): string {
  if (JSON.stringify(before) === JSON.stringify(after)) return text;
  if (Array.isArray(before) && Array.isArray(after) && [...before, ...after].every(isObject)) {
    let changed = text;
    for (let index = before.length - 1; index >= after.length; index--)
      changed = setJson(changed, [...path, index], undefined);
    for (const [index, value] of after.entries()) {
      changed =
        index < before.length
          ? sync(changed, [...path, index], before[index], value)
          : setJson(changed, [...path, index], value);
    }
    return changed;
  }
  if (!isObject(before) || !isObject(after)) return setJson(text, path, after);
  let changed = text;
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    changed = sync(changed, [...path, key], Reflect.get(before, key), Reflect.get(after, key));
  }
  return changed;
}

function valueAt(text: string, path: JsonPath): unknown {
  let node = parseTree(text, [], { allowTrailingComma: true });
  for (const part of path) node = typeof part === "number" ? node?.children?.[part] : child(node, part);
  return node === undefined ? undefined : getNodeValue(node);
}
