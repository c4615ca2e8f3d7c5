/** What the options of `millrace deploy` say of a deployment, as it would stand in millrace.json. */
import type { DeclaredEntry } from "../../protocol/declared.ts";
import { tryParseDuration } from "../../protocol/durations.ts";
import type { CommandContext, OptionSpec } from "../command.ts";
import { usage } from "../parse.ts";
import { readParameters } from "../run/parameters.ts";

export const deployOptions: readonly OptionSpec[] = [
  { name: "name", short: "n", value: "NAME", summary: "Name of the deployment; without a flow, the one to deploy" },
  {
    name: "cron",
    value: "TEXT",
    many: true,
    summary: 'Run by itself: minute, hour, day, month, weekday ("0 5 1 * *")',
  },
  { name: "interval", value: "DURATION", many: true, summary: 'Run by itself, every so long: "15m"' },
  { name: "anchor", value: "TIME", summary: "What intervals are counted from (default: full hours and days)" },
  { name: "timezone", value: "ZONE", summary: 'Time zone of the schedules: "Europe/Berlin" (default: UTC)' },
  { name: "start", value: "TIME", summary: "The schedules fire at no time before" },
  { name: "end", value: "TIME", summary: "The schedules fire at no time after" },
  {
    name: "missed",
    value: "POLICY",
    choices: ["skip", "latest", "all"],
    summary: "Of times that passed while nobody could start a run (default: latest)",
  },
  {
    name: "overlap",
    value: "POLICY",
    choices: ["queue", "skip", "cancel", "allow"],
    summary: "When an earlier run still goes on (default: queue)",
  },
  { name: "param", short: "p", value: "KEY=VALUE", many: true, summary: "One parameter; JSON where it parses as JSON" },
  { name: "params", value: "FILE|JSON", summary: "All parameters, from a JSON file or as JSON", complete: "file" },
  { name: "pool", value: "POOL", summary: "Work pool whose workers run it (default: default)" },
  { name: "queue", value: "QUEUE", summary: "Queue of the work pool (default: default)" },
  { name: "tag", short: "t", value: "TAG", many: true, summary: "Tag of its runs" },
  { name: "description", value: "TEXT", summary: "What it is for" },
  { name: "paused", summary: "Its schedules do not fire until it is resumed" },
  {
    name: "code",
    value: "CODE",
    choices: ["snapshot", "working-copy", "git"],
    summary: "What its runs load (default: snapshot with a schedule, else working-copy)",
  },
  { name: "concurrency-limit", value: "COUNT", summary: "How many of its runs go on at the same time" },
  {
    name: "collision-strategy",
    value: "STRATEGY",
    choices: ["ENQUEUE", "CANCEL_NEW"],
    summary: "What a run does that finds the limit reached (default: ENQUEUE)",
  },
  { name: "keep-running", summary: "Its schedules fire also when no editor is open" },
  { name: "crash-retries", value: "COUNT", summary: "How often a run that crashed is started again by itself" },
];

/** Only what was said: the rest of an entry that is there stays. @throws MillraceError "bad-usage" */
export function entryFrom(context: CommandContext, repository: () => string): DeclaredEntry {
  const { input, io } = context;
  const parameters = readParameters({ pairs: input.list("param"), params: input.text("params"), cwd: io.cwd });
  const schedules = schedulesFrom(context);
  const code = input.text("code");
  const tags = input.list("tag");
  const said: [string, unknown][] = [
    ["description", input.text("description")],
    ["tags", tags.length === 0 ? undefined : tags],
    ["parameters", Object.keys(parameters).length === 0 ? undefined : parameters],
    ["schedules", schedules],
    ["paused", input.flag("paused") ? true : undefined],
    ["work_pool", input.text("pool")],
    ["work_queue", input.text("queue")],
    ["code", code === "git" ? { git: repository() } : code],
    ["concurrency_limit", count(context, "concurrency-limit", 1)],
    ["collision_strategy", input.text("collision-strategy")],
    ["keep_running", input.flag("keep-running") ? true : undefined],
    ["crash_retries", count(context, "crash-retries", 0)],
  ];
  return Object.fromEntries(said.filter(([, value]) => value !== undefined));
}

/** Whether anything but the name was said: that needs a flow. */
export function saysSomething({ input }: CommandContext): boolean {
  return deployOptions.some(
    ({ name, value }) => name !== "name" && (value === undefined ? input.flag(name) : input.list(name).length > 0),
  );
}

function schedulesFrom(context: CommandContext): readonly DeclaredEntry[] | undefined {
  const { command, input } = context;
  const [crons, intervals] = [input.list("cron"), input.list("interval")];
  const said = (name: string, key: string) => {
    const text = input.text(name);
    return text === undefined ? {} : { [key]: text };
  };
  const zone = said("timezone", "timezone");
  const rest = {
    ...said("start", "start_date"),
    ...said("end", "end_date"),
    ...said("missed", "missed"),
    ...said("overlap", "overlap"),
  };
  if (crons.length + intervals.length === 0) {
    const idle = ["timezone", "anchor", "start", "end", "missed", "overlap"].find(
      (name) => input.text(name) !== undefined,
    );
    if (idle !== undefined)
      throw usage(command, `--${idle} says something of a schedule: give --cron or --interval with it.`);
    return undefined;
  }
  for (const interval of intervals) {
    if (tryParseDuration(interval) === undefined || /^\d+$/.test(interval)) {
      throw usage(command, `--interval: "${interval}" is no duration; write "90s", "15m", "6h" or "1d".`);
    }
  }
  return [
    ...crons.map((cron) => ({ cron, timezone: input.text("timezone") ?? "UTC", ...rest })),
    ...intervals.map((interval) => ({ interval, ...said("anchor", "anchor_date"), ...zone, ...rest })),
  ];
}

function count({ command, input }: CommandContext, name: string, least: number): number | undefined {
  const text = input.text(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw usage(command, `--${name}: "${text}" is no whole number from ${least}.`);
  }
  return value;
}
