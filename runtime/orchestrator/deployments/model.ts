/** From what somebody says of a deployment to the whole of it, and what that changes. Pure. */
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { DeploymentCode, DeploymentSchedule, DeploymentSettings } from "../../protocol/deployments.ts";
import type { FieldProblem } from "../../protocol/errors.ts";
import { scheduleProblems } from "../../protocol/schedules.ts";
import type { StoredDeployment } from "./stored.ts";

type ScheduleSettings = NonNullable<DeploymentSettings["schedules"]>[number];

export interface WholeOptions {
  /** The flow as its file says. */
  readonly flow: {
    readonly name: string;
    readonly export: string;
    readonly parameters: StoredDeployment["parameter_openapi_schema"];
  };
  readonly code: DeploymentCode;
  /** The newest version before this one. */
  readonly before: StoredDeployment | undefined;
  readonly now: string;
  readonly newId: () => string;
}

export const scheduleDefaults = {
  slug: null,
  active: true,
  parameters: {},
  start_date: null,
  end_date: null,
  missed: "latest",
  missed_limit: 100,
  overlap: "queue",
} as const satisfies Omit<DeploymentSchedule, "id" | "schedule">;

/** What the settings leave out has its default, but for switches that a person turned: those stay as they are. */
export function wholeDeployment(settings: DeploymentSettings, options: WholeOptions): StoredDeployment {
  const { flow, before, code, now, newId } = options;
  return {
    id: before?.id ?? newId(),
    name: settings.name,
    flow_name: flow.name,
    flow_file: settings.flow_file,
    flow_export: flow.export,
    cwd: settings.cwd ?? path.dirname(settings.flow_file),
    version: (before?.version ?? 0) + 1,
    description: settings.description ?? null,
    tags: settings.tags ?? [],
    parameters: settings.parameters ?? {},
    parameter_openapi_schema: flow.parameters,
    schedules: wholeSchedules(settings.schedules ?? [], before?.schedules ?? [], newId),
    paused: settings.paused ?? before?.paused ?? false,
    work_pool_name: settings.work_pool_name ?? "default",
    work_queue_name: settings.work_queue_name ?? "default",
    infrastructure: settings.infrastructure ?? { type: "process" },
    code,
    concurrency_limit: settings.concurrency_limit ?? null,
    collision_strategy: settings.collision_strategy ?? "ENQUEUE",
    keep_running: settings.keep_running ?? false,
    crash_retries: settings.crash_retries ?? 0,
    declared_in: settings.declared_in ?? null,
    created: before?.created ?? now,
    updated: now,
  };
}

/** A schedule keeps its id, and with it what it has dealt with, while its slug or its times are the same. */
function wholeSchedules(
  wanted: readonly ScheduleSettings[],
  before: readonly DeploymentSchedule[],
  newId: () => string,
): DeploymentSchedule[] {
  const left = [...before];
  const take = (is: (schedule: DeploymentSchedule) => boolean): DeploymentSchedule | undefined => {
    const at = left.findIndex(is);
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  const bySlug = wanted.map(({ slug }) =>
    slug === undefined || slug === null ? undefined : take((other) => other.slug === slug),
  );
  return wanted.map((given, place) => {
    const known =
      bySlug[place] ??
      take((other) => other.slug === (given.slug ?? null) && isDeepStrictEqual(other.schedule, given.schedule));
    const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    return {
      ...scheduleDefaults,
      active: known?.active ?? true,
      ...said,
      schedule: given.schedule,
      id: known?.id ?? newId(),
    };
  });
}

/** What no flow need be asked about: names, times, zones. */
export function settingsProblems(settings: DeploymentSettings): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const { name, schedules = [] } = settings;
  if (name.trim() === "" || /[/\n]/.test(name)) {
    problems.push({ path: "name", message: 'must be a text without "/": a deployment is called flow/name' });
  }
  const slugs = new Set<string>();
  for (const [place, { schedule, slug, start_date, end_date }] of schedules.entries()) {
    const at = `schedules[${place}]`;
    problems.push(...scheduleProblems(schedule, `${at}.schedule`));
    for (const [field, date] of [
      ["start_date", start_date],
      ["end_date", end_date],
    ] as const) {
      if (typeof date === "string" && Number.isNaN(Date.parse(date))) {
        problems.push({ path: `${at}.${field}`, message: `"${date}" is no ISO 8601 time` });
      }
    }
    if (
      typeof start_date === "string" &&
      typeof end_date === "string" &&
      Date.parse(start_date) > Date.parse(end_date)
    ) {
      problems.push({ path: `${at}.end_date`, message: `is before start_date (${start_date})` });
    }
    if (typeof slug !== "string") continue;
    if (slugs.has(slug)) problems.push({ path: `${at}.slug`, message: `"${slug}" names another schedule already` });
    slugs.add(slug);
  }
  return problems;
}
