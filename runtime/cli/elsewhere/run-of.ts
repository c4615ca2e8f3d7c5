/** A run that an orchestrator elsewhere has: found and read by asking it, as its files are not on this machine. */
import type { Client } from "../../client/client.ts";
import { connectOrStart } from "../../client/connect.ts";
import type { FlowRun } from "../../protocol/api.ts";
import { MillraceError } from "../../protocol/errors.ts";
import { isId } from "../../protocol/ids.ts";
import { didYouMean } from "../../protocol/near-names.ts";
import type { CommandContext } from "../command.ts";

/** Asks for the run that was typed - the newest when nothing was - and closes the connection when the work is done. */
export async function withRun<T>(
  { home, input }: Pick<CommandContext, "home" | "input">,
  work: (client: Client, run: FlowRun) => Promise<T>,
): Promise<T> {
  const client = await connectOrStart(home);
  try {
    return await work(client, await findRunThere(client, input.arguments[0]));
  } finally {
    client.close();
  }
}

const looksAt = 200;

/** @throws MillraceError "not-found" with near names, "bad-usage" when it could be several. */
async function findRunThere(client: Client, typed: string | undefined): Promise<FlowRun> {
  if (typed !== undefined && isId(typed.toLowerCase())) {
    return client.request("GET /api/flow_runs/:id", { params: { id: typed.toLowerCase() } });
  }
  const newest = await client.request("POST /api/flow_runs/filter", { body: { limit: looksAt } });
  const [first] = newest.items;
  if (first === undefined) throw new MillraceError("not-found", `There are no runs at ${client.home} yet.`);
  if (typed === undefined) return first;
  const text = typed.toLowerCase();
  const named = await client.request("POST /api/flow_runs/filter", {
    body: { text: typed, limit: looksAt, include_subflows: true },
  });
  const known = new Map([...newest.items, ...named.items].map((run) => [run.id, run]));
  const isEnd = /^[0-9a-f-]{3,}$/.test(text);
  const found = [...known.values()].filter(
    ({ id, name }) => name.toLowerCase() === text || (isEnd && (id.startsWith(text) || id.endsWith(text))),
  );
  const [one, ...others] = found;
  if (one !== undefined && others.length === 0) return one;
  if (one !== undefined) {
    const listed = found.slice(0, 8).map(({ id, name }) => `  ${id}  ${name}`);
    throw new MillraceError("bad-usage", [`"${typed}" could be any of these runs; give the id:`, ...listed].join("\n"));
  }
  const near = didYouMean(
    typed,
    [...known.values()].map(({ name }) => name),
  );
  throw new MillraceError(
    "not-found",
    `There is no run "${typed}" among the newest ${looksAt} at ${client.home}.${near} An older one is found by its id.`,
  );
}
