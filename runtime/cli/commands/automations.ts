/** `millrace automations …`: what watches runs in this home. */
import path from "node:path";
import type { Client } from "../../client/client.ts";
import { connectOrStart } from "../../client/connect.ts";
import { nearestFile } from "../../client/millrace-json.ts";
import type { Automation, AutomationSettings } from "../../protocol/automations.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import { confirm } from "../ask.ts";
import { actionText, deliveryLines, planText, triggerText } from "../automations/automation-text.ts";
import { readAutomations } from "../automations/declared.ts";
import { settingsFrom } from "../automations/options.ts";
import type { CommandContext, CommandHandler } from "../command.ts";
import { printJson } from "../json.ts";
import { usage } from "../parse.ts";
import { layoutColumns } from "../terminal/columns.ts";
import { ageText } from "../terminal/times.ts";
import { oneLine } from "../terminal/width.ts";

type Work = (context: CommandContext, client: Client) => Promise<number>;

const withClient =
  (work: Work): CommandHandler =>
  async (context) => {
    const client = await connectOrStart(context.home);
    try {
      return await work(context, client);
    } finally {
      client.close();
    }
  };

/** Sending goes over servers that may be slow to answer. Milliseconds. */
const patience = 120_000;

export function pickAutomation(automations: readonly Automation[], typed: string): Automation {
  const exact = automations.filter(({ id, name }) => id === typed || name === typed);
  const near = (): Automation[] =>
    /^[0-9a-f-]{4,}$/.test(typed) ? automations.filter(({ id }) => id.startsWith(typed) || id.endsWith(typed)) : [];
  const found = exact.length > 0 ? exact : near();
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1) {
    const list = found.map(({ id, declared_in }) => `${id} (${declared_in ?? "made by command"})`).join(", ");
    throw new MillraceError("bad-usage", `"${typed}" names ${found.length} automations: ${list}.`);
  }
  const names = automations.map(({ name }) => name);
  const hint = names.length === 0 ? " There is none in this home yet." : didYouMean(typed, names);
  throw new MillraceError(
    "not-found",
    `There is no automation "${typed}".${hint || ` There are ${names.join(", ")}.`}`,
  );
}

async function named({ input }: CommandContext, client: Client): Promise<Automation> {
  const { automations } = await client.request("GET /api/automations");
  return pickAutomation(automations, input.arguments[0] ?? "");
}

export const automationsListHandler = withClient(async ({ home, io, json }, client) => {
  const { automations } = await client.request("GET /api/automations");
  const sorted = automations.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const onOff = ({ enabled }: Automation) => (enabled ? "on" : "off");
  if (json) printJson(io, sorted);
  else if (!io.terminal) {
    const fields = (one: Automation) => [one.id, one.name, onOff(one), triggerText(one.trigger)].map(oneLine);
    io.out(sorted.map((one) => `${fields(one).join("\t")}\n`).join(""));
  } else if (sorted.length === 0) {
    io.out(`There is no automation in ${home} yet. millrace automations create NAME makes one, or millrace.json.\n`);
  } else {
    const columns = [
      { title: "AUTOMATION", shrinkTo: 12 },
      { title: "" },
      { title: "LAST" },
      { title: "WHEN", shrinkTo: 20 },
      { title: "DOES", shrinkTo: 12, drop: 1 },
    ] as const;
    const rows = sorted.map((one) => [
      oneLine(one.name),
      one.enabled ? io.style.green("on") : io.style.yellow("off"),
      one.last_fired === null ? "" : `${ageText(Date.now() - Date.parse(one.last_fired))} ago`,
      oneLine(triggerText(one.trigger)),
      oneLine(one.actions.map(actionText).join(", ")),
    ]);
    io.out(`${layoutColumns(columns, rows, io.columns(), io.style.dim).join("\n")}\n`);
  }
  return exitCodes.completed;
});

export const automationsShowHandler = withClient(async (context, client) => {
  const { io, json } = context;
  const found = await named(context, client);
  const { deliveries } = await client.request("GET /api/automations/:id/deliveries", { params: { id: found.id } });
  if (json) {
    printJson(io, { ...found, deliveries });
    return exitCodes.completed;
  }
  const last =
    found.last_fired === null ? "never fired" : `fired ${ageText(Date.now() - Date.parse(found.last_fired))} ago`;
  const lines = [
    `${io.style.bold(found.name)}  ${found.enabled ? "on" : io.style.yellow("off")}, ${last}`,
    ...(found.description === null ? [] : [`  ${oneLine(found.description)}`]),
    `  when ${oneLine(triggerText(found.trigger))}`,
    ...found.actions.map((action) => `  then ${oneLine(actionText(action))}`),
    ...(found.declared_in === null ? [] : [`  declared in: ${found.declared_in}`]),
    `  id: ${found.id}`,
    ...(deliveries.length === 0 ? [] : ["deliveries:", ...deliveryLines(deliveries.slice(0, 10), io)]),
  ];
  io.out(`${lines.join("\n")}\n`);
  return exitCodes.completed;
});

export const automationsDeliveriesHandler = withClient(async (context, client) => {
  const { input, io, json, command } = context;
  const limit = Number(input.text("limit") ?? 20);
  if (!Number.isInteger(limit) || limit < 1) throw usage(command, "--limit: give a whole number from 1.");
  const { id, name } = await named(context, client);
  const { deliveries } = await client.request("GET /api/automations/:id/deliveries", { params: { id } });
  const shown = deliveries.slice(0, limit);
  if (json) printJson(io, shown);
  else if (shown.length === 0) io.out(`${io.style.bold(name)} has delivered nothing yet.\n`);
  else io.out(`${deliveryLines(shown, io).join("\n")}\n`);
  return exitCodes.completed;
});

export const automationsCreateHandler = withClient(async (context, client) => {
  const { io, json } = context;
  const settings = withFolder(settingsFrom(context), io.cwd);
  const { automation, plan } = await client.request("POST /api/automations", { body: settings });
  if (json) printJson(io, { automation, plan });
  else {
    const text = `${planText(settings, plan, "saved", io).join("\n")}\n`;
    if (plan.problems.length > 0) io.err(text.replace("be deployed", "be made"));
    else io.out(text);
  }
  return plan.problems.length > 0 ? exitCodes.usage : exitCodes.completed;
});

function withFolder(settings: AutomationSettings, cwd: string): AutomationSettings {
  const { trigger } = settings;
  return trigger.folder === undefined
    ? settings
    : { ...settings, trigger: { ...trigger, folder: path.resolve(cwd, trigger.folder) } };
}

export const automationsTestHandler = withClient(async (context, client) => {
  const { input, io, json } = context;
  const run = input.text("run");
  const settings = await settingsToTest(context, client);
  const body = { ...settings, ...(run === undefined ? {} : { flow_run_id: run }) };
  const { deliveries } = await client.request("POST /api/automations/test", { body, timeout_ms: patience });
  if (json) printJson(io, deliveries);
  else {
    for (const delivery of deliveries) {
      const said = delivery.text === null ? [] : delivery.text.split("\n").map((line) => `    > ${oneLine(line)}`);
      io.out(`${[...deliveryLines([delivery], io), ...said].join("\n")}\n`);
    }
  }
  return deliveries.some(({ state }) => state === "failed") ? exitCodes.failed : exitCodes.completed;
});

/** What is declared near is newer than what is deployed. */
async function settingsToTest({ input, io }: CommandContext, client: Client): Promise<AutomationSettings> {
  const typed = input.arguments[0] ?? "";
  const file = nearestFile(io.cwd);
  const declared = file === undefined ? undefined : readAutomations(file).find(({ name }) => name === typed);
  if (declared !== undefined) return declared;
  const { automations } = await client.request("GET /api/automations");
  const { name, description, trigger, actions, declared_in } = pickAutomation(automations, typed);
  return { name, description, trigger, actions, declared_in };
}

const turn = (enabled: boolean): CommandHandler =>
  withClient(async (context, client) => {
    const { io, json } = context;
    const { id } = await named(context, client);
    const now = await client.request("POST /api/automations/:id/enabled", { params: { id }, body: { enabled } });
    if (json) printJson(io, now);
    else io.out(`${io.style.bold(now.name)} is ${enabled ? "on" : "off"}.\n`);
    return exitCodes.completed;
  });

export const automationsEnableHandler = turn(true);
export const automationsDisableHandler = turn(false);

export const automationsRemoveHandler = withClient(async ({ input, io, json }, client) => {
  const { automations } = await client.request("GET /api/automations");
  // All are looked at before the first is removed: a slip in the last name removes nothing.
  const found = input.arguments.map((typed) => pickAutomation(automations, typed));
  const names = found.map(({ name }) => name).join(", ");
  if (!input.flag("yes") && !(await confirm(io, `Remove ${names}?`))) {
    io.err("Nothing was removed.\n");
    return exitCodes.failed;
  }
  for (const { id } of found) await client.request("DELETE /api/automations/:id", { params: { id } });
  if (json) {
    printJson(
      io,
      found.map(({ id }) => ({ id, removed: true })),
    );
  } else io.out(`Removed ${names}.\n`);
  return exitCodes.completed;
});
