/** `millrace deploy`, `deployments …` and `backfill …`: entries of the table. */
import type { ArgumentSpec, CommandSpec } from "./command.ts";
import { deployOptions } from "./deploy/options.ts";

const deployment: ArgumentSpec = {
  name: "DEPLOYMENT",
  required: true,
  summary: "flow/name of the deployment, its name alone where that is one, or its id",
  complete: "deployment",
};

const parameterOptions = deployOptions.filter(({ name }) => name === "param" || name === "params");

export const deploymentCommands: readonly CommandSpec[] = [
  {
    name: "deploy",
    summary: "Deploy a flow, or what millrace.json declares",
    description:
      "With a flow: what the options say is written into the nearest millrace.json (one is made where there is none) and shown; -a deploys it at once, and then no file is made where there is none.\nWithout: everything that the nearest millrace.json declares is deployed in this home, or the one that -n names. Nothing is deployed when anything in it is refused.\nExit code: 0 deployed or shown; 2 the file, the flow or a parameter is wrong.",
    arguments: [
      {
        name: "FILE[:FLOW]",
        summary: "The flow; without it the nearest millrace.json is deployed",
        complete: "flow-file",
      },
    ],
    options: [
      ...deployOptions,
      { name: "apply", short: "a", summary: "Deploy at once" },
      { name: "dry-run", summary: "Only tell what would change" },
      { name: "all", summary: "All that millrace.json declares, as without arguments" },
      { name: "prune", summary: "Remove what the file has declared before and does not any more" },
    ],
    examples: [
      {
        line: 'millrace deploy flows/etl.ts:etlParent -n "Parametrised ETL" --cron "0 5 1 * *" --timezone Europe/Berlin -p color=yellow -a',
        what: "at five on the first of each month",
      },
      { line: "millrace deploy --dry-run", what: "what deploying millrace.json would change here" },
      { line: "millrace deploy", what: "do it" },
    ],
    load: async () => (await import("./commands/deploy.ts")).deployHandler,
  },
  {
    name: "deployments ls",
    summary: "List what is deployed: when it runs next, how it ran last",
    load: async () => (await import("./commands/deployments.ts")).deploymentsListHandler,
  },
  {
    name: "deployments show",
    summary: "Show a deployment, its next times, and whether it still fits its flow",
    arguments: [deployment],
    load: async () => (await import("./commands/deployments.ts")).deploymentsShowHandler,
  },
  {
    name: "deployments run",
    summary: "Run a deployment now, or at a time, with other parameters",
    description: "Exit code with --watch or --wait: 0 completed, 1 failed, 3 crashed or cancelled.",
    arguments: [deployment],
    options: [
      ...parameterOptions,
      { name: "at", value: "TIME", summary: "Not now but then" },
      { name: "name", value: "NAME", summary: "Name of the run (default: two random words)" },
      { name: "tag", short: "t", value: "TAG", many: true, summary: "Tag of the run, besides those of the deployment" },
      { name: "idempotency-key", value: "KEY", summary: "Run once for this key" },
      { name: "watch", short: "w", summary: "Stay, and print its log until it ends" },
      { name: "wait", summary: "Stay until it ends" },
    ],
    examples: [
      { line: 'millrace deployments run etl-parent/monthly -p "months=[1,2,3]" --watch', what: "and look on" },
    ],
    load: async () => (await import("./commands/deployments.ts")).deploymentsRunHandler,
  },
  {
    name: "deployments pause",
    summary: "Turn a deployment's schedules off",
    arguments: [deployment],
    load: async () => (await import("./commands/deployments.ts")).deploymentsPauseHandler,
  },
  {
    name: "deployments resume",
    summary: "Turn a deployment's schedules on again; what passed meanwhile is not made up for",
    arguments: [deployment],
    load: async () => (await import("./commands/deployments.ts")).deploymentsResumeHandler,
  },
  {
    name: "deployments rm",
    summary: "Remove deployments; their runs stay",
    arguments: [{ ...deployment, many: true }],
    options: [{ name: "yes", short: "y", summary: "Do not ask" }],
    load: async () => (await import("./commands/deployments.ts")).deploymentsRemoveHandler,
  },
  {
    name: "deployments hook",
    summary: "Make the address that starts a deployment by HTTP, and print it once",
    description:
      "POST to it starts a run; the fields of the JSON body are its parameters. The same Idempotency-Key or X-GitHub-Delivery starts nothing twice. It listens on 127.0.0.1 only: what calls from elsewhere needs a tunnel or a proxy. Of the address only a hash is kept.",
    arguments: [deployment],
    options: [
      { name: "rotate", summary: "Make another address; the old one ends" },
      { name: "rm", summary: "Remove the hook" },
      {
        name: "map",
        value: "PARAM=PLACE",
        many: true,
        summary: 'A parameter from a place in the body: "branch=push.ref"',
      },
      { name: "body", value: "PARAM", summary: "The parameter that gets the whole body" },
    ],
    examples: [{ line: "millrace deployments hook etl/on-push --map branch=ref", what: "for a GitHub webhook" }],
    load: async () => (await import("./commands/deployments-hook.ts")).deploymentsHookHandler,
  },
  {
    name: "deployments versions",
    summary: "List the versions of a deployment that are kept",
    arguments: [deployment],
    load: async () => (await import("./commands/deployments.ts")).deploymentsVersionsHandler,
  },
  {
    name: "deployments rollback",
    summary: "Put an earlier version in force again, settings and code, as a new version",
    arguments: [deployment, { name: "VERSION", required: true, summary: "As deployments versions lists them" }],
    load: async () => (await import("./commands/deployments.ts")).deploymentsRollbackHandler,
  },
  {
    name: "deployments diff",
    summary: "What a version of a deployment changed",
    arguments: [deployment],
    options: [
      { name: "from", value: "VERSION", summary: "Compare with this one (default: the one before)" },
      { name: "to", value: "VERSION", summary: "This one (default: the newest)" },
    ],
    load: async () => (await import("./commands/deployments.ts")).deploymentsDiffHandler,
  },
  {
    name: "backfill",
    summary: "Run a deployment for the scheduled times of a range of days",
    description:
      "Each time is a partition: a run with that time as its partition key. Partitions that are complete are skipped, so the same command again fills what is left.\nExit code with --wait: 0 all complete, 1 not all.",
    arguments: [deployment],
    options: [
      { name: "start", value: "DAY", summary: "First day (of the schedule's time zone) or time" },
      { name: "end", value: "DAY", summary: "Last day or time" },
      { name: "schedule", value: "SLUG", summary: "Which schedule's times, where there are several" },
      { name: "cron", value: "TEXT", summary: "These times instead of a schedule's" },
      { name: "timezone", value: "ZONE", summary: "Time zone of --cron (default: UTC)" },
      { name: "partition-parameter", value: "NAME", summary: "The parameter that gets the partition's time" },
      ...parameterOptions,
      { name: "concurrency", value: "COUNT", summary: "Partitions at the same time (default: 1)" },
      { name: "again", summary: "Also those that are complete" },
      { name: "dry-run", summary: "Only list the partitions" },
      { name: "wait", summary: "Stay until all have ended" },
    ],
    examples: [
      {
        line: "millrace backfill etl/daily --start 2026-01-01 --end 2026-01-31 --partition-parameter day --concurrency 4 --wait",
        what: "a month, four days at a time",
      },
    ],
    load: async () => (await import("./commands/backfill.ts")).backfillHandler,
  },
  {
    name: "backfill ls",
    summary: "List the backfills",
    load: async () => (await import("./commands/backfill.ts")).backfillListHandler,
  },
  {
    name: "backfill show",
    summary: "Show how far a backfill is",
    arguments: [{ name: "BACKFILL", summary: "Its id, or the beginning or end of it", required: true }],
    load: async () => (await import("./commands/backfill.ts")).backfillShowHandler,
  },
  {
    name: "backfill cancel",
    summary: "Stop a backfill: what goes on is cancelled, the rest does not start",
    arguments: [{ name: "BACKFILL", summary: "Its id, or the beginning or end of it", required: true }],
    load: async () => (await import("./commands/backfill.ts")).backfillCancelHandler,
  },
];
