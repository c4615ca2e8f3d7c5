/** `millrace automations …`: entries of the table. */
import { createOptions } from "./automations/options.ts";
import type { ArgumentSpec, CommandSpec } from "./command.ts";

const automation: ArgumentSpec = {
  name: "AUTOMATION",
  required: true,
  summary: "Its name, or its id or the beginning or end of it",
  complete: "automation",
};

export const automationCommands: readonly CommandSpec[] = [
  {
    name: "automations ls",
    summary: "List the automations",
    load: async () => (await import("./commands/automations.ts")).automationsListHandler,
  },
  {
    name: "automations show",
    summary: "Show an automation: what it waits for, what it does, what it delivered last",
    arguments: [automation],
    load: async () => (await import("./commands/automations.ts")).automationsShowHandler,
  },
  {
    name: "automations create",
    summary: "Make an automation in this home, or change the one of this name",
    description:
      'In a project, write it into millrace.json instead ("automations") and run millrace deploy. Texts may name what happened: {{ flow.name }}, {{ flow_run.name }}, {{ flow_run.state_name }}, {{ flow_run.duration }}, {{ flow_run.parameters.month }}, {{ deployment.name }}, {{ error.message }}, {{ reason }}.',
    arguments: [{ name: "NAME", required: true, summary: "Its name" }],
    options: createOptions,
    examples: [
      {
        line: 'millrace automations create failures --state FAILED --state CRASHED --slack team --message "{{ flow.name }}: {{ error.message }}"',
        what: "tell a channel what failed",
      },
      {
        line: "millrace automations create quiet --silence 1d --deployment etl/daily --email reports",
        what: "a mail when nothing completed for a day",
      },
    ],
    load: async () => (await import("./commands/automations.ts")).automationsCreateHandler,
  },
  {
    name: "automations test",
    summary: "Send what an automation would send, about the newest run that fits or a made-up one",
    description: "Starts, pauses and cancels nothing. Exit code: 0 when all was delivered, 1 when something was not.",
    arguments: [{ ...automation, summary: "Its name or id; one that millrace.json declares need not be deployed" }],
    options: [{ name: "run", value: "RUN", summary: "Id of the run that it is about", complete: "run" }],
    load: async () => (await import("./commands/automations.ts")).automationsTestHandler,
  },
  {
    name: "automations deliveries",
    summary: "List what an automation delivered, newest first, with answers and failures",
    arguments: [automation],
    options: [{ name: "limit", short: "n", value: "COUNT", summary: "How many (default: 20)" }],
    load: async () => (await import("./commands/automations.ts")).automationsDeliveriesHandler,
  },
  {
    name: "automations enable",
    summary: "Turn an automation on; what happened while it was off is not its business",
    arguments: [automation],
    load: async () => (await import("./commands/automations.ts")).automationsEnableHandler,
  },
  {
    name: "automations disable",
    summary: "Turn an automation off",
    arguments: [automation],
    load: async () => (await import("./commands/automations.ts")).automationsDisableHandler,
  },
  {
    name: "automations rm",
    summary: "Remove automations, with what is left to deliver",
    arguments: [{ ...automation, many: true }],
    options: [{ name: "yes", short: "y", summary: "Do not ask" }],
    load: async () => (await import("./commands/automations.ts")).automationsRemoveHandler,
  },
];
