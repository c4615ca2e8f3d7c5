/** Every command there is. Parsing, help and shell completion come from here; handlers are loaded when called. */
import { automationCommands } from "./automation-commands.ts";
import { blockCommands } from "./block-commands.ts";
import type { ArgumentSpec, CommandSpec, GroupSpec, OptionSpec } from "./command.ts";
import { deploymentCommands } from "./deployment-commands.ts";
import { poolCommands } from "./pool-commands.ts";
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
  ...deploymentCommands,
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
  ...poolCommands,
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
