/** `millrace pools …` and `worker start`: entries of the table. */
import type { ArgumentSpec, CommandSpec } from "./command.ts";

const pool: ArgumentSpec = { name: "POOL", required: true, summary: "Name of the work pool", complete: "pool" };

export const poolCommands: readonly CommandSpec[] = [
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
      { name: "pool", short: "p", value: "POOL", summary: "The work pool (default: default)", complete: "pool" },
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
];
