/** Deployments, what they fire, and backfills. */
import type { CreateBackfill, DeploymentSettings, Infrastructure, Schedule } from "../../protocol/deployments.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { isoTime as isoText } from "../../protocol/fold/index.ts";
import { clockNotes, describeSchedule, scheduleProblems, scheduleTimes } from "../../protocol/schedules.ts";
import type { RunNow } from "../deployments/deployments.ts";
import type { Orchestrator } from "../orchestrator.ts";
import { withRealPaths } from "./real-paths.ts";
import { nothing, type Route, route } from "./router.ts";
import {
  type Check,
  flag,
  integer,
  isoTime,
  json,
  list,
  nullable,
  object,
  oneOf,
  optional,
  record,
  text,
} from "./validate.ts";

const has = (value: unknown, key: string): boolean => typeof value === "object" && value !== null && key in value;
const seconds: Check<number> = (value, path) =>
  typeof value === "number" && value > 0 ? [] : [{ path, message: "must be a number of seconds above 0" }];

const cronSchedule = object<Extract<Schedule, { cron: string }>>({ cron: text, timezone: text });
const intervalSchedule = object<Extract<Schedule, { interval: number }>>({
  interval: seconds,
  anchor_date: isoTime,
  timezone: text,
});
const schedule: Check<Schedule> = (value, path) =>
  has(value, "interval") ? intervalSchedule(value, path) : cronSchedule(value, path);

const most = Number.MAX_SAFE_INTEGER;
const scheduleSettings = object<NonNullable<DeploymentSettings["schedules"]>[number]>({
  schedule,
  slug: nullable(text),
  active: optional(flag),
  parameters: optional(record(json)),
  start_date: nullable(text),
  end_date: nullable(text),
  missed: optional(oneOf(["skip", "latest", "all"])),
  missed_limit: optional(integer(1, 1000)),
  overlap: optional(oneOf(["queue", "skip", "cancel", "allow"])),
});

const processInfrastructure = object<Extract<Infrastructure, { type: "process" }>>({
  type: oneOf(["process"]),
  env: optional(record(anyText)),
  working_dir: optional(text),
  memory_limit: optional(integer(1, most)),
});
const dockerInfrastructure = object<Extract<Infrastructure, { type: "docker" }>>({
  type: oneOf(["docker"]),
  image: optional(text),
  image_pull_policy: optional(oneOf(["always", "if-not-present", "never"])),
  network_mode: optional(text),
  volumes: optional(list(text)),
  env: optional(record(anyText)),
  memory_limit: optional(integer(1, most)),
  cpus: optional(seconds),
  auto_remove: optional(flag),
  block: optional(text),
});
const infrastructure: Check<Infrastructure> = (value, path) => {
  const docker = typeof value === "object" && value !== null && Reflect.get(value, "type") === "docker";
  return docker ? dockerInfrastructure(value, path) : processInfrastructure(value, path);
};

function anyText(value: unknown, path: string) {
  return typeof value === "string" ? [] : [{ path, message: "must be a text" }];
}

const gitCode = object<Extract<DeploymentSettings["code"], { git: string }>>({
  git: text,
  reference: optional(text),
  path: optional(text),
  credentials: optional(text),
});
const code: Check<DeploymentSettings["code"]> = (value, path) => {
  if (value === undefined || value === null) return [];
  return typeof value === "object" ? gitCode(value, path) : oneOf(["working-copy", "snapshot"])(value, path);
};

const settings = object<DeploymentSettings & { readonly dry_run?: boolean }>({
  name: text,
  flow_file: text,
  flow_export: text,
  cwd: optional(text),
  description: nullable(text),
  tags: optional(list(text)),
  parameters: optional(record(json)),
  schedules: optional(list(scheduleSettings)),
  paused: optional(flag),
  work_pool_name: optional(text),
  work_queue_name: optional(text),
  infrastructure: optional(infrastructure),
  code,
  concurrency_limit: nullable(integer(1, most)),
  collision_strategy: optional(oneOf(["ENQUEUE", "CANCEL_NEW"])),
  keep_running: optional(flag),
  crash_retries: optional(integer(0, 100)),
  declared_in: nullable(text),
  dry_run: optional(flag),
});

const runBody = object<RunNow>({
  id: optional(text),
  parameters: optional(record(json)),
  scheduled_time: optional(isoTime),
  tags: optional(list(text)),
  idempotency_key: optional(text),
  name: optional(text),
});

const backfillBody = object<CreateBackfill & { readonly dry_run?: boolean }>({
  deployment_id: text,
  start: text,
  end: text,
  schedule_id: optional(text),
  cron: optional(text),
  timezone: optional(text),
  parameters: optional(record(json)),
  partition_parameter: optional(text),
  concurrency: optional(integer(1, 1000)),
  again: optional(flag),
  dry_run: optional(flag),
});

const previewTimes = 10;

export function deploymentRoutes({ deployments }: Orchestrator): readonly Route[] {
  const { backfills } = deployments;
  return [
    route("POST /api/deployments", settings, ({ body: { dry_run = false, ...given } }) =>
      deployments.deploy(given, dry_run),
    ),
    route("GET /api/deployments", nothing, async () => ({ deployments: await deployments.list() })),
    route("GET /api/deployments/:id", nothing, ({ params: { id = "" } }) => deployments.get(id)),
    route("GET /api/deployments/:id/versions", nothing, ({ params: { id = "" } }) => ({
      versions: deployments.versions(id),
    })),
    route("POST /api/deployments/:id/versions/:version/restore", nothing, ({ params: { id = "", version = "" } }) =>
      deployments.goBack(id, Number(version)),
    ),
    route("GET /api/deployments/:id/drift", nothing, async ({ params: { id = "" } }) => ({
      drift: await deployments.drift(id),
    })),
    route("DELETE /api/deployments/:id", nothing, async ({ params: { id = "" } }) => {
      await deployments.remove(id);
      return {};
    }),
    route("POST /api/deployments/:id/pause", nothing, ({ params: { id = "" } }) => deployments.pause(id, true)),
    route("POST /api/deployments/:id/resume", nothing, ({ params: { id = "" } }) => deployments.pause(id, false)),
    route(
      "POST /api/deployments/:id/schedules/:schedule/active",
      object({ active: flag }),
      ({ params: { id = "", schedule: wanted = "" }, body }) => deployments.setActive(id, wanted, body.active),
    ),
    route("POST /api/deployments/:id/create_flow_run", runBody, async ({ params: { id = "" }, body }) => ({
      flow_run_id: await deployments.run(id, body),
    })),
    route(
      "POST /api/upcoming",
      object({ deployment_id: optional(text), under: optional(list(text)), limit: optional(integer(1, 1000)) }),
      ({ body: { under, ...query } }) => {
        const real = under === undefined ? undefined : withRealPaths({ under }).under;
        return { upcoming: deployments.upcoming({ ...query, ...(real === undefined ? {} : { under: real }) }) };
      },
    ),
    route(
      "POST /api/schedules/preview",
      object({
        schedule,
        start_date: optional(isoTime),
        end_date: optional(isoTime),
        count: optional(integer(1, 1000)),
      }),
      ({ body }) => {
        const problems = scheduleProblems(body.schedule, "schedule");
        const [first] = problems;
        if (first !== undefined) {
          throw new MillraceError("bad-parameters", `${first.path}: ${first.message}`, { fields: problems });
        }
        const times: number[] = [];
        const ends = { start_date: body.start_date ?? null, end_date: body.end_date ?? null };
        for (const time of scheduleTimes({ schedule: body.schedule, ...ends }, Date.now())) {
          times.push(time);
          if (times.length === (body.count ?? previewTimes)) break;
        }
        return {
          words: describeSchedule(body.schedule),
          times: times.map(isoText),
          notes: clockNotes(body.schedule, times),
        };
      },
    ),
    route("POST /api/backfills", backfillBody, ({ body: { dry_run = false, ...wanted } }) =>
      backfills.create(wanted, dry_run),
    ),
    route("GET /api/backfills", nothing, async () => ({ backfills: await backfills.list() })),
    route("GET /api/backfills/:id", nothing, ({ params: { id = "" } }) => backfills.get(id)),
    route("POST /api/backfills/:id/cancel", nothing, ({ params: { id = "" } }) => backfills.cancel(id)),
  ];
}
