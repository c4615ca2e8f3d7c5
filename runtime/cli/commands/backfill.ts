/** `millrace backfill`: runs for the scheduled times of a range of days. */
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../../client/client.ts";
import { connectOrStart } from "../../client/connect.ts";
import type { Backfill, BackfillPartition } from "../../protocol/deployments.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import type { CommandContext, CommandHandler, Io } from "../command.ts";
import { findDeployment, titleOf } from "../deploy/find-deployment.ts";
import { printJson } from "../json.ts";
import { usage } from "../parse.ts";
import { readParameters } from "../run/parameters.ts";
import { layoutColumns } from "../terminal/columns.ts";
import { dateText } from "../terminal/times.ts";

const lookEvery = 300;

async function withClient<T>(home: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connectOrStart(home);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

export const backfillHandler: CommandHandler = (context) =>
  withClient(context.home, async (client) => {
    const { command, input, io, json } = context;
    const [start, end] = [input.text("start"), input.text("end")];
    if (start === undefined || end === undefined) {
      throw usage(command, "--start and --end are needed: days (2026-01-31) or times, and both belong to the range.");
    }
    const found = await findDeployment(client, input.arguments[0] ?? "");
    const parameters = readParameters({ pairs: input.list("param"), params: input.text("params"), cwd: io.cwd });
    const concurrency = input.text("concurrency");
    const at = concurrency === undefined ? 1 : Number(concurrency);
    if (!Number.isInteger(at) || at < 1)
      throw usage(command, `--concurrency: "${concurrency}" is no whole number from 1.`);
    const dry_run = input.flag("dry-run");
    const body = {
      deployment_id: found.id,
      start,
      end,
      concurrency: at,
      dry_run,
      ...given(input.text("schedule"), "schedule_id"),
      ...given(input.text("cron"), "cron"),
      ...given(input.text("timezone"), "timezone"),
      ...given(input.text("partition-parameter"), "partition_parameter"),
      ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
      ...(input.flag("again") ? { again: true } : {}),
    };
    const made = await client.request("POST /api/backfills", { body, timeout_ms: 60_000 });
    if (dry_run) {
      if (json) printJson(io, made);
      else io.out(`${titleOf(found)}\n${partitionLines(made, io)}${countLine(made)}; nothing was started.\n`);
      return exitCodes.completed;
    }
    if (!input.flag("wait")) {
      if (json) printJson(io, made);
      else io.out(`${countLine(made)}. Follow it: millrace backfill show ${made.id}\n`);
      return exitCodes.completed;
    }
    const ended = await waitFor(context, client, made);
    if (json) printJson(io, ended);
    else io.out(`${partitionLines(ended, io)}${countLine(ended)}.\n`);
    return ended.partitions.every(({ state }) => state === "complete") ? exitCodes.completed : exitCodes.failed;
  });

function given<Name extends string>(text: string | undefined, name: Name): Partial<Record<Name, string>> {
  const named: Partial<Record<Name, string>> = {};
  if (text !== undefined) named[name] = text;
  return named;
}

async function waitFor({ io, json }: CommandContext, client: Client, made: Backfill): Promise<Backfill> {
  let shown = "";
  for (;;) {
    const now = await client.request("GET /api/backfills/:id", { params: { id: made.id } });
    const line = countLine(now);
    if (line !== shown && !json) io.err(`${line}\n`);
    shown = line;
    const open = now.partitions.some(({ state }) => state === "waiting" || state === "running");
    const left = now.partitions.some(({ state }) => state === "missing");
    if (!open && (now.cancelled || !left)) return now;
    await wait(lookEvery);
  }
}

export const backfillListHandler: CommandHandler = ({ home, io, json }) =>
  withClient(home, async (client) => {
    const [{ backfills }, { deployments }] = await Promise.all([
      client.request("GET /api/backfills"),
      client.request("GET /api/deployments"),
    ]);
    if (json) printJson(io, backfills);
    else if (backfills.length === 0)
      io.out("No backfills yet. millrace backfill FLOW/NAME --start DAY --end DAY makes one.\n");
    else {
      const titles = new Map(deployments.map((one) => [one.id, titleOf(one)]));
      const rows = backfills.map((one) => [
        titles.get(one.deployment_id) ?? one.deployment_id,
        dateText(Date.parse(one.created)),
        countLine(one),
        one.id,
      ]);
      const columns = [
        { title: "DEPLOYMENT", shrinkTo: 12 },
        { title: "ASKED FOR", drop: 1 },
        { title: "PARTITIONS" },
        { title: "ID" },
      ];
      io.out(`${layoutColumns(columns, rows, io.columns(), io.style.dim).join("\n")}\n`);
    }
    return exitCodes.completed;
  });

export const backfillShowHandler: CommandHandler = ({ home, io, json, input }) =>
  withClient(home, async (client) => {
    const found = await find(client, input.arguments[0] ?? "");
    if (json) printJson(io, found);
    else io.out(`${partitionLines(found, io)}${countLine(found)}${found.cancelled ? "; cancelled" : ""}.\n`);
    return exitCodes.completed;
  });

export const backfillCancelHandler: CommandHandler = ({ home, io, json, input }) =>
  withClient(home, async (client) => {
    const { id } = await find(client, input.arguments[0] ?? "");
    const cancelled = await client.request("POST /api/backfills/:id/cancel", { params: { id }, timeout_ms: 60_000 });
    if (json) printJson(io, cancelled);
    else io.out(`The backfill is cancelled: ${countLine(cancelled)}.\n`);
    return exitCodes.completed;
  });

async function find(client: Client, typed: string): Promise<Backfill> {
  const { backfills } = await client.request("GET /api/backfills");
  const found = backfills.filter(({ id }) => id === typed || id.startsWith(typed) || id.endsWith(typed));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const hint =
    didYouMean(
      typed,
      backfills.map(({ id }) => id),
    ) || " `millrace backfill ls` lists them.";
  throw new MillraceError(
    "not-found",
    `There is ${found.length > 1 ? "more than one" : "no"} backfill "${typed}".${hint}`,
  );
}

const words = [
  "complete",
  "running",
  "waiting",
  "failed",
  "missing",
] as const satisfies readonly BackfillPartition["state"][];

/** "12 partitions: 3 complete, 2 running, 7 missing" */
function countLine({ partitions }: Backfill): string {
  const counts = words.flatMap((state) => {
    const count = partitions.filter((one) => one.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  return `${partitions.length} partitions${counts.length === 0 ? "" : `: ${counts.join(", ")}`}`;
}

function partitionLines({ partitions }: Backfill, { style }: Io): string {
  const paint = {
    complete: style.green,
    failed: style.red,
    running: style.cyan,
    waiting: style.dim,
    missing: style.dim,
  };
  return partitions.map(({ key, state }) => `  ${key}  ${paint[state](state)}\n`).join("");
}
