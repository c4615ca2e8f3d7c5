/** Every command there is. Parsing, help and shell completion come from here; handlers are loaded when called. */
import { automationCommands } from "./automation-commands.ts";
import { blockCommands } from "./block-commands.ts";
import type { ArgumentSpec, CommandSpec, GroupSpec, OptionSpec } from "./command.ts";
import { deployOptions } from "./deploy/options.ts";
import { profileCommands } from "./profile-commands.ts";
import { environmentOptions } from "./run/environment.ts";
import { runSpec } from "./run-spec.ts";

const run: ArgumentSpec = {
  name: "RUN",
  summary: "Id of the run, its beginning or end, or the run's name; the newest run when left out",
  complete: "run",
};
const oneRun: ArgumentSpec = {
  ...run,
  required: true,
  summary: "Id of the run, its beginning or end, or the run's name",
};

const pool: ArgumentSpec = { name: "POOL", required: true, summary: "Name of the work pool" };
const deployment: ArgumentSpec = {
  name: "DEPLOYMENT",
  required: true,
  summary: "flow/name of the deployment, its name alone where that is one, or its id",
};
const parameterOptions = deployOptions.filter(({ name }) => name === "param" || name === "params");

const resumeOptions: readonly OptionSpec[] = [
  { name: "force", summary: "Go on although the machine or container that executed the run last cannot be asked" },
  { name: "allow-rerun", summary: "Go on although kept results are missing: those tasks run again" },
  { name: "quiet", short: "q", summary: "Print only the end of the run" },
  { name: "verbose", short: "v", summary: "Print every state change, and debug logs too" },
  { name: "json", summary: "Print each record as a line of JSON, and a summary as the last line" },
  ...environmentOptions,
];

const states = [
  "scheduled",
  "pending",
  "running",
  "completed",
  "failed",
  "crashed",
  "cancelling",
  "cancelled",
  "paused",
];

export const groups: readonly GroupSpec[] = [
  { name: "runs", summary: "Look at runs, and cancel, retry or resume them" },
  { name: "deployments", summary: "Flows that run by themselves or by hand, with parameters of their own" },
  { name: "automations", summary: "What is done by itself when runs fail, take long or stay away" },
  { name: "profiles", summary: "Homes by name: which one the commands and the editor work with" },
  { name: "variables", summary: "Values that flows read with variable.get" },
  { name: "blocks", summary: "Named configuration and credentials that flows load" },
  { name: "pools", summary: "Work pools and their queues: where runs wait for workers" },
  { name: "worker", summary: "Runs what waits in a work pool, on this or another machine" },
  { name: "orchestrator", summary: "The process that watches runs and serves the editor" },
  { name: "db", summary: "The index of all runs: rebuild it, delete old runs" },
];

export const commands: readonly CommandSpec[] = [
  runSpec,
  {
    name: "flows",
    summary: "List the flows in the files under a folder",
    description:
      "Looks for files that import millrace (not in node_modules or hidden folders), loads each in a process of its own without running a flow, and prints what it defines.",
    arguments: [{ name: "PATH", summary: "Folder or file (default: the current folder)", complete: "file" }],
    examples: [
      { line: "millrace flows", what: "everything under the current folder" },
      { line: "millrace flows etl.ts --json", what: "one file, with the JSON Schema of its parameters" },
    ],
    load: async () => (await import("./commands/flows.ts")).flowsHandler,
  },
  {
    name: "runs ls",
    summary: "List runs, newest first",
    options: [
      { name: "limit", short: "n", value: "COUNT", summary: "How many (default: 20)" },
      { name: "flow", value: "NAME", summary: "Only runs of this flow", complete: "flow" },
      { name: "state", value: "STATE", many: true, choices: states, summary: "Only runs in this state" },
      { name: "since", value: "AGE", summary: 'Only runs younger than this: "2h", "7d"' },
      { name: "search", value: "TEXT", summary: "Only runs with this in their name, flow or parameters" },
      { name: "subflows", summary: "List subflow runs too" },
    ],
    examples: [
      { line: "millrace runs ls --state failed --since 1d", what: "what failed since yesterday" },
      { line: "millrace runs ls -n 1 --json | jq -r '.[0].id'", what: "the id of the newest run" },
    ],
    load: async () => (await import("./commands/runs-ls.ts")).runsListHandler,
  },
  {
    name: "runs show",
    summary: "Show a run: parameters, tasks, error, artifacts",
    arguments: [run],
    options: [{ name: "all", short: "a", summary: "Every task on its own line, nothing collapsed" }],
    examples: [{ line: "millrace runs show", what: "the newest run" }],
    load: async () => (await import("./commands/runs-show.ts")).runsShowHandler,
  },
  {
    name: "runs logs",
    summary: "Print a run's log",
    arguments: [run],
    options: [
      { name: "follow", short: "f", summary: "Go on printing until the run ends" },
      { name: "task", value: "TASK", summary: "Only this task (its name, key or id)", complete: "task" },
      {
        name: "level",
        value: "LEVEL",
        choices: ["debug", "info", "warn", "error"],
        summary: "Only this level and above (default: debug)",
      },
      { name: "tail", short: "n", value: "COUNT", summary: "Only the last lines" },
    ],
    examples: [
      { line: "millrace runs logs quiet-otter --task fetch --level warn", what: "what fetch complained about" },
    ],
    load: async () => (await import("./commands/runs-logs.ts")).runsLogsHandler,
  },
  {
    name: "runs cancel",
    summary: "Cancel a run: ask its code to stop, then stop the process",
    arguments: [{ ...oneRun, complete: "live-run" }],
    options: [
      { name: "grace", value: "DURATION", summary: "How long the code may take to stop by itself (default: 10s)" },
      { name: "reason", value: "TEXT", summary: "Kept with the run" },
    ],
    load: async () => (await import("./commands/runs-cancel.ts")).runsCancelHandler,
  },
  {
    name: "runs resume",
    summary: "Go on with a run where it stopped, keeping what completed",
    description:
      "Runs the flow again in this process under the same run id; a task call that completed before gives its kept result without running. The file may have been changed meanwhile: that is what one resumes for.",
    arguments: [oneRun],
    options: [
      { name: "plan", summary: "Print what would be kept and what would run again, and stop there" },
      {
        name: "from",
        value: "TASK",
        many: true,
        summary: "This task and all that depends on it run again",
        complete: "task",
      },
      { name: "rerun", value: "TASK", many: true, summary: "Only this task runs again", complete: "task" },
      ...resumeOptions,
    ],
    examples: [
      { line: "millrace runs resume quiet-otter --plan", what: "look first" },
      { line: "millrace runs resume quiet-otter --from clean", what: "run clean and what follows from it again" },
    ],
    load: async () => (await import("./commands/runs-resume.ts")).runsResumeHandler,
  },
  {
    name: "runs retry",
    summary: "Run a run again from the start, under the same id",
    arguments: [oneRun],
    options: resumeOptions.filter(({ name }) => name !== "allow-rerun"),
    load: async () => (await import("./commands/runs-resume.ts")).runsRetryHandler,
  },
  {
    name: "runs continue",
    summary: "Answer a run that is paused",
    arguments: [oneRun],
    options: [
      { name: "value", value: "JSON", summary: "The answer that the pause asks for" },
      { name: "key", value: "PAUSE", summary: "Which pause, when the run waits at more than one" },
    ],
    examples: [{ line: `millrace runs continue quiet-otter --value '{"approved":true}'`, what: "with an answer" }],
    load: async () => (await import("./commands/runs-continue.ts")).runsContinueHandler,
  },
  {
    name: "runs export",
    summary: "Write a run into one file, to look at or resume on another machine",
    arguments: [oneRun],
    options: [
      {
        name: "output",
        short: "o",
        value: "FILE",
        summary: "Where to (default: <run name>.millrace)",
        complete: "file",
      },
      { name: "force", summary: "Overwrite the file" },
    ],
    load: async () => (await import("./commands/runs-transfer.ts")).runsExportHandler,
  },
  {
    name: "runs import",
    summary: "Take in a run that was exported",
    arguments: [{ name: "FILE", summary: "What runs export wrote", required: true, complete: "file" }],
    load: async () => (await import("./commands/runs-transfer.ts")).runsImportHandler,
  },
  {
    name: "runs rm",
    summary: "Delete runs; refuses runs that are going on",
    arguments: [{ ...oneRun, many: true }],
    options: [{ name: "yes", short: "y", summary: "Do not ask" }],
    load: async () => (await import("./commands/runs-rm.ts")).runsRemoveHandler,
  },
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
  {
    name: "variables ls",
    summary: "List the variables",
    load: async () => (await import("./commands/variables.ts")).variablesListHandler,
  },
  {
    name: "variables get",
    summary: "Print a variable's value",
    arguments: [{ name: "NAME", summary: "Name of the variable", required: true, complete: "variable" }],
    load: async () => (await import("./commands/variables.ts")).variablesGetHandler,
  },
  {
    name: "variables set",
    summary: "Set a variable",
    arguments: [
      { name: "NAME", summary: "Name of the variable", required: true, complete: "variable" },
      {
        name: "VALUE",
        summary: "JSON where it parses as JSON, text otherwise; - reads it from the input",
        required: true,
      },
    ],
    options: [{ name: "tag", value: "TAG", many: true, summary: "Tag of the variable" }],
    examples: [{ line: `millrace variables set regions '["eu","us"]'`, what: "a list" }],
    load: async () => (await import("./commands/variables.ts")).variablesSetHandler,
  },
  {
    name: "variables rm",
    summary: "Delete a variable",
    arguments: [{ name: "NAME", summary: "Name of the variable", required: true, complete: "variable" }],
    load: async () => (await import("./commands/variables.ts")).variablesRemoveHandler,
  },
  ...automationCommands,
  ...profileCommands,
  ...blockCommands,
  {
    name: "pools ls",
    summary: "List work pools with their queues and workers",
    load: async () => (await import("./commands/pools.ts")).poolsListHandler,
  },
  {
    name: "pools create",
    summary: "Make a work pool",
    arguments: [{ ...pool, summary: "Name of the new pool" }],
    options: [
      { name: "type", value: "TYPE", choices: ["process", "docker"], summary: "What its runs are (default: process)" },
      { name: "limit", value: "COUNT", summary: "Runs of the pool at the same time" },
      { name: "description", value: "TEXT", summary: "What it is for" },
      { name: "image", value: "IMAGE", summary: "For docker: the image of its runs" },
      { name: "infrastructure", value: "JSON", summary: "All of its infrastructure: env, memory_limit, volumes, …" },
    ],
    examples: [
      { line: "millrace pools create big --limit 4", what: "four runs at a time" },
      { line: "millrace pools create boxes --type docker --image millrace-worker", what: "runs in containers" },
    ],
    load: async () => (await import("./commands/pools.ts")).poolsCreateHandler,
  },
  {
    name: "pools show",
    summary: "Show a work pool: queues, workers, what waits and runs",
    arguments: [pool],
    load: async () => (await import("./commands/pools.ts")).poolsShowHandler,
  },
  {
    name: "pools pause",
    summary: "Let nothing more begin in a work pool",
    arguments: [pool],
    load: async () => (await import("./commands/pools.ts")).poolsPauseHandler,
  },
  {
    name: "pools resume",
    summary: "Let runs begin again in a work pool",
    arguments: [pool],
    load: async () => (await import("./commands/pools.ts")).poolsResumeHandler,
  },
  {
    name: "pools rm",
    summary: "Delete a work pool in which nothing waits",
    arguments: [pool],
    load: async () => (await import("./commands/pools.ts")).poolsRemoveHandler,
  },
  {
    name: "pools queue",
    summary: "Make or change a queue of a work pool",
    arguments: [pool, { name: "QUEUE", summary: "Name of the queue", required: true }],
    options: [
      { name: "priority", value: "NUMBER", summary: "1 comes first; a new queue comes last" },
      { name: "limit", value: "COUNT", summary: 'Runs of the queue at the same time; "none" takes the limit away' },
      { name: "description", value: "TEXT", summary: "What it is for" },
      { name: "pause", summary: "Let nothing more begin" },
      { name: "resume", summary: "Let runs begin again" },
      { name: "rm", summary: "Delete the queue" },
    ],
    examples: [{ line: "millrace pools queue big urgent --priority 1", what: "before all others" }],
    load: async () => (await import("./commands/pools.ts")).poolsQueueHandler,
  },
  {
    name: "pools token",
    summary: "Make a token for workers of a pool; it is shown once",
    arguments: [pool],
    options: [{ name: "revoke", summary: "Take all tokens of the pool away instead" }],
    load: async () => (await import("./commands/pools.ts")).poolsTokenHandler,
  },
  {
    name: "worker start",
    summary: "Run what waits in a work pool, until it is stopped",
    description:
      "Keeps its runs in a folder of its own under the home, and brings their journals to the orchestrator: a run goes on when the network is down or the orchestrator is started anew. Ctrl-C or SIGTERM: takes nothing more, gives back what it has not begun, waits for its runs; once more cancels them. Without --url it works for the orchestrator of this home.",
    options: [
      { name: "pool", short: "p", value: "POOL", summary: "The work pool (default: default)" },
      { name: "queue", short: "q", value: "QUEUE", many: true, summary: "Only this queue; all queues when left out" },
      { name: "type", value: "TYPE", choices: ["process", "docker"], summary: "What it starts (default: process)" },
      { name: "limit", short: "n", value: "COUNT", summary: "Runs at the same time (default: one for each core)" },
      { name: "name", value: "NAME", summary: "Name of this worker in its pool (default: the machine's)" },
      {
        name: "url",
        value: "URL",
        summary: "Orchestrator of another machine: what it told when it was started with --listen",
      },
      {
        name: "token",
        value: "TOKEN",
        summary: "Of millrace pools token; better in MILLRACE_WORKER_TOKEN, which nobody sees",
      },
      {
        name: "stop-within",
        value: "DURATION",
        summary: "How long runs may go on after it was stopped (default: 10m)",
      },
      { name: "socket", value: "PATH", summary: "For docker: where the engine listens (default: as DOCKER_HOST says)" },
    ],
    examples: [
      { line: "millrace worker start --pool big --limit 4", what: "on this machine" },
      {
        line: "millrace worker start --pool big --url http://10.0.0.5:4300",
        what: "on another machine, with the token in MILLRACE_WORKER_TOKEN",
      },
    ],
    load: async () => (await import("./commands/worker.ts")).workerStartHandler,
  },
  {
    name: "orchestrator start",
    summary: "Start the orchestrator of this home, unless it is up",
    options: [
      {
        name: "force",
        summary:
          "Take the home from an orchestrator on another machine that is gone; waits until its sign of life stops",
      },
      {
        name: "listen",
        value: "HOST:PORT",
        summary: "Where workers of other machines reach it, each with a token; without TLS, which is a proxy's to give",
      },
      { name: "foreground", summary: "Stay until it ends, as service managers want it" },
    ],
    load: async () => (await import("./commands/orchestrator.ts")).orchestratorStartHandler,
  },
  {
    name: "orchestrator stop",
    summary: "Stop the orchestrator; runs that are going on go on",
    options: [{ name: "drain", summary: "Wait until the runs that it started have ended" }],
    load: async () => (await import("./commands/orchestrator.ts")).orchestratorStopHandler,
  },
  {
    name: "orchestrator install-service",
    summary: "Have the system start the orchestrator: a systemd user unit, so that schedules fire without an editor",
    load: async () => (await import("./commands/orchestrator.ts")).installServiceHandler,
  },
  {
    name: "orchestrator uninstall-service",
    summary: "Remove the systemd user unit",
    load: async () => (await import("./commands/orchestrator.ts")).uninstallServiceHandler,
  },
  {
    name: "orchestrator status",
    summary: "Tell whether the orchestrator is up, what it does, and which schedules keep it up",
    description: "Exit code: 0 when it is up, 1 when it is not.",
    load: async () => (await import("./commands/orchestrator.ts")).orchestratorStatusHandler,
  },
  {
    name: "db rebuild",
    summary: "Make the index again from the runs' own journals",
    options: [{ name: "stop", summary: "Stop the orchestrator first when it is up" }],
    load: async () => (await import("./commands/db.ts")).dbRebuildHandler,
  },
  {
    name: "db prune",
    summary: "Delete old runs that have ended",
    options: [
      { name: "older-than", value: "AGE", summary: 'Runs that ended longer ago than this: "30d"' },
      { name: "keep", value: "COUNT", summary: "Keep the newest runs of each flow, however old" },
      { name: "dry-run", summary: "Only tell what would go" },
      { name: "yes", short: "y", summary: "Do not ask" },
    ],
    examples: [{ line: "millrace db prune --older-than 30d --dry-run", what: "look first" }],
    load: async () => (await import("./commands/db.ts")).dbPruneHandler,
  },
  {
    name: "doctor",
    summary: "Check this machine, the home folder and the current folder",
    description: "Exit code: 0 when all is well or nearly, 1 when something does not work.",
    load: async () => (await import("./commands/doctor.ts")).doctorHandler,
  },
  {
    name: "completion",
    summary: "Print the completion script for a shell",
    description:
      "bash: millrace completion bash > ~/.local/share/bash-completion/completions/millrace\nzsh: millrace completion zsh > a file _millrace in a folder of $fpath\nfish: millrace completion fish > ~/.config/fish/completions/millrace.fish\npowershell: millrace completion powershell >> $PROFILE",
    arguments: [
      { name: "SHELL", summary: "Which shell", required: true, choices: ["bash", "zsh", "fish", "powershell"] },
    ],
    load: async () => (await import("./commands/completion.ts")).completionHandler,
  },
  {
    name: "version",
    summary: "Print the version",
    load: async () => (await import("./commands/version.ts")).versionHandler,
  },
  {
    name: "help",
    summary: "Tell about a command",
    arguments: [{ name: "COMMAND", summary: "Which command", many: true, complete: "command" }],
    load: async () => (await import("./commands/help.ts")).helpHandler,
  },
  {
    name: "__complete",
    summary: "What the completion scripts call",
    hidden: true,
    raw: true,
    load: async () => (await import("./commands/completion.ts")).completeHandler,
  },
];
