/** A deployment as it stands in the fields of its page, and the settings that it stands for. Pure. */
import type { DeployDraft } from "../../runtime/protocol/deploy-page.ts";
import {
  defaultAnchor,
  type Infrastructure,
  type MissedPolicy,
  type OverlapPolicy,
  type Schedule,
} from "../../runtime/protocol/deployments.ts";
import { formatDuration, tryParseDuration } from "../../runtime/protocol/durations.ts";
import type { FieldProblem } from "../../runtime/protocol/errors.ts";
import { isObject } from "../form/schema.ts";
import type { Values } from "../form/values.ts";

export type ScheduleKind = "cron" | "interval";
export type CodeKind = "auto" | "working-copy" | "snapshot" | "git";

export interface ScheduleDraft {
  /** Tells the cards of a page apart. */
  readonly key: string;
  /** Its place among those that the page began with; null for a new one. */
  readonly from: number | null;
  readonly kind: ScheduleKind;
  readonly cron: string;
  readonly every: string;
  readonly anchor: string;
  readonly timezone: string;
  readonly active: boolean;
  readonly slug: string;
  /** A JSON object, as it is typed. */
  readonly parameters: string;
  readonly start: string;
  readonly end: string;
  readonly missed: MissedPolicy;
  readonly missedLimit: string;
  readonly overlap: OverlapPolicy;
}

export interface Draft {
  readonly name: string;
  readonly description: string;
  readonly tags: string;
  readonly schedules: readonly ScheduleDraft[];
  readonly keepRunning: boolean;
  readonly pool: string;
  readonly queue: string;
  readonly infrastructure: Infrastructure["type"];
  readonly code: CodeKind;
  readonly git: string;
  readonly reference: string;
  readonly path: string;
  readonly credentials: string;
  readonly limit: string;
  readonly collision: "ENQUEUE" | "CANCEL_NEW";
  readonly crashRetries: string;
  /** It is written to the millrace.json. */
  readonly declare: boolean;
}

export function emptyDraft(name: string): Draft {
  return {
    ...{ name, description: "", tags: "", schedules: [], keepRunning: false, pool: "default", queue: "default" },
    ...{ infrastructure: "process", code: "auto", git: "", reference: "", path: "", credentials: "", limit: "" },
    ...{ collision: "ENQUEUE", crashRetries: "0", declare: true },
  };
}

let lastKey = 0;
const newKey = (): string => `schedule-${++lastKey}`;

export function newSchedule(kind: ScheduleKind, timezone: string): ScheduleDraft {
  return {
    ...{ key: newKey(), from: null, kind, cron: "0 5 * * *", every: "1h", anchor: defaultAnchor, timezone },
    ...{ active: true, slug: "", parameters: "", start: "", end: "" },
    ...{ missed: "latest", missedLimit: "100", overlap: "queue" },
  };
}

/** @param declare whether a file declares it */
export function draftFrom(settings: DeployDraft, declare: boolean): Draft {
  const { code, infrastructure, schedules = [] } = settings;
  const git = typeof code === "object" ? code : undefined;
  return {
    ...emptyDraft(settings.name),
    description: settings.description ?? "",
    tags: (settings.tags ?? []).join(", "),
    schedules: schedules.map(scheduleFrom),
    keepRunning: settings.keep_running ?? false,
    pool: settings.work_pool_name ?? "default",
    queue: settings.work_queue_name ?? "default",
    infrastructure: infrastructure?.type ?? "process",
    code: git === undefined ? (typeof code === "string" ? code : "auto") : "git",
    git: git?.git ?? "",
    reference: git?.reference ?? "",
    path: git?.path ?? "",
    credentials: git?.credentials ?? "",
    limit: settings.concurrency_limit == null ? "" : String(settings.concurrency_limit),
    collision: settings.collision_strategy ?? "ENQUEUE",
    crashRetries: String(settings.crash_retries ?? 0),
    declare,
  };
}

function scheduleFrom(given: NonNullable<DeployDraft["schedules"]>[number], from: number): ScheduleDraft {
  const { schedule, parameters = {} } = given;
  const isCron = "cron" in schedule;
  return {
    ...newSchedule(isCron ? "cron" : "interval", schedule.timezone),
    from,
    ...(isCron ? { cron: schedule.cron } : { every: everyText(schedule.interval), anchor: schedule.anchor_date }),
    active: given.active ?? true,
    slug: given.slug ?? "",
    parameters: Object.keys(parameters).length === 0 ? "" : JSON.stringify(parameters, null, 2),
    start: given.start_date ?? "",
    end: given.end_date ?? "",
    missed: given.missed ?? "latest",
    missedLimit: String(given.missed_limit ?? 100),
    overlap: given.overlap ?? "queue",
  };
}

/** As it is read again: a text that would be rounded is written in seconds. */
function everyText(seconds: number): string {
  const text = formatDuration(seconds * 1000).replace(/\.0s$/, "s");
  return tryParseDuration(text) === seconds * 1000 ? text : `${seconds}s`;
}

/** The schedule of a card; undefined while its interval is none. */
export function scheduleOf({ kind, cron, every, anchor, timezone }: ScheduleDraft): Schedule | undefined {
  if (kind === "cron") return { cron: cron.trim(), timezone };
  const span = tryParseDuration(every);
  return span === undefined || span === 0 ? undefined : { interval: span / 1000, anchor_date: anchor, timezone };
}

export interface DraftSettings {
  readonly settings: DeployDraft;
  /** What cannot be sent at all; the rest the service judges. */
  readonly problems: readonly FieldProblem[];
}

/**
 * What is as if it had been left out is left out, unless the page began with it written down: so a file does not fill
 * with defaults, and does not lose what somebody has put there.
 */
export function settingsOf(
  draft: Draft,
  parameters: Values,
  infrastructure: Values,
  base: DeployDraft | null,
): DraftSettings {
  const problems: FieldProblem[] = [];
  const wanted = (key: keyof DeployDraft, value: unknown, usual: unknown) =>
    JSON.stringify(value) !== JSON.stringify(usual) || (base !== null && Object.hasOwn(base, key))
      ? { [key]: value }
      : {};
  const count = (path: string, text: string, least: number): number | undefined => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isInteger(value) && value >= least) return value;
    problems.push({ path, message: `must be a whole number from ${least}` });
    return undefined;
  };
  const tags = draft.tags.split(",").flatMap((tag) => tag.trim() || []);
  const description = draft.description.trim() === "" ? null : draft.description;
  const limit = draft.limit.trim() === "" ? null : (count("concurrency_limit", draft.limit, 1) ?? null);
  const schedules = draft.schedules.map((schedule, place) => scheduleSettings(schedule, place, base, problems));
  const { pool, queue, collision, crashRetries, keepRunning, name } = draft;
  const settings: DeployDraft = {
    name: name.trim(),
    ...(base?.paused === undefined ? {} : { paused: base.paused }),
    ...wanted("description", description, null),
    ...wanted("tags", tags, []),
    ...wanted("parameters", parameters, {}),
    ...wanted(
      "schedules",
      schedules.filter((one) => one !== undefined),
      [],
    ),
    ...wanted("work_pool_name", pool, "default"),
    ...wanted("work_queue_name", queue, "default"),
    ...wanted("infrastructure", { type: draft.infrastructure, ...infrastructure }, { type: "process" }),
    ...codeSettings(draft, problems),
    ...wanted("concurrency_limit", limit, null),
    ...wanted("collision_strategy", collision, "ENQUEUE"),
    ...wanted("keep_running", keepRunning, false),
    ...wanted("crash_retries", count("crash_retries", crashRetries, 0) ?? 0, 0),
  };
  if (settings.name === "") problems.push({ path: "name", message: "is needed: it is how the deployment is called" });
  return { settings, problems };
}

function codeSettings(draft: Draft, problems: FieldProblem[]): Pick<DeployDraft, "code"> {
  const { code, git, reference, path, credentials } = draft;
  if (code === "auto") return {};
  if (code !== "git") return { code };
  if (git.trim() === "") problems.push({ path: "code.git", message: "is needed: an address, or the path of a folder" });
  const texts = Object.entries({ reference, path, credentials }).filter(([, text]) => text.trim() !== "");
  return { code: { git: git.trim(), ...Object.fromEntries(texts) } };
}

type ScheduleSettings = NonNullable<DeployDraft["schedules"]>[number];

function scheduleSettings(
  draft: ScheduleDraft,
  place: number,
  base: DeployDraft | null,
  problems: FieldProblem[],
): ScheduleSettings | undefined {
  const at = `schedules[${place}]`;
  const before = draft.from === null ? undefined : base?.schedules?.[draft.from];
  const wanted = (key: keyof ScheduleSettings, value: unknown, usual: unknown) =>
    JSON.stringify(value) !== JSON.stringify(usual) || (before !== undefined && Object.hasOwn(before, key))
      ? { [key]: value }
      : {};
  const schedule = scheduleOf(draft);
  if (schedule === undefined) {
    const message = `"${draft.every}" is no duration: write "10s", "15m", "2h" or "1d"`;
    problems.push({ path: `${at}.schedule.interval`, message });
    return undefined;
  }
  const parameters = readParameters(draft.parameters);
  if (typeof parameters === "string") {
    problems.push({ path: `${at}.parameters`, message: parameters });
    return undefined;
  }
  const limit = Number(draft.missedLimit);
  if (!Number.isInteger(limit) || limit < 1) {
    problems.push({ path: `${at}.missed_limit`, message: "must be a whole number from 1" });
    return undefined;
  }
  const date = (text: string) => (text.trim() === "" ? null : text.trim());
  return {
    schedule,
    ...wanted("slug", date(draft.slug), null),
    ...wanted("active", draft.active, true),
    ...wanted("parameters", parameters, {}),
    ...wanted("start_date", date(draft.start), null),
    ...wanted("end_date", date(draft.end), null),
    ...wanted("missed", draft.missed, "latest"),
    ...wanted("missed_limit", limit, 100),
    ...wanted("overlap", draft.overlap, "queue"),
  };
}

/** An object, or why the text is none. */
function readParameters(text: string): Values | string {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : "must be an object: write { … }";
  } catch (thrown) {
    return `is no JSON yet: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

/** What a page has kept of a draft through a reload; undefined when it is none. */
export function readDraft(kept: unknown): Draft | undefined {
  if (!isObject(kept) || typeof kept["name"] !== "string" || !Array.isArray(kept["schedules"])) return undefined;
  const empty = emptyDraft(kept["name"]);
  const isSound = Object.entries(empty).every(([key, value]) => typeof kept[key] === typeof value);
  if (!isSound) return undefined;
  const schedule = newSchedule("cron", "UTC");
  const schedules = kept["schedules"].filter(
    (one: unknown): one is ScheduleDraft =>
      isObject(one) &&
      Object.entries(schedule).every(([key, value]) => key === "from" || typeof one[key] === typeof value),
  );
  return { ...empty, ...kept, schedules: schedules.map((one) => ({ ...one, key: newKey() })) };
}
