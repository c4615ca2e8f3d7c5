/** millrace.json: deployments as code, read into what one deploys with. Pure: texts in, objects out. */
import { getNodeValue, type Node, parseTree } from "jsonc-parser";
import { type DeploymentSettings, defaultAnchor } from "./deployments.ts";
import { tryParseDuration } from "./durations.ts";
import type { FieldProblem } from "./errors.ts";
import { didYouMean } from "./near-names.ts";

/** What stands in the file for one deployment. */
export type DeclaredEntry = Readonly<Record<string, unknown>>;

export interface Declared {
  /** Its place in the list. */
  readonly index: number;
  /** As written, relative to the folder of the file. */
  readonly file: string;
  readonly export: string;
  readonly entry: DeclaredEntry;
  /** Where the flow is named in the text, without the quotes. */
  readonly flow_at: { readonly offset: number; readonly length: number };
  /** `cwd` is as it is written: relative to the file's folder. */
  readonly settings: Omit<DeploymentSettings, "flow_file" | "flow_export">;
}

export interface DeclaredProblem extends FieldProblem {
  /** Place in the text, counted from 1. */
  readonly line: number;
  readonly column: number;
}

export interface DeclaredFile {
  readonly deployments: readonly Declared[];
  readonly problems: readonly DeclaredProblem[];
}

export function readDeclared(text: string): DeclaredFile {
  const errors: { error: number; offset: number; length: number }[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [broken] = errors;
  const problems: DeclaredProblem[] = [];
  const report = (offset: number, path: string, message: string): void =>
    void problems.push({ path, message, ...placeOf(text, offset) });
  if (broken !== undefined || root === undefined) {
    report(broken?.offset ?? 0, "", "this is no valid JSON (comments and trailing commas are fine)");
    return { deployments: [], problems };
  }
  const list = child(root, "deployments");
  if (list === undefined) return { deployments: [], problems };
  if (list.type !== "array") {
    report(list.offset, "deployments", "must be a list");
    return { deployments: [], problems };
  }
  const deployments = (list.children ?? []).flatMap((node, index): Declared[] => {
    const path = `deployments[${index}]`;
    const read = readEntry(node, path, report);
    return read === undefined ? [] : [{ index, ...read }];
  });
  const seen = new Set<string>();
  for (const { index, file, export: exported, settings } of deployments) {
    const key = JSON.stringify([file, exported, settings.name]);
    const node = list.children?.[index];
    if (seen.has(key) && node !== undefined) {
      report(node.offset, `deployments[${index}].name`, `"${settings.name}" of this flow stands here twice`);
    }
    seen.add(key);
  }
  return { deployments, problems };
}

export type Report = (offset: number, path: string, message: string) => void;
type Settings = Declared["settings"];
export type ScheduleSettings = NonNullable<DeploymentSettings["schedules"]>[number];

/** The fields of an entry, and those of a schedule in it, as the file spells them. */
interface EntryFields extends Omit<Settings, "schedules" | "work_pool_name" | "work_queue_name" | "declared_in"> {
  readonly flow: string;
  readonly work_pool?: string;
  readonly work_queue?: string;
  readonly schedules?: readonly object[];
}
interface ScheduleFields extends Omit<ScheduleSettings, "schedule"> {
  readonly cron?: string;
  readonly interval?: string | number;
  readonly anchor_date?: string;
  readonly timezone?: string;
}

export type Shape = Readonly<Record<string, { readonly is: (value: unknown) => boolean; readonly must: string }>>;

export const text = { is: (value: unknown) => typeof value === "string", must: "must be a text" };
export const textOrNull = {
  is: (value: unknown) => value === null || typeof value === "string",
  must: "must be a text",
};
export const flag = { is: (value: unknown) => typeof value === "boolean", must: "must be true or false" };
export const object = { is: isObject, must: "must be an object" };
export const from = (least: number) => ({
  is: (value: unknown) => typeof value === "number" && Number.isInteger(value) && value >= least,
  must: `must be a whole number from ${least}`,
});
export const oneOf = (...choices: readonly string[]) => ({
  is: (value: unknown) => typeof value === "string" && choices.includes(value),
  must: `must be one of ${choices.join(", ")}`,
});
export const listOf = (is: (value: unknown) => boolean, must: string) => ({
  is: (value: unknown) => Array.isArray(value) && value.every(is),
  must,
});

/** The schema beside it (schemas/millrace.schema.json) says the same to the editor; a test holds them together. */
export const entryShape: Shape = {
  flow: text,
  name: { is: (value) => typeof value === "string" && value !== "", must: "must be a text" },
  description: textOrNull,
  tags: listOf((value) => typeof value === "string", "must be a list of texts"),
  parameters: object,
  schedules: listOf(isObject, "must be a list of schedules, each with cron or interval"),
  paused: flag,
  work_pool: text,
  work_queue: text,
  infrastructure: object,
  code: {
    is: (value) => value === "working-copy" || value === "snapshot" || (isObject(value) && "git" in value),
    must: 'must be "working-copy", "snapshot" or { "git": … }',
  },
  concurrency_limit: from(1),
  collision_strategy: oneOf("ENQUEUE", "CANCEL_NEW"),
  keep_running: flag,
  crash_retries: from(0),
  cwd: text,
};
export const scheduleShape: Shape = {
  cron: text,
  interval: {
    is: (value) => (typeof value === "string" || typeof value === "number") && tryParseDuration(value) !== undefined,
    must: 'must be a duration such as "15m"',
  },
  anchor_date: text,
  timezone: text,
  parameters: object,
  active: flag,
  slug: textOrNull,
  start_date: textOrNull,
  end_date: textOrNull,
  missed: oneOf("skip", "latest", "all"),
  missed_limit: from(1),
  overlap: oneOf("queue", "skip", "cancel", "allow"),
};

/** Every field is one that there is and of its kind; what is in them the orchestrator and the flow's schema judge. */
export function fits<T>(node: Node, shape: Shape, path: string, report: Report): (value: unknown) => value is T {
  let sound = true;
  for (const property of node.children ?? []) {
    const [key, value] = property.children ?? [];
    const name = String(key?.value);
    const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (field !== undefined && value !== undefined && field.is(getNodeValue(value))) continue;
    sound = false;
    const unknown = `is no field of it.${didYouMean(name, Object.keys(shape))}`;
    report((field === undefined ? key : value)?.offset ?? node.offset, `${path}.${name}`, field?.must ?? unknown);
  }
  return (_value): _value is T => sound;
}

function readEntry(node: Node, path: string, report: Report): Omit<Declared, "index"> | undefined {
  if (node.type !== "object") {
    report(node.offset, path, "must be an object with flow and name");
    return undefined;
  }
  for (const needed of ["flow", "name"]) {
    if (child(node, needed) === undefined) report(node.offset, `${path}.${needed}`, "is missing");
  }
  const isSound = fits<EntryFields>(node, entryShape, path, report);
  const entry: DeclaredEntry = plainValue(node);
  const { flow, name } = entry;
  const reference = typeof flow === "string" ? splitFlow(flow) : undefined;
  if (reference === undefined && typeof flow === "string") {
    const at = child(node, "flow") ?? node;
    report(at.offset, `${path}.flow`, 'must name file and export of the flow, as in "flows/etl.ts:etlParent"');
  }
  const schedules = (child(node, "schedules")?.children ?? []).map((each, place) =>
    readSchedule(each, `${path}.schedules[${place}]`, report),
  );
  if (!isSound(entry) || reference === undefined || typeof name !== "string" || schedules.includes(undefined)) {
    return undefined;
  }
  const { flow: _flow, work_pool, work_queue, schedules: _schedules, ...rest } = entry;
  const settings = {
    ...rest,
    name,
    schedules: schedules.filter((one) => one !== undefined),
    ...(work_pool === undefined ? {} : { work_pool_name: work_pool }),
    ...(work_queue === undefined ? {} : { work_queue_name: work_queue }),
  };
  const { offset, length } = child(node, "flow") ?? node;
  return { ...reference, entry: { ...entry }, flow_at: { offset: offset + 1, length: length - 2 }, settings };
}

function readSchedule(node: Node, path: string, report: Report): ScheduleSettings | undefined {
  const isSound = fits<ScheduleFields>(node, scheduleShape, path, report);
  const value: unknown = plainValue(node);
  if (!isSound(value)) return undefined;
  const { cron, interval, timezone = "UTC", anchor_date = defaultAnchor, ...rest } = value;
  if ((cron === undefined) === (interval === undefined)) {
    report(node.offset, path, "must have either cron or interval");
    return undefined;
  }
  if (cron !== undefined) return { ...rest, schedule: { cron, timezone } };
  const every = tryParseDuration(interval ?? "") ?? 0;
  return { ...rest, schedule: { interval: every / 1000, anchor_date, timezone } };
}

export function child(node: Node | undefined, key: string): Node | undefined {
  if (node?.type !== "object") return undefined;
  return node.children?.find((property) => property.children?.[0]?.value === key)?.children?.[1];
}

/** jsonc-parser makes objects without a prototype, which are equal to no others. */
function plainValue(node: Node) {
  return JSON.parse(JSON.stringify(getNodeValue(node)));
}

/** "flows/etl.ts:etlParent" → file and export. A drive letter is no flow. */
export function splitFlow(text: string): { readonly file: string; readonly export: string } | undefined {
  const at = text.lastIndexOf(":");
  const exported = text.slice(at + 1);
  return at < 2 || exported === "" ? undefined : { file: text.slice(0, at), export: exported };
}

export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
