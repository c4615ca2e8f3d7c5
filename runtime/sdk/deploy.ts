import { deployFlow } from "../engine/deploy.ts";
import {
  type DeploymentSettings,
  defaultAnchor,
  type MissedPolicy,
  type OverlapPolicy,
} from "../protocol/deployments.ts";
import { type Duration, parseDuration } from "../protocol/durations.ts";
import type { Flow } from "./flow.ts";
import { flowOf } from "./marks.ts";

/** When a deployed flow runs by itself: made by `cron` and `interval`. */
export type FlowSchedule = NonNullable<DeploymentSettings["schedules"]>[number];

export interface ScheduleOptions {
  /** IANA name; "UTC" when left out. */
  readonly timezone?: string;
  /** Names the schedule within its deployment: under the same name it may change and is still the same. */
  readonly slug?: string;
  /** false: it is kept but does not fire. */
  readonly active?: boolean;
  /** Over those of the deployment. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** It fires at no time before, and at none after. */
  readonly start?: Date | string;
  readonly end?: Date | string;
  /** What becomes of times that passed while nobody could start a run; "latest" when left out. */
  readonly missed?: MissedPolicy;
  /** At most so many, the newest, for "all"; 100 when left out. */
  readonly missedLimit?: number;
  /** What a run does that is due while an earlier one goes on; "queue" when left out. */
  readonly overlap?: OverlapPolicy;
}

/**
 * A schedule by a cron text: minute, hour, day of month, month, day of week, or an alias such as "@daily".
 *
 * @example cron("0 5 1 * *", { timezone: "Europe/Berlin" })
 */
export function cron(text: string, options: ScheduleOptions = {}): FlowSchedule {
  return { ...common(options), schedule: { cron: text, timezone: options.timezone ?? "UTC" } };
}

/**
 * A schedule by elapsed time, counted from the anchor: "1h" is every full hour.
 *
 * @example interval("15m", { anchor: "2026-01-01T00:05:00Z" })
 * @throws TypeError for a text that is no duration.
 */
export function interval(
  every: Duration,
  options: ScheduleOptions & { readonly anchor?: Date | string } = {},
): FlowSchedule {
  const { anchor = defaultAnchor, timezone = "UTC" } = options;
  return {
    ...common(options),
    schedule: { interval: parseDuration(every, "interval") / 1000, anchor_date: isoText(anchor), timezone },
  };
}

function common({ slug, active, parameters, start, end, missed, missedLimit, overlap }: ScheduleOptions) {
  return {
    ...(slug === undefined ? {} : { slug }),
    ...(active === undefined ? {} : { active }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(start === undefined ? {} : { start_date: isoText(start) }),
    ...(end === undefined ? {} : { end_date: isoText(end) }),
    ...(missed === undefined ? {} : { missed }),
    ...(missedLimit === undefined ? {} : { missed_limit: missedLimit }),
    ...(overlap === undefined ? {} : { overlap }),
  };
}

function isoText(time: Date | string): string {
  return typeof time === "string" ? time : time.toISOString();
}

export interface DeployOptions<Input> {
  /** One of its kind for the flow: the deployment is called flow/name. */
  readonly name: string;
  readonly schedule?: FlowSchedule;
  readonly schedules?: readonly FlowSchedule[];
  readonly parameters?: Partial<Input>;
  readonly description?: string;
  readonly tags?: readonly string[];
  /** Its schedules do not fire until it is resumed. */
  readonly paused?: boolean;
  readonly workPool?: string;
  readonly workQueue?: string;
  readonly infrastructure?: InfrastructureOptions;
  /** What its runs load; a snapshot of the code as it is now when there is a schedule, else the working copy. */
  readonly code?: DeploymentSettings["code"];
  /** Runs at the same time. */
  readonly concurrencyLimit?: number;
  /** What a run does that finds the limit reached: wait, or be cancelled. */
  readonly collisionStrategy?: "ENQUEUE" | "CANCEL_NEW";
  /** Its schedules fire also when no editor is open. */
  readonly keepRunning?: boolean;
  /** How often a run that crashed is started again by itself. */
  readonly crashRetries?: number;
  /** Folder that its runs begin in; the present one when left out. */
  readonly cwd?: string;
}

export type InfrastructureOptions =
  | {
      readonly type: "process";
      readonly env?: Readonly<Record<string, string>>;
      readonly workingDir?: string;
      /** Mebibytes. */
      readonly memoryLimit?: number;
    }
  | {
      readonly type: "docker";
      /** That of the block, else of the work pool, when left out. */
      readonly image?: string;
      readonly imagePullPolicy?: "always" | "if-not-present" | "never";
      readonly networkMode?: string;
      readonly volumes?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      /** Mebibytes. */
      readonly memoryLimit?: number;
      readonly cpus?: number;
      readonly autoRemove?: boolean;
      /** A DockerContainer block that gives what is left out here, "docker-container/name". */
      readonly block?: string;
    };

export interface DeployedFlow {
  readonly id: string;
  /** "flow/name" */
  readonly name: string;
  readonly version: number;
  /** When its schedules fire next. */
  readonly nextRun: Date | undefined;
}

/**
 * Deploys a flow: from then on it runs by its schedules, and by hand with the parameters given. Called again it makes a
 * new version where something has changed. Needs the orchestrator, which is started when none is up.
 *
 * A module that deploys at its top may also be run: while Millrace itself loads it, `deploy` does nothing and resolves
 * with undefined.
 *
 * @throws MillraceError "bad-parameters" with `fields` for what the flow's schema or a schedule refuses.
 * @example
 * await deploy(etlParent, { name: "monthly", schedule: cron("0 5 1 * *", { timezone: "Europe/Berlin" }), parameters: { color: "yellow" } });
 */
export async function deploy<Input, Result>(
  flow: Flow<Input, Result>,
  options: DeployOptions<Input>,
): Promise<DeployedFlow | undefined> {
  const definition = flowOf(flow);
  if (definition === undefined) throw new TypeError("deploy: the first argument must be a flow, made with flow({ … })");
  const schedules = [...(options.schedule === undefined ? [] : [options.schedule]), ...(options.schedules ?? [])];
  const deployed = await deployFlow(definition, settingsOf(options, schedules));
  if (deployed === undefined) return undefined;
  const { id, version, next_run, flow_name, name } = deployed;
  return { id, version, name: `${flow_name}/${name}`, nextRun: next_run === null ? undefined : new Date(next_run) };
}

function settingsOf<Input>(
  options: DeployOptions<Input>,
  schedules: readonly FlowSchedule[],
): Omit<DeploymentSettings, "flow_file" | "flow_export"> {
  const { name, description, tags, paused, workPool, workQueue, code, cwd, infrastructure, parameters } = options;
  const { concurrencyLimit, collisionStrategy, keepRunning, crashRetries } = options;
  return {
    name,
    schedules,
    parameters: { ...parameters },
    ...(description === undefined ? {} : { description }),
    ...(tags === undefined ? {} : { tags }),
    ...(paused === undefined ? {} : { paused }),
    ...(workPool === undefined ? {} : { work_pool_name: workPool }),
    ...(workQueue === undefined ? {} : { work_queue_name: workQueue }),
    ...(infrastructure === undefined ? {} : { infrastructure: infrastructureOf(infrastructure) }),
    ...(code === undefined ? {} : { code }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(concurrencyLimit === undefined ? {} : { concurrency_limit: concurrencyLimit }),
    ...(collisionStrategy === undefined ? {} : { collision_strategy: collisionStrategy }),
    ...(keepRunning === undefined ? {} : { keep_running: keepRunning }),
    ...(crashRetries === undefined ? {} : { crash_retries: crashRetries }),
  };
}

function infrastructureOf(given: InfrastructureOptions): NonNullable<DeploymentSettings["infrastructure"]> {
  if (given.type === "process") {
    const { env, workingDir, memoryLimit } = given;
    return {
      type: "process",
      ...(env === undefined ? {} : { env }),
      ...(workingDir === undefined ? {} : { working_dir: workingDir }),
      ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
    };
  }
  const { image, imagePullPolicy, networkMode, volumes, env, memoryLimit, cpus, autoRemove, block } = given;
  return {
    type: "docker",
    ...(image === undefined ? {} : { image }),
    ...(imagePullPolicy === undefined ? {} : { image_pull_policy: imagePullPolicy }),
    ...(networkMode === undefined ? {} : { network_mode: networkMode }),
    ...(volumes === undefined ? {} : { volumes }),
    ...(env === undefined ? {} : { env }),
    ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(autoRemove === undefined ? {} : { auto_remove: autoRemove }),
    ...(block === undefined ? {} : { block }),
  };
}
