/** `millrace deployments …`: what is deployed in this home. */
import type { Client } from "../../client/client.ts";
import { connectOrStart } from "../../client/connect.ts";
import { changesOf } from "../../protocol/deployment-changes.ts";
import type { Deployment } from "../../protocol/deployments.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { confirm } from "../ask.ts";
import type { CommandContext, CommandHandler, Io } from "../command.ts";
import { findDeployment, titleOf } from "../deploy/find-deployment.ts";
import { exitCodeOf, followRun } from "../deploy/follow-run.ts";
import { codeText, nextText, planLines, scheduleLines } from "../deploy/plan-text.ts";
import { endLine } from "../elsewhere/go-on.ts";
import { printJson } from "../json.ts";
import { usage } from "../parse.ts";
import { readParameters } from "../run/parameters.ts";
import { layoutColumns } from "../terminal/columns.ts";
import { ageText, dateText } from "../terminal/times.ts";
import { oneLine } from "../terminal/width.ts";
import { glyphOf, paintOf, stateLabel } from "../view/glyphs.ts";

type Work = (context: CommandContext, client: Client) => Promise<number>;

/** What is deployed is the orchestrator's to tell and to change: it is started where none is up. */
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

const named = ({ input }: CommandContext, client: Client): Promise<Deployment> =>
  findDeployment(client, input.arguments[0] ?? "");

export const deploymentsListHandler = withClient(async ({ home, io, json }, client) => {
  const { deployments } = await client.request("GET /api/deployments");
  const sorted = deployments.toSorted((left, right) => (titleOf(left) < titleOf(right) ? -1 : 1));
  if (json) printJson(io, sorted);
  else if (!io.terminal) io.out(sorted.map((one) => `${plainFields(one).map(oneLine).join("\t")}\n`).join(""));
  else if (sorted.length === 0) {
    io.out(`Nothing is deployed in ${home} yet. millrace deploy FILE:FLOW -n NAME does.\n`);
  } else {
    const columns = [
      { title: "DEPLOYMENT", shrinkTo: 12 },
      { title: "NEXT RUN" },
      { title: "LAST RUN" },
      { title: "VERSION", align: "right", drop: 1 },
      { title: "CODE", drop: 2 },
    ] as const;
    const rows = sorted.map((one) => [
      oneLine(titleOf(one)),
      one.paused ? io.style.yellow("paused") : one.next_run === null ? "" : dateText(Date.parse(one.next_run)),
      lastText(one, io),
      String(one.version),
      one.code.type,
    ]);
    io.out(`${layoutColumns(columns, rows, io.columns(), io.style.dim).join("\n")}\n`);
  }
  return exitCodes.completed;
});

/** For programs: id, flow/name, version, next run, last state. */
function plainFields(one: Deployment): string[] {
  const next = one.paused ? "paused" : (one.next_run ?? "");
  return [one.id, titleOf(one), String(one.version), next, one.last_run?.state_name ?? ""];
}

function lastText({ last_run: last }: Deployment, { style }: Io): string {
  if (last === null) return "";
  const state = { type: last.state_type, name: last.state_name };
  const at = last.end_time ?? last.start_time;
  const age = at === null ? "" : ` ${ageText(Date.now() - Date.parse(at))} ago`;
  return `${glyphOf(state, style)} ${paintOf(state, style)(stateLabel(state))}${age}`;
}

export const deploymentsShowHandler = withClient(async (context, client) => {
  const { io, json } = context;
  const found = await named(context, client);
  const params = { id: found.id };
  const { drift } = await client.request("GET /api/deployments/:id/drift", { params, timeout_ms: 60_000 });
  const query = { deployment_id: found.id, limit: 10 };
  const { upcoming } = await client.request("POST /api/upcoming", { body: query });
  if (json) {
    printJson(io, { ...found, drift, upcoming });
    return exitCodes.completed;
  }
  const { style } = io;
  const limit = found.concurrency_limit === null ? "" : `, at most ${found.concurrency_limit} at a time`;
  const lines = [
    `${style.bold(titleOf(found))}  version ${found.version}, ${nextText(found)}`,
    ...(found.description === null ? [] : [`  ${oneLine(found.description)}`]),
    `  flow: ${found.flow_file}:${found.flow_export}`,
    `  parameters: ${oneLine(JSON.stringify(found.parameters))}`,
    ...scheduleLines(found),
    `  code: ${codeText(found.code)}`,
    `  runs in: ${found.infrastructure.type}, pool ${found.work_pool_name}, queue ${found.work_queue_name}${limit}`,
    ...(found.keep_running ? ["  fires with the editor closed"] : []),
    ...(found.declared_in === null ? [] : [`  declared in: ${found.declared_in}`]),
    `  id: ${found.id}`,
    ...upcoming.map(({ time }, place) => `  ${place === 0 ? "next:" : "     "} ${dateText(Date.parse(time))}`),
    ...drift.map(({ message }) => `${style.yellow("drift")}: ${message}`),
  ];
  io.out(`${lines.join("\n")}\n`);
  return exitCodes.completed;
});

export const deploymentsRunHandler = withClient(async (context, client) => {
  const { input, io, json, home, command } = context;
  const found = await named(context, client);
  const parameters = readParameters({ pairs: input.list("param"), params: input.text("params"), cwd: io.cwd });
  const at = input.text("at");
  if (at !== undefined && Number.isNaN(Date.parse(at))) {
    throw usage(command, `--at: "${at}" is no time; write 2026-01-31T05:00 or 2026-01-31T05:00:00Z.`);
  }
  const [name, key] = [input.text("name"), input.text("idempotency-key")];
  const tags = input.list("tag");
  const { flow_run_id: id } = await client.request("POST /api/deployments/:id/create_flow_run", {
    params: { id: found.id },
    timeout_ms: 60_000,
    body: {
      parameters,
      ...(at === undefined ? {} : { scheduled_time: new Date(at).toISOString() }),
      ...(name === undefined ? {} : { name }),
      ...(tags.length === 0 ? {} : { tags }),
      ...(key === undefined ? {} : { idempotency_key: key }),
    },
  });
  const run = await client.request("GET /api/flow_runs/:id", { params: { id } });
  const follow = input.flag("watch") || input.flag("wait");
  if (!follow) {
    if (json) printJson(io, run);
    else io.out(`${io.style.bold(run.name)} is asked for (${id}). Follow it: millrace runs logs -f ${run.name}\n`);
    return exitCodes.completed;
  }
  if (!json) io.err(`${io.style.bold(run.name)} is asked for (${id}).\n`);
  const ended = await followRun(client, id, { home, io, watch: input.flag("watch") && !json });
  if (json) printJson(io, ended);
  else io.out(`${endLine(ended, io)}\n`);
  return exitCodeOf(ended);
});

const turn = (route: "POST /api/deployments/:id/pause" | "POST /api/deployments/:id/resume", what: string) =>
  withClient(async (context, client) => {
    const { io, json } = context;
    const found = await named(context, client);
    const now = await client.request(route, { params: { id: found.id } });
    if (json) printJson(io, now);
    else io.out(`${io.style.bold(titleOf(now))} ${what}; ${nextText(now)}.\n`);
    return exitCodes.completed;
  });

export const deploymentsPauseHandler = turn("POST /api/deployments/:id/pause", "is paused: its schedules do not fire");
export const deploymentsResumeHandler = turn("POST /api/deployments/:id/resume", "goes on");

export const deploymentsRemoveHandler = withClient(async (context, client) => {
  const { input, io, json } = context;
  const found: Deployment[] = [];
  // All are looked at before the first is removed: a slip in the last name removes nothing.
  for (const typed of input.arguments) found.push(await findDeployment(client, typed));
  const titles = found.map(titleOf).join(", ");
  if (!input.flag("yes") && !(await confirm(io, `Remove ${titles}? Runs that there are stay.`))) {
    io.err("Nothing was removed.\n");
    return exitCodes.failed;
  }
  for (const { id } of found) await client.request("DELETE /api/deployments/:id", { params: { id } });
  if (json)
    printJson(
      io,
      found.map(({ id }) => ({ id, removed: true })),
    );
  else io.out(`Removed ${titles}.\n`);
  return exitCodes.completed;
});

export const deploymentsVersionsHandler = withClient(async (context, client) => {
  const { io, json } = context;
  const { id } = await named(context, client);
  const { versions } = await client.request("GET /api/deployments/:id/versions", { params: { id } });
  if (json) printJson(io, versions);
  else {
    const rows = versions.map((one) => [String(one.version), dateText(Date.parse(one.updated)), codeText(one.code)]);
    const columns = [
      { title: "VERSION", align: "right" },
      { title: "DEPLOYED" },
      { title: "CODE", shrinkTo: 12 },
    ] as const;
    io.out(`${layoutColumns(columns, rows, io.columns(), io.style.dim).join("\n")}\n`);
  }
  return exitCodes.completed;
});

export const deploymentsDiffHandler = withClient(async (context, client) => {
  const { io, json, input, command } = context;
  const found = await named(context, client);
  const { versions } = await client.request("GET /api/deployments/:id/versions", { params: { id: found.id } });
  const pick = (text: string | undefined, otherwise: number): Deployment => {
    const wanted = text === undefined ? otherwise : Number(text);
    const version = versions.find((one) => one.version === wanted);
    if (version !== undefined) return version;
    const known = versions.map((one) => one.version).join(", ");
    throw usage(command, `"${text ?? otherwise}" is no version of ${titleOf(found)} that is kept; there are ${known}.`);
  };
  const after = pick(input.text("to"), found.version);
  if (input.text("from") === undefined && versions.length === 1) {
    throw new MillraceError(
      "not-found",
      `${titleOf(found)} has one version only: there is nothing to compare it with.`,
    );
  }
  const before = pick(input.text("from"), after.version - 1);
  const changes = changesOf(before, after);
  if (json) printJson(io, { from: before.version, to: after.version, changes });
  else {
    const head = `${io.style.bold(titleOf(found))} from version ${before.version} to ${after.version}`;
    const lines = planLines({ kind: "changed", changes, problems: [] }, after, io);
    io.out(`${[head, ...(lines.length === 0 ? ["  nothing has changed"] : lines)].join("\n")}\n`);
  }
  return exitCodes.completed;
});

export const deploymentsRollbackHandler = withClient(async (context, client) => {
  const { io, json, input, command } = context;
  const found = await named(context, client);
  const version = Number(input.arguments[1]);
  if (!Number.isInteger(version) || version < 1) {
    throw usage(command, `"${input.arguments[1] ?? ""}" is no version; millrace deployments versions lists them.`);
  }
  const now = await client.request("POST /api/deployments/:id/versions/:version/restore", {
    params: { id: found.id, version: String(version) },
  });
  if (json) printJson(io, now);
  else {
    io.out(
      `${io.style.bold(titleOf(now))} is as in version ${version} again (version ${now.version}); ${nextText(now)}.\n`,
    );
    if (now.declared_in !== null) io.err(`${now.declared_in} says what it said: deploying from it takes that again.\n`);
  }
  return exitCodes.completed;
});
