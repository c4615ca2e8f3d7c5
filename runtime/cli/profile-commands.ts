/** `millrace profiles …`: entries of the table. */
import type { ArgumentSpec, CommandSpec } from "./command.ts";

const profile: ArgumentSpec = { name: "NAME", required: true, summary: "Name of the profile" };

export const profileCommands: readonly CommandSpec[] = [
  {
    name: "profiles ls",
    summary: "List the profiles; the one in use is marked",
    load: async () => (await import("./commands/profiles.ts")).profilesListHandler,
  },
  {
    name: "profiles show",
    summary: "Show a profile, the one in use when left out",
    arguments: [{ ...profile, required: false }],
    load: async () => (await import("./commands/profiles.ts")).profilesShowHandler,
  },
  {
    name: "profiles create",
    summary: "Give a home folder, or an orchestrator elsewhere, a name",
    description:
      "Kept in profiles.json in ~/.config/millrace (XDG_CONFIG_HOME, %APPDATA%; MILLRACE_CONFIG names another folder), tokens beside it in a file that only you can read. The token of an orchestrator elsewhere is asked for, or read from the input.\nWith an orchestrator elsewhere work: runs ls, show, logs, cancel, continue, resume, retry, rm; deployments, backfill, pools, automations, variables, worker start; blocks ls, types, show, rename, rm. The others read files of a home or load code, and say that they need one of this machine.",
    arguments: [profile],
    options: [
      { name: "folder", value: "DIR", summary: "Home folder (default: ~/.millrace-NAME)", complete: "folder" },
      { name: "url", value: "URL", summary: "Orchestrator that listens elsewhere: https://millrace.example.com" },
      { name: "use", summary: "Use it from now on" },
    ],
    examples: [
      { line: "millrace profiles create client-b --folder ~/homes/client-b --use", what: "a home of its own" },
      { line: "millrace profiles create build --url https://build:4300", what: "an orchestrator elsewhere" },
    ],
    load: async () => (await import("./commands/profiles.ts")).profilesCreateHandler,
  },
  {
    name: "profiles use",
    summary: 'Use a profile from now on; "default" is ~/.millrace',
    description: "--home, --profile, MILLRACE_HOME and MILLRACE_PROFILE go before it, in this order.",
    arguments: [profile],
    load: async () => (await import("./commands/profiles.ts")).profilesUseHandler,
  },
  {
    name: "profiles rm",
    summary: "Forget a profile; the home folder stays",
    arguments: [profile],
    load: async () => (await import("./commands/profiles.ts")).profilesRemoveHandler,
  },
];
