/** What the options of `millrace automations create` say. */
import type { AutomationAction, AutomationSettings, AutomationTrigger } from "../../protocol/automations.ts";
import { tryParseDuration } from "../../protocol/durations.ts";
import type { CommandContext, OptionSpec } from "../command.ts";
import { usage } from "../parse.ts";
import { readParameters } from "../run/parameters.ts";

export const createOptions: readonly OptionSpec[] = [
  {
    name: "state",
    value: "STATE",
    many: true,
    summary: "When a run enters this state: FAILED (a type), TimedOut (a name)",
  },
  { name: "late", value: "DURATION", summary: "When a run is due for so long and has not begun" },
  { name: "longer", value: "DURATION", summary: "When a run has been going on for so long" },
  { name: "silence", value: "DURATION", summary: "When no run completed for so long" },
  { name: "failure-rate", value: "PART", summary: "When this part of the runs failed: 0.5 or 50%; with --within" },
  { name: "within", value: "DURATION", summary: "The time over which --failure-rate looks" },
  { name: "deployment", value: "NAME", many: true, summary: "Only runs of this deployment", complete: "deployment" },
  { name: "flow", value: "NAME", many: true, summary: "Only runs of this flow", complete: "flow" },
  { name: "tag", short: "t", value: "TAG", many: true, summary: "Only runs with this tag" },
  { name: "folder", value: "DIR", summary: "Only runs of flows in this folder", complete: "folder" },
  { name: "slack", value: "BLOCK", many: true, summary: "Write to the channel of this block" },
  { name: "email", value: "BLOCK", many: true, summary: "Send a mail by this block" },
  { name: "webhook", value: "BLOCK|URL", many: true, summary: "Call this block or address with JSON" },
  { name: "notify", summary: "Show it in the editor" },
  { name: "run", value: "DEPLOYMENT", many: true, summary: "Start this deployment", complete: "deployment" },
  { name: "param", short: "p", value: "KEY=VALUE", many: true, summary: "Parameter for --run; may be a {{ name }}" },
  { name: "pause", summary: "Pause the run's own deployment" },
  { name: "cancel", summary: "Cancel the run" },
  { name: "message", value: "TEXT", summary: "What is said" },
  { name: "subject", value: "TEXT", summary: "Subject of the mail" },
  { name: "description", value: "TEXT", summary: "What it is for" },
];

/** @throws MillraceError "bad-usage" */
export function settingsFrom(context: CommandContext): AutomationSettings {
  const { input } = context;
  const description = input.text("description");
  return {
    name: input.arguments[0] ?? "",
    ...(description === undefined ? {} : { description }),
    trigger: triggerFrom(context),
    actions: actionsFrom(context),
  };
}

function triggerFrom(context: CommandContext): AutomationTrigger {
  const { command, input } = context;
  const triggers: AutomationTrigger[] = [];
  const states = input.list("state");
  const [late, longer, silence, rate] = ["late", "longer", "silence", "failure-rate"].map((name) => input.text(name));
  if (states.length > 0) triggers.push({ type: "state", states });
  if (late !== undefined) triggers.push({ type: "late", after: seconds(context, "late", late) });
  if (longer !== undefined) triggers.push({ type: "long-running", than: seconds(context, "longer", longer) });
  if (silence !== undefined) triggers.push({ type: "silence", within: seconds(context, "silence", silence) });
  if (rate !== undefined) {
    const within = input.text("within");
    if (within === undefined) throw usage(command, "--failure-rate looks over a time: give --within with it.");
    const part = Number(rate.replace(/%$/, "")) / (rate.endsWith("%") ? 100 : 1);
    if (!(part > 0 && part <= 1)) throw usage(command, `--failure-rate: "${rate}" is no part; write 0.5 or 50%.`);
    triggers.push({ type: "failure-rate", rate: part, within: seconds(context, "within", within) });
  }
  const [trigger] = triggers;
  if (trigger === undefined || triggers.length > 1) {
    throw usage(command, "Say what it waits for, one of --state, --late, --longer, --silence and --failure-rate.");
  }
  const folder = input.text("folder");
  const lists = (["deployment", "flow", "tag"] as const).flatMap((name) =>
    input.list(name).length === 0 ? [] : [[`${name}s`, input.list(name)] as const],
  );
  return { ...trigger, ...Object.fromEntries(lists), ...(folder === undefined ? {} : { folder }) };
}

function actionsFrom(context: CommandContext): AutomationAction[] {
  const { command, input, io } = context;
  const [message, subject] = [input.text("message"), input.text("subject")];
  const said = message === undefined ? {} : { message };
  const pairs = input.list("param");
  const parameters =
    pairs.length === 0 ? {} : { parameters: readParameters({ pairs, params: undefined, cwd: io.cwd }) };
  const actions: AutomationAction[] = [
    ...input.list("slack").map((block) => ({ type: "slack", block, ...said }) as const),
    ...input
      .list("email")
      .map((block) => ({ type: "email", block, ...said, ...(subject === undefined ? {} : { subject }) }) as const),
    ...input.list("webhook").map((to) => {
      const target = /^https?:\/\//.test(to) ? { url: to } : { block: to };
      return { type: "webhook", ...target, ...(message === undefined ? {} : { payload: { text: message } }) } as const;
    }),
    ...(input.flag("notify") ? [{ type: "notification", ...said } as const] : []),
    ...input.list("run").map((deployment) => ({ type: "run-deployment", deployment, ...parameters }) as const),
    ...(input.flag("pause") ? [{ type: "pause-deployment" } as const] : []),
    ...(input.flag("cancel") ? [{ type: "cancel-run" } as const] : []),
  ];
  if (actions.length === 0) {
    throw usage(command, "Say what it does: --slack, --email, --webhook, --notify, --run, --pause or --cancel.");
  }
  return actions;
}

function seconds({ command }: CommandContext, name: string, text: string): number {
  const milliseconds = tryParseDuration(text);
  if (milliseconds === undefined || /^\d+$/.test(text) || milliseconds === 0) {
    throw usage(command, `--${name}: "${text}" is no duration; write "90s", "15m", "6h" or "1d".`);
  }
  return milliseconds / 1000;
}
