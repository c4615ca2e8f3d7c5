/** Work pools and their queues. */
import type { Client } from "../../client/client.ts";
import { connectOrStart } from "../../client/connect.ts";
import type { Infrastructure, WorkPool } from "../../protocol/deployments.ts";
import { exitCodes, MillraceError } from "../../protocol/errors.ts";
import type { CommandContext, CommandHandler, CommandInput, Io } from "../command.ts";
import { printJson } from "../json.ts";
import { layoutColumns } from "../terminal/columns.ts";
import { ageText } from "../terminal/times.ts";

async function withClient<T>({ home }: CommandContext, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connectOrStart(home);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

export const poolsListHandler: CommandHandler = async (context) => {
  const { io, json } = context;
  const { work_pools: pools } = await withClient(context, (client) => client.request("GET /api/work_pools"));
  if (json) printJson(io, pools);
  else if (!io.terminal) for (const pool of pools) io.out(`${poolRow(pool).join("\t")}\n`);
  else
    printRows(io, ["NAME", "TYPE", "STATUS", "LIMIT", "QUEUES", "WORKERS", "WAITING", "RUNNING"], pools.map(poolRow));
  return exitCodes.completed;
};

function poolRow({ name, type, status, concurrency_limit, queues, workers }: WorkPool): string[] {
  const online = workers.filter((worker) => worker.status === "ONLINE").length;
  const sum = (of: (queue: WorkPool["queues"][number]) => number) => queues.reduce((all, queue) => all + of(queue), 0);
  return [
    name,
    type,
    status,
    limitText(concurrency_limit),
    String(queues.length),
    `${online}${online === workers.length ? "" : `/${workers.length}`}`,
    String(sum(({ waiting }) => waiting)),
    String(sum(({ running }) => running)),
  ];
}

export const poolsShowHandler: CommandHandler = async (context) => {
  const { io, json, input } = context;
  const [name = ""] = input.arguments;
  const pool = await withClient(context, (client) => client.request("GET /api/work_pools/:name", { params: { name } }));
  if (json) printJson(io, pool);
  else printPool(io, pool);
  return exitCodes.completed;
};

function printPool(io: Io, pool: WorkPool): void {
  const { name, type, status, description, concurrency_limit, queues, workers, infrastructure, tokens } = pool;
  io.out(`${io.style.bold(name)}  ${type}  ${status}${description === null ? "" : `  ${description}`}\n`);
  io.out(
    `limit ${limitText(concurrency_limit)}, tokens ${tokens}, infrastructure ${JSON.stringify(infrastructure)}\n\n`,
  );
  printRows(
    io,
    ["QUEUE", "PRIORITY", "LIMIT", "STATE", "WAITING", "RUNNING", "POLLED"],
    queues.map((queue) => [
      queue.name,
      String(queue.priority),
      limitText(queue.concurrency_limit),
      queue.is_paused ? "paused" : "open",
      String(queue.waiting),
      String(queue.running),
      queue.last_polled === null ? "never" : `${ageText(Date.now() - Date.parse(queue.last_polled))} ago`,
    ]),
  );
  io.out("\n");
  if (workers.length === 0) io.out(`No worker: start one with \`millrace worker start --pool ${name}\`.\n`);
  else {
    printRows(
      io,
      ["WORKER", "STATUS", "QUEUES", "RUNNING", "HOST"],
      workers.map((worker) => [
        worker.name,
        worker.offline_since === null ? "online" : `offline since ${worker.offline_since}`,
        worker.queues.length === 0 ? "all" : worker.queues.join(", "),
        `${worker.running}/${worker.limit}`,
        worker.host,
      ]),
    );
  }
}

function printRows(io: Io, titles: readonly string[], rows: readonly string[][]): void {
  const columns = titles.map((title) => ({ title, shrinkTo: 6 }));
  io.out(
    layoutColumns(columns, rows, io.columns(), io.style.dim)
      .map((line) => `${line}\n`)
      .join(""),
  );
}

function limitText(limit: number | null): string {
  return limit === null ? "none" : String(limit);
}

export const poolsCreateHandler: CommandHandler = async (context) => {
  const { input } = context;
  const [name = ""] = input.arguments;
  const type = input.text("type") === "docker" ? "docker" : "process";
  const description = input.text("description");
  const infrastructure = infrastructureOf(input, type);
  const limit = limitOf(input);
  return withClient(context, async (client) => {
    const { work_pools: pools } = await client.request("GET /api/work_pools");
    if (pools.some((pool) => pool.name === name)) {
      throw new MillraceError(
        "conflict",
        `There is a work pool "${name}" already; \`millrace pools show ${name}\` shows it.`,
      );
    }
    const body = {
      type,
      ...(description === undefined ? {} : { description }),
      ...(limit === undefined ? {} : { concurrency_limit: limit }),
      ...(infrastructure === undefined ? {} : { infrastructure }),
    } as const;
    const pool = await client.request("PUT /api/work_pools/:name", { params: { name }, body });
    return tell(
      context,
      pool,
      `The work pool ${name} is there; \`millrace worker start --pool ${name}\` works for it.`,
    );
  });
};

function infrastructureOf(input: CommandInput, type: "process" | "docker"): Infrastructure | undefined {
  const image = input.text("image");
  const text = input.text("infrastructure");
  let given: object = {};
  if (text !== undefined) {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch (cause) {
      throw new MillraceError("bad-usage", `--infrastructure: ${text} is no JSON.`, { cause });
    }
    if (typeof parsed !== "object" || parsed === null) {
      throw new MillraceError("bad-usage", "--infrastructure: must be a JSON object.");
    }
    given = parsed;
  }
  if (image === undefined && text === undefined) return undefined;
  // What it holds is checked where it is taken in.
  return type === "docker" ? { image: image ?? "millrace-worker", ...given, type } : { ...given, type };
}

function limitOf(input: CommandInput): number | null | undefined {
  const text = input.text("limit");
  if (text === undefined) return undefined;
  if (text === "none") return null;
  if (!/^\d+$/.test(text)) throw new MillraceError("bad-usage", `--limit: "${text}" is no number; write 4, or none.`);
  return Number(text);
}

function tell({ io, json }: CommandContext, pool: WorkPool, message: string): number {
  if (json) printJson(io, pool);
  else io.out(`${message}\n`);
  return exitCodes.completed;
}

function pausing(is_paused: boolean): CommandHandler {
  return async (context) => {
    const [name = ""] = context.input.arguments;
    return withClient(context, async (client) => {
      await client.request("GET /api/work_pools/:name", { params: { name } });
      const pool = await client.request("PUT /api/work_pools/:name", { params: { name }, body: { is_paused } });
      return tell(context, pool, `The work pool ${name} ${is_paused ? "is paused" : "goes on"}.`);
    });
  };
}

export const poolsPauseHandler = pausing(true);
export const poolsResumeHandler = pausing(false);

export const poolsRemoveHandler: CommandHandler = async (context) => {
  const { io, json, input } = context;
  const [name = ""] = input.arguments;
  await withClient(context, (client) => client.request("DELETE /api/work_pools/:name", { params: { name } }));
  if (json) printJson(io, { name, removed: true });
  else io.out(`The work pool ${name} is deleted.\n`);
  return exitCodes.completed;
};

export const poolsQueueHandler: CommandHandler = async (context) => {
  const { input } = context;
  const [name = "", queue = ""] = input.arguments;
  const params = { name, queue };
  return withClient(context, async (client) => {
    if (input.flag("rm")) {
      const pool = await client.request("DELETE /api/work_pools/:name/queues/:queue", { params });
      return tell(context, pool, `The queue ${queue} of ${name} is deleted.`);
    }
    const priority = input.text("priority");
    if (priority !== undefined && !/^[1-9]\d*$/.test(priority)) {
      throw new MillraceError("bad-usage", `--priority: "${priority}" is no priority; write 1 for the first.`);
    }
    const limit = limitOf(input);
    const description = input.text("description");
    const body = {
      ...(priority === undefined ? {} : { priority: Number(priority) }),
      ...(limit === undefined ? {} : { concurrency_limit: limit }),
      ...(description === undefined ? {} : { description }),
      ...(input.flag("pause") ? { is_paused: true } : input.flag("resume") ? { is_paused: false } : {}),
    };
    const pool = await client.request("PUT /api/work_pools/:name/queues/:queue", { params, body });
    const made = pool.queues.find((each) => each.name === queue);
    const paused = made?.is_paused === true ? ", paused" : "";
    const message = `The queue ${queue} of ${name}: priority ${made?.priority}, limit ${limitText(made?.concurrency_limit ?? null)}${paused}.`;
    return tell(context, pool, message);
  });
};

export const poolsTokenHandler: CommandHandler = async (context) => {
  const { io, json, input } = context;
  const [name = ""] = input.arguments;
  const params = { name };
  return withClient(context, async (client) => {
    if (input.flag("revoke")) {
      const { removed } = await client.request("DELETE /api/work_pools/:name/tokens", { params });
      if (json) printJson(io, { removed });
      else io.out(`${removed} ${removed === 1 ? "token is" : "tokens are"} good for nothing any more.\n`);
      return exitCodes.completed;
    }
    const { token } = await client.request("POST /api/work_pools/:name/tokens", { params });
    if (json) printJson(io, { token });
    else io.out(`${token}\n`);
    return exitCodes.completed;
  });
};
