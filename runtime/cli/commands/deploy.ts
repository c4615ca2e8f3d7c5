/** `millrace deploy`: one flow by options, or what the nearest millrace.json declares. */
import { execFileSync } from "node:child_process";
import path from "node:path";
import type { Client } from "../../client/client.ts";
import { connectOrStart } from "../../client/connect.ts";
import {
  nearestFile,
  newFile,
  readFile,
  readText,
  referenceIn,
  settingsIn,
  writeText,
} from "../../client/millrace-json.ts";
import type { AutomationSettings } from "../../protocol/automations.ts";
import { type DeclaredEntry, readDeclared } from "../../protocol/declared.ts";
import type { Deployment, DeploymentPlan, DeploymentSettings } from "../../protocol/deployments.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import { writeDeclared } from "../../protocol/write-declared.ts";
import { confirm } from "../ask.ts";
import { type PlannedAutomation, planAutomations, readAutomations, tellAutomations } from "../automations/declared.ts";
import type { CommandContext, CommandHandler } from "../command.ts";
import { titleOf } from "../deploy/find-deployment.ts";
import { entryFrom, saysSomething } from "../deploy/options.ts";
import { nextText, planLines } from "../deploy/plan-text.ts";
import { printJson } from "../json.ts";
import { usage } from "../parse.ts";
import { resolveTarget } from "../run/target.ts";
import { shortPath } from "../view/error-lines.ts";

interface Result {
  readonly deployment: Deployment | null;
  readonly plan: DeploymentPlan;
}

/** Loading a flow's file and taking its snapshot may take a while on a slow machine. Milliseconds. */
const patience = 60_000;

export const deployHandler: CommandHandler = async (context) => {
  const client = await connectOrStart(context.home);
  try {
    return await (context.input.arguments[0] === undefined
      ? deployDeclared(context, client)
      : deployOne(context, client));
  } finally {
    client.close();
  }
};

const ask = (client: Client, settings: DeploymentSettings, dry_run: boolean): Promise<Result> =>
  client.request("POST /api/deployments", { body: { ...settings, dry_run }, timeout_ms: patience });

async function deployOne(context: CommandContext, client: Client): Promise<number> {
  const { command, input, io, json } = context;
  const name = input.text("name");
  if (name === undefined) throw usage(command, "-n NAME is missing: what the deployment is called.");
  for (const option of ["all", "prune"]) {
    if (input.flag(option)) throw usage(command, `--${option} is for what millrace.json declares: leave the flow out.`);
  }
  const [apply, dry] = [input.flag("apply"), input.flag("dry-run")];
  const { file: flowFile, flow } = resolveTarget(input.arguments[0] ?? "", io.cwd);
  const exported = await exportOf(client, flowFile, flow);
  const found = nearestFile(path.dirname(flowFile));
  const target = found ?? (apply ? undefined : newFile(flowFile, io.cwd));
  const said = entryFrom(context, () => {
    const repository = repositoryOf(flowFile);
    if (target === undefined) return repository;
    const near = path.relative(path.dirname(target), repository).replaceAll("\\", "/");
    return near.startsWith("..") ? near : near === "" ? "." : `./${near}`;
  });
  if (target === undefined) return applyOne(context, client, settingsWithout(flowFile, exported, name, said, io.cwd));

  const before = readText(target);
  const entry = { flow: referenceIn(target, flowFile, exported), name, ...said };
  const text = writeDeclared(before, entry);
  const declared = readDeclared(text).deployments.find(
    ({ file, export: of, settings }) =>
      settings.name === name && of === exported && path.resolve(path.dirname(target), file) === flowFile,
  );
  // What is wrong with the file is told with its places; reading it again from the disk would tell of the old text.
  if (declared === undefined) throw new MillraceError("bad-file", problemsOf(target, text));
  const settings = settingsIn(target, declared);
  const planned = await ask(client, settings, true);
  if (planned.plan.problems.length > 0 || dry) return tell(context, [planned], [], "planned", [name]);
  const changes = text !== before;
  if (changes) writeText(target, text);
  const where = shortPath(target, io.cwd);
  if (apply) {
    if (changes && !json) io.err(`${where} ${before === undefined ? "is written" : "is changed"}.\n`);
    return tell(context, [await ask(client, settings, false)], [], "deployed");
  }
  const code = tell(context, [planned], [], "planned");
  if (!json) {
    const wrote = changes
      ? `${where} ${before === undefined ? "is written" : "is changed"}`
      : `${where} says so already`;
    io.out(`${wrote}; nothing is deployed yet. Deploy it: millrace deploy -n ${quoted(name)}\n`);
  }
  return code;
}

async function applyOne(context: CommandContext, client: Client, settings: DeploymentSettings): Promise<number> {
  const dry = context.input.flag("dry-run");
  return tell(context, [await ask(client, settings, dry)], [], dry ? "planned" : "deployed", [settings.name]);
}

/** No millrace.json is near: the home alone knows of it. */
function settingsWithout(
  flowFile: string,
  exported: string,
  name: string,
  said: DeclaredEntry,
  cwd: string,
): DeploymentSettings {
  const text = writeDeclared(undefined, { flow: `${path.basename(flowFile)}:${exported}`, name, ...said });
  const { deployments, problems } = readDeclared(text);
  const [declared] = deployments;
  if (declared === undefined)
    throw new MillraceError("bad-usage", problems.map(({ path: at, message }) => `${at} ${message}`).join("; "));
  return { ...declared.settings, flow_file: flowFile, flow_export: exported, cwd };
}

async function deployDeclared(context: CommandContext, client: Client): Promise<number> {
  const { command, input, io, json } = context;
  if (saysSomething(context)) throw usage(command, "FILE:FLOW is missing: the flow that these options are for.");
  const file = nearestFile(io.cwd);
  if (file === undefined) {
    throw new MillraceError(
      "bad-usage",
      `There is no millrace.json in ${io.cwd} or above it. Name a flow instead: millrace deploy etl.ts:etl -n daily --cron "0 5 * * *"`,
    );
  }
  const all = readFile(file);
  const name = input.text("name");
  const wanted = name === undefined ? all : all.filter(({ settings }) => settings.name === name);
  if (name !== undefined && wanted.length === 0) {
    const names = all.map(({ settings }) => settings.name);
    throw new MillraceError("not-found", `${file} declares no deployment "${name}".${didYouMean(name, names)}`);
  }
  const dry = input.flag("dry-run");
  const planned: Result[] = [];
  for (const { settings } of wanted) planned.push(await ask(client, settings, true));
  // One deployment is asked for by its name, automations are not.
  const watching = name === undefined ? readAutomations(file) : [];
  const deployments = planned.flatMap(({ deployment }) => (deployment === null ? [] : [titleOf(deployment)]));
  const plans = await planAutomations(client, watching, { dry: true, deployments });
  // All or none: half of a file deployed is a state that nobody has written down.
  if (dry || [...planned, ...plans].some(({ plan }) => plan.problems.length > 0)) {
    const names = wanted.map(({ settings }) => settings.name);
    const code = tell(context, planned, plans, "planned", names);
    if (!json) tellAutomations(watching, plans, "planned", io);
    if (name === undefined)
      await noteUndeclared(
        context,
        client,
        file,
        wanted.map(({ settings }) => settings),
        watching,
        dry,
      );
    return code;
  }
  const done: Result[] = [];
  for (const { settings } of wanted) done.push(await ask(client, settings, false));
  const saved = await planAutomations(client, watching, { dry: false });
  const code = tell(context, done, saved, "deployed");
  if (!json) tellAutomations(watching, saved, "saved", io);
  if (name === undefined)
    await noteUndeclared(
      context,
      client,
      file,
      wanted.map(({ settings }) => settings),
      watching,
      false,
    );
  return code;
}

/** What the file declared once and does not any more: removed only when somebody says so. */
async function noteUndeclared(
  { input, io, json }: CommandContext,
  client: Client,
  file: string,
  declared: readonly DeploymentSettings[],
  watching: readonly AutomationSettings[],
  dry: boolean,
): Promise<void> {
  const { deployments } = await client.request("GET /api/deployments");
  const orphans = deployments.filter(
    (one) =>
      one.declared_in === file &&
      !declared.some(({ name, flow_file }) => name === one.name && flow_file === one.flow_file),
  );
  for (const { id, flow_name, name } of orphans) {
    await drop(`${flow_name}/${name}`, () => client.request("DELETE /api/deployments/:id", { params: { id } }));
  }
  const { automations } = await client.request("GET /api/automations");
  for (const { id, name, declared_in } of automations) {
    if (declared_in !== file || watching.some((one) => one.name === name)) continue;
    await drop(`automation ${name}`, () => client.request("DELETE /api/automations/:id", { params: { id } }));
  }

  async function drop(title: string, work: () => Promise<unknown>): Promise<void> {
    const question = `${title} is deployed here and no longer declared. Remove it?`;
    const remove = !dry && (input.flag("prune") || (io.interactive && !json && (await confirm(io, question))));
    if (remove) await work();
    const what = remove
      ? "is removed"
      : dry && input.flag("prune")
        ? "would be removed"
        : "stays: it is no longer declared (--prune removes it)";
    io.err(`${title} ${what}.\n`);
  }
}

function tell(
  { io, json }: CommandContext,
  results: readonly Result[],
  automations: readonly PlannedAutomation[],
  how: "planned" | "deployed",
  names: readonly string[] = [],
): number {
  const refused = [...results, ...automations].some(({ plan }) => plan.problems.length > 0);
  const all = [...results, ...automations];
  if (json) printJson(io, all.length === 1 ? all[0] : all);
  else {
    for (const [place, { deployment, plan }] of results.entries()) {
      const title =
        deployment === null ? (names[place] ?? "the deployment") : `${deployment.flow_name}/${deployment.name}`;
      const lines = [`${io.style.bold(title)} ${headline(deployment, plan, how)}`, ...planLines(plan, deployment, io)];
      (plan.problems.length > 0 ? io.err : io.out)(lines.map((line) => `${line}\n`).join(""));
    }
    if (refused) io.err("Nothing was deployed.\n");
  }
  return refused ? exitCodes.usage : exitCodes.completed;
}

function headline(
  deployment: Deployment | null,
  { kind, problems }: DeploymentPlan,
  how: "planned" | "deployed",
): string {
  if (problems.length > 0 || deployment === null) return "cannot be deployed:";
  if (kind === "unchanged") return `is deployed as it stands (version ${deployment.version}); ${nextText(deployment)}`;
  if (how === "planned") return kind === "new" ? "would be new:" : `would become version ${deployment.version}:`;
  return `is deployed (version ${deployment.version}); ${nextText(deployment)}`;
}

async function exportOf(client: Client, file: string, flow: string | undefined): Promise<string> {
  const { flows } = await client.request("POST /api/describe", { body: { file }, timeout_ms: patience });
  const found = flow === undefined ? flows : flows.filter((each) => each.export === flow || each.name === flow);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only.export;
  const names = flows.map((each) => each.export);
  if (found.length === 0 && flow !== undefined) {
    throw new MillraceError(
      "unknown-flow",
      `${file} has no flow "${flow}".${didYouMean(flow, names) || ` It has ${names.join(", ")}.`}`,
    );
  }
  throw new MillraceError(
    "ambiguous-flow",
    `${file} has ${flows.length} flows; write ${file}:FLOW with one of ${names.join(", ")}`,
  );
}

function repositoryOf(flowFile: string): string {
  try {
    const given = ["rev-parse", "--show-toplevel"];
    const text = execFileSync("git", given, {
      cwd: path.dirname(flowFile),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      windowsHide: true,
    });
    return path.resolve(text.trim());
  } catch (cause) {
    throw new MillraceError(
      "bad-usage",
      `--code git: ${flowFile} lies in no git repository, or git is not installed.`,
      { cause },
    );
  }
}

function problemsOf(file: string, text: string): string {
  const { problems } = readDeclared(text);
  const list = problems.map(({ line, column, path: at, message }) => `${file}:${line}:${column}: ${at} ${message}`);
  return `${list.join("\n") || `${file} cannot be changed by the command; change it by hand`}\nNothing was written or deployed.`;
}

function quoted(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `"${text}"`;
}
